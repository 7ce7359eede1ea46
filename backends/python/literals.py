"""Values and names as Python source, and how much source there is."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from functools import lru_cache

from tpc.lowering import Lowered, Selector
from tpc.lowering.cases import Json
from tpc.lowering.functions import Outcome
from tpc.lowering.logits import MOST_WHOLE
from tpc.lowering.names import Names, Naming

_LONG, _SHORT = r"(?:[^\\]|\\.)*?", r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_STRING = rf"""[bBfFrRuU]{{0,2}}(?:\'\'\'{_LONG}\'\'\'|\"\"\"{_LONG}\"\"\"|{_SHORT})"""
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_OPERATOR = r"\*\*=?|//=?|>>=?|<<=?|->|:=|\.\.\.|[-+*/%&|^@=<>!]=|[^\s\w]"

#: Tokens of the source that is emitted, and comments.
SOURCE_TOKEN = re.compile(rf"#[^\n]*|{_STRING}|{_NUMBER}|\w+|{_OPERATOR}", re.DOTALL)


def literal(value: Outcome) -> str:
    """A value as source; numbers that are whole are written without a point."""
    if isinstance(value, tuple):
        return tuple_of(value)
    if isinstance(value, float):
        return repr(number(value))
    return repr(value)


def number(value: float) -> int | float:
    """A number that computes as `value` does, an `int` where that is exact."""
    return int(value) if float(value).is_integer() and abs(value) < MOST_WHOLE else value


def tuple_of(values: Sequence[Outcome]) -> str:
    """A tuple of values."""
    return tuple_display(list(map(literal, values)))


def tuple_display(items: Sequence[str]) -> str:
    """A tuple of expressions."""
    inside = ", ".join(items)
    return f"({inside},)" if len(items) == 1 else f"({inside})"


def set_of(values: Sequence[str | int]) -> str:
    """A set display, in the order given; many numerals from 0 on are said at once, and first."""
    count = next(i for i in range(len(values) + 1) if str(i) not in values)
    if count > _MOST_NUMERALS:
        others = [value for value in values if value not in {*map(str, range(count))}]
        return "{" + ", ".join([f"*map(str, range({count}))", *map(repr, others)]) + "}"
    return "{" + ", ".join(map(repr, values)) + "}"


def display(nested: Json) -> str:
    """A table of tables, lists as tuples."""
    if isinstance(nested, dict):
        items = (f"{key!r}: {display(value)}" for key, value in nested.items())
        return "{" + ", ".join(items) + "}"
    return tuple_display(list(map(display, nested))) if isinstance(nested, list) else repr(nested)


#: More numerals than this are a range.
_MOST_NUMERALS = 8


@lru_cache(maxsize=4096)
def cost(source: str) -> int:
    """The number of tokens of a piece of source: how much there is to read."""
    return sum(token[0] != "#" for token in SOURCE_TOKEN.findall(source))


#: Names that emitted code gives a meaning of its own: builtins, imports, helpers, loop variables.
_OWN = """
    Any N OSError Path Sequence TypeVar V ValueError
    abs add bisect cache data dict enumerate float int isinstance json len list lru_cache map max
    min next object range re set sorted str sum tuple zip
    affine at at_so_far best closest first first_so_far latest perceptron preferred preferred_group
    preferred_group_so_far preferred_so_far run total total_so_far
    a b c column d e f g h i j k key logits m n numbers raw row rows table tables token tokens
    unknown v value values votes w w0 w1 w2 w3 word words x
    abs all any bool bytes filter format hash id input iter open pow print repr reversed round slice
    sha256 super type vars
"""

#: Functions that decide a variable are called after it, and end in `_at`.
_NAMING = Naming(
    reserved=frozenset((*_OWN.split(), *keyword.kwlist, *keyword.softkwlist)),
    prefixed=re.compile("__|[0-9]"),
    made=re.compile(".+_at"),
)


def names_of(lowered: Lowered) -> Names:
    """The identifiers of a module."""
    return Names(_NAMING, (s.name for s in lowered.steps if not isinstance(s, Selector)))
