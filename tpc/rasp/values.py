"""What a RASP name can stand for besides s-ops and selectors, and the scopes that names live in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tpc.diagnostics import quoted
from tpc.rasp.graph import EvaluationError, Fault, Selector, Sop, Value
from tpc.rasp.source import Source
from tpc.rasp.syntax import FunctionDefinition

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
    """A library function: builds s-ops and selectors from its arguments."""

    name: str
    parameters: tuple[str, ...]
    build: Callable[..., Any]

    def call(self, arguments: tuple[Any, ...], fault: Fault) -> Value:
        """Build the result; `fault` locates errors at the call."""
        return self.build(*arguments, fault)


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
