"""What a RASP name can stand for, and the scopes that names live in.

S-ops and selectors are a graph that is evaluated lazily, each node once for each input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tpc.diagnostics import TpcError, quoted
from tpc.rasp.source import Source
from tpc.rasp.syntax import FunctionDefinition

type_names = {str: "string", bool: "bool", int: "int", float: "float"}

Value = Any
"""Whatever a RASP expression can evaluate to; the language has no static types."""

Atom = str | bool | int | float
"""A value at one position of an s-op."""

Rows = list[int]
"""A selector on one input: for each query position a bit mask of the key positions it selects."""

Compute = Callable[..., Any]
"""From the input and the parents' values to this node's: a list of atoms, or `Rows`."""

Fault = Callable[[str], TpcError]
"""Turns a message into an error at the place in the text that made a node."""


Spend = Callable[[int], None]
"""Takes so many steps of those that a program has."""


class EvaluationError(Exception):
    """A rule of the language that an evaluation broke; becomes a `TpcError` with a place."""


class Node:
    """One s-op or selector: how to compute it from its parents, and where it was written."""

    __slots__ = ("compute", "depth", "fault", "parents")

    def __init__(self, compute: Compute, parents: tuple[Node, ...], fault: Fault) -> None:
        self.compute = compute
        self.parents = parents
        self.fault = fault
        self.depth: int = 1 + max((parent.depth for parent in parents), default=0)


class Sop(Node):
    """A sequence operator: on an input of n tokens, n atoms of one type."""

    __slots__ = ()


class Selector(Node):
    """On an input of n tokens, n rows of n selected-or-not."""

    __slots__ = ()


def check_types(values: Sequence[Any]) -> None:
    """All strings, all bools, or all numbers (bools among ints and floats count as numbers).

    Raises:
        EvaluationError: The values are mixed, or not atoms.
    """
    kinds = set(map(type, values))
    allowed = type_names.keys() if len(kinds) == 1 else {bool, int, float}
    if kinds <= allowed:
        return
    strangers = sorted(kind.__name__.lower() for kind in kinds - type_names.keys())
    if strangers:
        raise EvaluationError(f"an s-op holds strings, bools or numbers, not a {strangers[0]}")
    mixed = " and ".join(sorted(type_names[kind] for kind in kinds))
    raise EvaluationError(f"an s-op cannot mix {mixed}: {_excerpt(values)}")


def is_numeric(values: Sequence[Any]) -> bool:
    """Whether an s-op's values can be averaged: numbers, and not all of them bools."""
    kinds = set(map(type, values))
    return str not in kinds and kinds != {bool}


def _excerpt(values: Sequence[Any]) -> str:
    shown = ", ".join(map(_shown, values[:6]))
    return f"[{shown}{', ...' if len(values) > 6 else ''}]"


def _shown(value: Value) -> str:
    # Python refuses to write integers of more than 4,300 digits.
    return (
        "a very long number" if isinstance(value, int) and abs(value) > 1 << 8192 else repr(value)
    )


class Evaluation:
    """The nodes evaluated so far on one input.

    Args:
        tokens: The input, not empty; strings, or numbers for `tokens_int` and its like.
        spend: Told the steps that each node takes, before it is evaluated.
    """

    def __init__(self, tokens: Sequence[Atom], spend: Spend | None = None) -> None:
        self.tokens = list(tokens)
        self._values: dict[Node, Any] = {}
        self._spend = spend

    def value(self, node: Node) -> Value:
        """The node's value on this input: a list of atoms, or `Rows` for a selector.

        Raises:
            TpcError: The evaluation fails; the location is where the failing node was written.
        """
        values = self._values
        if node not in values:
            self.run(evaluation_order([node], values))
        return values[node]

    def run(self, order: Iterable[Node]) -> None:
        """Evaluate nodes whose parents come before them.

        Raises:
            TpcError: As for `value`.
            EvaluationError: There are no steps left.
        """
        values, tokens, spend = self._values, self.tokens, self._spend
        for node in order:
            if node in values:
                continue
            if spend is not None:
                spend(_steps(node, len(tokens)))
            try:
                result = node.compute(tokens, *[values[parent] for parent in node.parents])
                if type(node) is Sop:
                    check_types(result)
            except (EvaluationError, ArithmeticError, TypeError, ValueError, MemoryError) as error:
                raise node.fault(f"{error}, on the input {_excerpt(tokens)}") from error
            values[node] = result


