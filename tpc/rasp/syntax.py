"""The syntax tree of RASP: expressions and statements as frozen dataclasses, and how to walk it.

Two trees are equal when they mean the same text up to layout: places do not take part in equality.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import NamedTuple, TypeVar


class Place(NamedTuple):
    """Where a token starts (line and column count from 1) and how many characters it has."""

    line: int
    column: int
    length: int = 1


@dataclass(frozen=True, slots=True)
class Expression:
    """Any expression; `place` is the token an error message points at."""

    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name(Expression):
    """A variable, function or library name."""

    name: str


@dataclass(frozen=True, slots=True)
class Atom(Expression):
    """A number or a string as written. There are no negative literals; `-1` is a `Unary`."""

    value: str | int | float


@dataclass(frozen=True, slots=True)
class Parenthesised(Expression):
    """A parenthesised expression, kept because it costs the reference interpreter stack frames."""

    inner: Expression


@dataclass(frozen=True, slots=True)
class ListLiteral(Expression):
    """`[a, b]`."""

    items: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class DictLiteral(Expression):
    """`{k: v, l: w}`."""

    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, slots=True)
class ListComprehension(Expression):
    """`[value for a, b in iterable]`."""

    value: Expression
    names: tuple[Name, ...]
    iterable: Expression


@dataclass(frozen=True, slots=True)
class DictComprehension(Expression):
    """`{key: value for a, b in iterable}`."""

    key: Expression
    value: Expression
    names: tuple[Name, ...]
    iterable: Expression


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """`not x`, `-x`, `+x`, and the two functions of the grammar: `round(x)`, `indicator(x)`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """Arithmetic, comparison and `and`/`or`; every one of them is left-associative."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Membership(Expression):
    """`x in container`, looser than everything else."""

    element: Expression
    container: Expression


@dataclass(frozen=True, slots=True)
class Conditional(Expression):
    """`then if condition else otherwise`, left-associative."""

    then: Expression
    condition: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Index(Expression):
    """`base[index]`."""

    base: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """`callee(arguments)`: a function call, or an s-op or selector applied to an input."""

    callee: Expression
    arguments: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class Select(Expression):
    """`select(key, query, operator)`."""

    key: Expression
    query: Expression
    operator: str


@dataclass(frozen=True, slots=True)
class Aggregate(Expression):
    """`aggregate(selector, values[, default])`."""

    selector: Expression
    values: Expression
    default: Expression | None = None


@dataclass(frozen=True, slots=True)
class ListFunction(Expression):
    """`range(...)`, `zip(...)` or `len(...)`."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """Any statement; `place` is its first token."""

    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ExpressionStatement(Statement):
    """`expression;`."""

    expression: Expression


@dataclass(frozen=True, slots=True)
class Assignment(Statement):
    """`a, b = x, y;`; one value on the right may also be a list to take apart."""

    names: tuple[Name, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Draw(Statement):
    """`draw(s_op);` or `draw(s_op, input);`."""

    expression: Expression
    example: Expression | None = None


@dataclass(frozen=True, slots=True)
class Load(Statement):
    """`load "name";`, which reads `name.rasp`."""

    filename: str


@dataclass(frozen=True, slots=True)
class FunctionDefinition(Statement):
    """`def name(parameters) { body return results; }`."""

    name: Name
    parameters: tuple[Name, ...]
    body: tuple[Statement, ...]
    results: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ForLoop(Statement):
    """`for a, b in iterable { body }`; the names stay bound afterwards."""

    names: tuple[Name, ...]
    iterable: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class SetExample(Statement):
    """`set example x`; `subset` is "s-op", "selector" or None for both. No semicolon."""

    subset: str | None
    example: Expression


@dataclass(frozen=True, slots=True)
class ShowExample(Statement):
    """`show example`."""

    subset: str | None


@dataclass(frozen=True, slots=True)
class ToggleDisplay(Statement):
    """`examples on`, `full seq display off` and the like: they concern the prompt only."""


@dataclass(frozen=True, slots=True)
class Exit(Statement):
    """`exit` or `quit`: nothing after it is read."""


Tree = Expression | Statement
Kind = TypeVar("Kind", bound=Tree)


def children(node: Tree) -> list[Tree]:
    """The expressions and statements directly inside a node, in the order they are written."""
    found: list[Tree] = []
    for part in fields(node):
        if part.name != "place":
            _gather(getattr(node, part.name), found)
    return found


def _gather(value: object, found: list[Tree]) -> None:
    if isinstance(value, Expression | Statement):
        found.append(value)
    elif isinstance(value, tuple):
        for item in value:
            _gather(item, found)


def walk(roots: Iterable[Tree]) -> Iterator[Tree]:
    """Every node below and including the roots, each before what is inside it; at any depth."""
    stack = list(roots)[::-1]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def find(roots: Iterable[Tree], kind: type[Kind]) -> Iterator[Kind]:
    """The nodes of one class."""
    return (node for node in walk(roots) if isinstance(node, kind))
