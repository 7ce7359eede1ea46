"""Formulas over values as users see them: what a token or a class counts as is worked out here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tpc.ir.bounds import Bounds, bounds_of
from tpc.ir.expressions import (
    Absolute,
    Binary,
    Constant,
    Expression,
    Operand,
    evaluate,
    folded,
    operands_read,
    parts,
)
from tpc.ir.nodes import Case
from tpc.lowering.lowered import Column, Lowered, Selector


@dataclass(frozen=True)
class Computed:
    """A formula over what is shown of its operands.

    Args:
        expression: Its value is what is shown of the outcome; labels count as the numbers that
            they are written as.
        texts: The operands that are numbers written as labels.
        as_text: Whether the outcome is.
        natural: The divisions, quotients and remainders, of which no side is negative.
    """

    expression: Expression
    texts: frozenset[int] = frozenset()
    as_text: bool = False
    natural: frozenset[Binary] = frozenset()

    def of(self, values: Sequence[str | int]) -> str | int:
        """What is shown of the outcome for what is shown of the operands.

        Raises:
            ZeroDivisionError: A divisor is 0 there.
        """
        if isinstance(self.expression, Operand) and not self.texts and not self.as_text:
            return values[self.expression.index]  # It may be a name.
        read = operands_read(self.expression)
        numbers = [int(value) if index in read else 0 for index, value in enumerate(values)]
        outcome = evaluate(self.expression, numbers)
        return str(outcome) if self.as_text else outcome


def shown_outcome(
    lowered: Lowered, result: str, operands: Sequence[str], case: Case
) -> Computed | str | int | None:
    """The outcome of a case as users see it, or a formula for that.

    Args:
        lowered: The program.
        result: The column that the case decides.
        operands: The columns that its formula reads.
        case: The case.

    Returns:
        `None` if the formula reads or gives names that are no numbers.
    """
    target = lowered.columns[result]
    if isinstance(case.outcome, int):
        return target.value(case.outcome)
    return _shown(case.outcome, [lowered.columns[name] for name in operands], target)


def shown_key(lowered: Lowered, selector: Selector) -> Computed | None:
    """The key that a query matches as a formula, if the program and its values have one."""
    if selector.formula is None:
        return None
    query, key = lowered.columns[selector.query], lowered.columns[selector.key]
    return None if key.labels is not None else _shown(selector.formula, [query], key)


def _shown(formula: Expression, columns: Sequence[Column], target: Column) -> Computed | None:
    if isinstance(formula, Operand) and _alike(columns[formula.index], target):
        return Computed(formula)
    formula = folded(formula)
    shifts = {index: _shift(columns[index]) for index in operands_read(formula)}
    shift = _shift(target)
    known = {index: found for index, found in shifts.items() if found is not None}
    if shift is None or len(known) < len(shifts):
        return None
    texts = frozenset(index for index in shifts if columns[index].labels is not None)
    if shift or any(known.values()):
        formula = _plus(*_shifted(formula, known), shift)
    natural = _natural(formula, [_bounds(column) for column in columns])
    return Computed(formula, texts, target.labels is not None, natural)


def _bounds(column: Column) -> Bounds:
    """The least and the largest number that is shown of a column."""
    shift = _shift(column) or 0
    return column.values[0] + shift, column.values[-1] + shift


def _natural(formula: Expression, operands: Sequence[Bounds]) -> frozenset[Binary]:
    divisions = (
        part for part in parts(formula) if isinstance(part, Binary) and part.operator in ("//", "%")
    )
    return frozenset(
        part
        for part in divisions
        if min(bounds_of(part.left, operands)[0], bounds_of(part.right, operands)[0]) >= 0
    )


def _alike(operand: Column, target: Column) -> bool:
    """Whether an index means the same in both, wherever the operand can have it."""
    size = len(target.type_range)
    return operand.kind != "number" and all(
        index < size and operand.value(index) == target.value(index) for index in operand.values
    )


def _shift(column: Column) -> int | None:
    """What is added to an index to get the number that is shown; `None` if that is no number."""
    if column.labels is None:
        return 0
    labels = [column.labels[index] for index in column.values]
    if not all(label.isascii() and label.isdecimal() for label in labels):
        return None
    shifts = {int(label) - index for label, index in zip(labels, column.values, strict=True)}
    plain = all(str(int(label)) == label for label in labels)
    return shifts.pop() if plain and len(shifts) == 1 else None


def _shifted(formula: Expression, shifts: Mapping[int, int]) -> tuple[Expression, int]:
    """A formula over indices as one over what is shown, and a constant that is added to it."""
    match formula:
        case Constant(value):
            return Constant(0), value
        case Operand(index):
            return formula, -shifts[index]
        case Absolute(of):
            return Absolute(_plus(*_shifted(of, shifts))), 0
        case Binary("+" | "-" as name, left, right):
            (one, more), (other, added) = _shifted(left, shifts), _shifted(right, shifts)
            added = added if name == "+" else -added
            if isinstance(other, Constant):
                return one, more + added
            if isinstance(one, Constant):
                total = Constant(more + added)
                return (Binary("-", total, other), 0) if name == "-" else (other, total.value)
            return Binary(name, one, other), more + added
        case Binary("==" | "!=" | "<" | "<=" as name, left, right):
            (one, more), (other, added) = _shifted(left, shifts), _shifted(right, shifts)
            if isinstance(one, Constant):
                return Binary(name, Constant(more - added), other), 0
            return Binary(name, one, _plus(other, added - more)), 0
        case Binary(name, left, right):
            return Binary(name, *(_plus(*_shifted(side, shifts)) for side in (left, right))), 0


def _plus(expression: Expression, *added: int) -> Expression:
    """The expression plus constants."""
    constant = sum(added)
    if isinstance(expression, Constant):
        return Constant(expression.value + constant)
    if constant == 0:
        return expression
    match expression:
        case Binary("-", Constant(value), right):
            return Binary("-", Constant(value + constant), right)
        case _:
            pass
    return Binary("+" if constant > 0 else "-", expression, Constant(abs(constant)))


def total_division(formula: Expression, operands: Sequence[Bounds]) -> Expression | None:
    """The formula with nothing divided by 0, for targets that compute what no case decides.

    Args:
        formula: Over operands.
        operands: The bounds of each.

    Returns:
        `None` if a divisor can be negative, 0 and positive.
    """
    match formula := folded(formula):
        case Absolute(of):
            inside = total_division(of, operands)
            return None if inside is None else Absolute(inside)
        case Binary(name, left, right):
            one, other = total_division(left, operands), total_division(right, operands)
            if one is None or other is None:
                return None
            if name in ("//", "%"):
                low, high = bounds_of(other, operands)
                if low < 0 <= high:
                    return None
                other = Binary("max", other, Constant(1)) if low == 0 else other
            return Binary(name, one, other)
        case _:
            return formula