def _steps(node: Node, length: int) -> int:
    """About what a node takes: for itself, each position, and each pair where pairs matter."""
    if type(node) is Sop and Selector not in map(type, node.parents):
        return 8 + length
    return 8 + length + length**2 // 8


def evaluation_order(targets: Iterable[Node], known: Iterable[Node] = ()) -> list[Node]:
    """The nodes that `targets` need and that are not `known`, parents first."""
    done = set(known) if not isinstance(known, dict) else known.keys()
    order: list[Node] = []
    placed: set[Node] = set()
    stack = [(node, False) for node in targets]
    while stack:
        node, expanded = stack.pop()
        if node in placed or node in done:
            continue
        if expanded:
            placed.add(node)
            order.append(node)
            continue
        stack.append((node, True))
        stack.extend((parent, False) for parent in reversed(node.parents))
    return order


HARD_RESERVED = frozenset(
    {"if", "else", "not", "and", "or", "out", "def", "return", "range", "for", "in", "zip"}
    | {"len", "get", "tokens_asis", "tokens_str", "tokens_int", "tokens_bool", "tokens_float"}
    | {"indices", "True", "False"}
)
"""Names that nothing may bind, in any scope."""


class Scope:
    """Names and their values; a name that is not here is looked up in the enclosing scope.

    Args:
        enclosing: Where to look next.
        exports_to: For a loaded file: the scope that also receives each name not starting with `_`.
        reserved: Names that may not be bound here.
    """

    def __init__(
        self,
        enclosing: Scope | None = None,
        *,
        exports_to: Scope | None = None,
        reserved: frozenset[str] = frozenset(),
    ) -> None:
        self.enclosing = enclosing
        self.exports_to = exports_to
        self.reserved = reserved
        self.names: dict[str, Any] = {}

    def get(self, name: str) -> Value:
        """The value of `name`.

        Raises:
            EvaluationError: Nothing is bound to it.
        """
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.enclosing
        raise EvaluationError(f"nothing is named {quoted(name)} here")

    def set(self, name: str, value: Value) -> None:
        """Bind `name` here, and in the scope that loads this file.

        Raises:
            EvaluationError: The name is reserved.
        """
        if name in HARD_RESERVED:
            raise EvaluationError(f"{quoted(name)} is a reserved name")
        if name in self.reserved:
            raise EvaluationError(
                f"{quoted(name)} is a library name and cannot be redefined in a file"
            )
        self.names[name] = value
        if self.exports_to is not None and not name.startswith("_"):
            self.exports_to.set(name, value)


@dataclass(frozen=True, eq=False)
class Function:
    """A `def` with the scope and the text it was defined in."""

    definition: FunctionDefinition
    scope: Scope
    source: Source


@dataclass(frozen=True, eq=False)
class Builtin:
    """A library function: `build` makes s-ops and selectors from its arguments and a `Fault`."""

    name: str
    parameters: tuple[str, ...]
    build: Callable[..., Any]


def is_atom(value: Value) -> bool:
    """Whether `value` is a string, number or bool."""
    return isinstance(value, str | int | float)


def describe(value: Value) -> str:
    """What kind of thing `value` is, for a message."""
    kinds: Mapping[type, str] = {
        Sop: "an s-op",
        Selector: "a selector",
        Function: "a function",
        Builtin: "a function",
        list: "a list",
        dict: "a dict",
    }
    found = kinds.get(type(value))
    if found is not None:
        return found
    return f'the string "{value}"' if isinstance(value, str) else f"the value {value}"
