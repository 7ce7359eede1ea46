"""The property language as syntax trees. What each node means, `tpc.properties.meaning` says.

Every node knows where it is in its file; two that differ in nothing else are equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias

from tpc.diagnostics import Location

Comparator: TypeAlias = Literal["<=", ">=", "!=", "=", "<", ">"]


@dataclass(frozen=True)
class Expression:
    """A formula, a number, or a token or label."""

    place: Location = field(compare=False, repr=False)


@dataclass(frozen=True)
class Truth(Expression):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Number(Expression):
    """A whole number."""

    value: int


@dataclass(frozen=True)
class Word(Expression):
    """A token or label, in quotation marks."""

    text: str


@dataclass(frozen=True)
class Variable(Expression):
    """A position or a token, bound by a quantifier, or a parameter of a definition."""

    name: str


@dataclass(frozen=True)
class Length(Expression):
    """`length`: how many positions there are, without the frame."""


@dataclass(frozen=True)
class Input(Expression):
    """`in[position]`; `in'[position]` if it is of the changed input."""

    position: Expression
    changed: bool


@dataclass(frozen=True)
class Output(Expression):
    """`out[position]`, or `out` of a program with one label; `out'` of the changed input."""

    position: Expression | None
    changed: bool


@dataclass(frozen=True)
class Scored(Expression):
    """`scored(position)`: whether the task has a label there."""

    position: Expression


@dataclass(frozen=True)
class Arithmetic(Expression):
    """A sum, a difference or a product."""

    operator: Literal["+", "-", "*"]
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Comparison(Expression):
    """Two numbers, tokens or labels compared."""

    operator: Comparator
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Not(Expression):
    """A negation."""

    operand: Expression


@dataclass(frozen=True)
class Connective(Expression):
    """Two formulas joined."""

    operator: Literal["and", "or", "implies", "iff"]
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Quantified(Expression):
    """`forall` or `exists`, over the positions of the input or the tokens of the language."""

    kind: Literal["forall", "exists"]
    over: Literal["positions", "tokens"]
    variable: str
    body: Expression


@dataclass(frozen=True)
class Count(Expression):
    """`count(j: body)`: for how many positions the body holds."""

    variable: str
    body: Expression


@dataclass(frozen=True)
class Call(Expression):
    """A definition with its parameters."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Changing(Expression):
    """`changing in[position]`: one token becomes any other."""

    position: Expression


@dataclass(frozen=True)
class Exchanging(Expression):
    """`exchanging A with B`: two positions' tokens, or two tokens wherever they are."""

    left: Expression
    right: Expression


@dataclass(frozen=True)
class After(Expression):
    """`after CHANGE: body`: the body holds of every input and the input that the change makes."""

    change: Changing | Exchanging
    body: Expression


@dataclass(frozen=True)
class Definition:
    """`define name(parameters) = body`."""

    place: Location = field(compare=False, repr=False)
    name: str
    parameters: tuple[str, ...]
    body: Expression


@dataclass(frozen=True)
class Property:
    """`property name: body`."""

    place: Location = field(compare=False, repr=False)
    name: str
    body: Expression


@dataclass(frozen=True)
class Order:
    """What `<` says of tokens and labels.

    Args:
        kind: Numerals by their numbers, all words as text, or the words that are listed.
        words: These, the least first.
    """

    kind: Literal["numeric", "alphabetic", "listed"] = "numeric"
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class PropertyFile:
    """What a file says.

    Args:
        name: Of the file.
        order: Of tokens and labels.
        definitions: By name.
        properties: In the order of the file.
    """

    name: str
    order: Order
    definitions: dict[str, Definition]
    properties: tuple[Property, ...]


def children(node: Expression) -> Iterator[Expression]:
    """The expressions directly inside another."""
    for part in fields(node):
        value = getattr(node, part.name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Expression):
                yield item


def walk(node: Expression) -> Iterator[Expression]:
    """An expression and all that is inside it, but not inside the definitions that it calls."""
    yield node
    for child in children(node):
        yield from walk(child)
