"""From a file of properties to its syntax tree. Every complaint names file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from tpc.diagnostics import Location, TpcError, readable_terminal
from tpc.properties.syntax import Expression, PropertyFile, children

if TYPE_CHECKING:
    from lark import Lark
    from lark.exceptions import UnexpectedInput

#: What the grammar's terminals are called in messages.
_READABLE = {
    "STRING": 'a token in "quotes"',
    "INT": "a number",
    "NAME": "a name",
    "COMPARE": "a comparison",
    "IN": "in[...]",
    "OUT": "out[...]",
    "$END": "the end of the file",
}

#: The habits of other languages, and what is written here.
_HABITS = {
    "==": "equality is written =",
    "=>": "write implies",
    "->": "write implies",
    "&&": "write and",
    "||": "write or",
    "!": "write not, or != for unequal",
    "'": 'tokens are written in double quotes: "a"',
    "%": "there is no remainder",
    "/": "there is no division",
}

#: Expressions inside one another: what walks through them calls itself at each.
MOST_DEEP = 100

#: A hint names no more than this of what could stand there.
_MOST_EXPECTED = 6


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    from lark import Lark

    return Lark.open_from_package("tpc.properties", "property.lark", parser="lalr")


def parse_properties(text: str, name: str = "<properties>") -> PropertyFile:
    """Read a file of properties. Whether they make sense, `tpc.properties.checking` says.

    Args:
        text: Of the file.
        name: What messages call it.

    Raises:
        TpcError: It is no file of properties.
    """
    from lark.exceptions import UnexpectedInput, VisitError

    from tpc.properties.tree_builder import TreeBuilder

    try:
        parsed = _grammar().parse(text)
        found = TreeBuilder(name, text.split("\n")).transform(parsed)
    except UnexpectedInput as error:
        raise _syntax_error(error, text, name) from None
    except VisitError as error:
        if isinstance(error.orig_exc, TpcError):
            raise error.orig_exc from None
        raise
    except RecursionError:
        raise TpcError(f"{name} is nested too deeply") from None
    assert isinstance(found, PropertyFile)
    if any(_deeper_than(body, MOST_DEEP) for body in _bodies(found)):
        raise TpcError(f"{name} is nested too deeply", hint=f"at most {MOST_DEEP} levels")
    return found


def _bodies(file: PropertyFile) -> Iterator[Expression]:
    yield from (definition.body for definition in file.definitions.values())
    yield from (each.body for each in file.properties)


def _deeper_than(node: Expression, levels: int) -> bool:
    """Whether expressions are nested more deeply, found without recursion."""
    layer = [node]
    for _ in range(levels):
        layer = [child for each in layer for child in children(each)]
    return bool(layer)


def _syntax_error(error: UnexpectedInput, text: str, name: str) -> TpcError:
    from lark.exceptions import UnexpectedToken

    lines = text.split("\n")
    found, line, column = "", len(lines), len(lines[-1]) + 1
    if not (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        line, column = error.line, error.column
        found = (
            str(error.token) if isinstance(error, UnexpectedToken) else lines[line - 1][column - 1]
        )
    location = Location(name, line, column, lines[line - 1], max(1, len(found)))
    message = f"unexpected {found[:40]!r}" if found else "the file ends in the middle of a property"
    before = lines[line - 1][max(0, column - 2) :]
    habits = [hint for written, hint in _HABITS.items() if written in before[: len(found) + 2]]
    return TpcError(message, location=location, hint=habits[0] if habits else _expected(error))


def _expected(error: UnexpectedInput) -> str | None:
    from lark.exceptions import UnexpectedToken

    terminals = error.accepts or error.expected if isinstance(error, UnexpectedToken) else set()
    spelled = {each.name: each.pattern.value for each in _grammar().terminals}
    names = sorted({readable_terminal(terminal, _READABLE, spelled) for terminal in terminals})
    if not 0 < len(names) <= _MOST_EXPECTED:
        return None
    return f"expected {' or '.join(names)}"
