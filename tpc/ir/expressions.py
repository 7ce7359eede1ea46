"""Formulas over the operands of a node: integer expressions that outcomes and wanted keys may be.

An operand counts as its number, or as its index if it is categorical. Arithmetic is exact; `//`
floors and `%` has the sign of its divisor, as in Python; comparisons are 1 or 0.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

Operator: TypeAlias = Literal["+", "-", "*", "//", "%", "min", "max", "==", "!=", "<", "<="]

#: What each operator computes; `//` and `%` raise `ZeroDivisionError` for a divisor of 0.
OPERATORS: Mapping[Operator, Callable[[int, int], int]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "//": operator.floordiv,
        "%": operator.mod,
        "min": min,
        "max": max,
        "==": lambda a, b: int(a == b),
        "!=": lambda a, b: int(a != b),
        "<": lambda a, b: int(a < b),
        "<=": lambda a, b: int(a <= b),
    }
)


@dataclass(frozen=True)
class Constant:
    """An integer."""

    value: int


@dataclass(frozen=True)
class Operand:
    """The value of one of the node's operands, by its index among them."""

    index: int


@dataclass(frozen=True)
class Binary:
    """Two expressions joined by an operator."""

    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Absolute:
    """The value of an expression without its sign."""

    of: Expression


Expression: TypeAlias = Constant | Operand | Binary | Absolute


def evaluate(expression: Expression, values: Sequence[int]) -> int:
    """What an expression is for some values of the operands.

    Raises:
        ZeroDivisionError: A divisor is 0 there.
    """
    match expression:
        case Constant():
            return expression.value
        case Operand():
            return values[expression.index]
        case Absolute():
            return abs(evaluate(expression.of, values))
        case Binary():
            left, right = evaluate(expression.left, values), evaluate(expression.right, values)
            return OPERATORS[expression.operator](left, right)


def parts(expression: Expression) -> Iterator[Expression]:
    """An expression and all that it is made of, from the outside in, left before right."""
    yield expression
    match expression:
        case Absolute():
            yield from parts(expression.of)
        case Binary():
            yield from parts(expression.left)
            yield from parts(expression.right)
        case _:
            pass


def folded(expression: Expression) -> Expression:
    """The expression with its parts that read no operand as constants, if they have a value."""
    match expression:
        case Absolute(of):
            inside: Expression = Absolute(folded(of))
        case Binary(name, left, right):
            inside = Binary(name, folded(left), folded(right))
        case _:
            return expression
    if operands_read(inside):
        return inside
    try:
        return Constant(evaluate(inside, ()))
    except ZeroDivisionError:
        return inside


def with_constants(expression: Expression, values: Mapping[int, int]) -> Expression:
    """The expression for operands that have one value each: shorter, and equal there.

    Nothing that could fail is dropped: an addend of 0 goes, and a factor or divisor of 1.

    Args:
        expression: Over operands.
        values: The operands that have one value, and which.
    """
    match expression:
        case Constant():
            return expression
        case Operand(index):
            return Constant(values[index]) if index in values else expression
        case Absolute(of):
            return folded(Absolute(with_constants(of, values)))
        case Binary(name, left, right):
            left, right = with_constants(left, values), with_constants(right, values)
            return _without_neutral(Binary(name, left, right))


def _without_neutral(expression: Binary) -> Expression:
    match expression:
        case Binary("+" | "-", left, Constant(0)) | Binary("*" | "//", left, Constant(1)):
            return left
        case Binary("+", Constant(0), right) | Binary("*", Constant(1), right):
            return right
        case _:
            return folded(expression)


def renumbered(expression: Expression, numbers: Mapping[int, int]) -> Expression:
    """The expression over operands of other numbers.

    Args:
        expression: Over the operands as they were.
        numbers: For each operand that is read, what its number is now.
    """
    match expression:
        case Constant():
            return expression
        case Operand(index):
            return Operand(numbers[index])
        case Absolute(of):
            return Absolute(renumbered(of, numbers))
        case Binary(name, left, right):
            return Binary(name, renumbered(left, numbers), renumbered(right, numbers))


def operands_read(expression: Expression) -> frozenset[int]:
    """The operands that an expression reads."""
    return frozenset(part.index for part in parts(expression) if isinstance(part, Operand))
