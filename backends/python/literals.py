"""Values as Python source, and how much source there is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from tpc.lowering.cases import Json
from tpc.lowering.functions import Outcome
from tpc.lowering.logits import MOST_WHOLE

_LONG, _SHORT = r"(?:[^\\]|\\.)*?", r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_STRING = rf"""[bBfFrRuU]{{0,2}}(?:\'\'\'{_LONG}\'\'\'|\"\"\"{_LONG}\"\"\"|{_SHORT})"""
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_OPERATOR = r"\*\*=?|//=?|>>=?|<<=?|->|:=|\.\.\.|[-+*/%&|^@=<>!]=|[^\s\w]"

#: Tokens of the source that is emitted, and comments.
_TOKEN = re.compile(rf"#[^\n]*|{_STRING}|{_NUMBER}|\w+|{_OPERATOR}", re.DOTALL)


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
    """A set display, in the order given."""
    return "{" + ", ".join(map(repr, values)) + "}"


def display(nested: Json) -> str:
    """A table of tables, lists as tuples."""
    if isinstance(nested, dict):
        items = (f"{key!r}: {display(value)}" for key, value in nested.items())
        return "{" + ", ".join(items) + "}"
    return tuple_display(list(map(display, nested))) if isinstance(nested, list) else repr(nested)


@lru_cache(maxsize=4096)
def cost(source: str) -> int:
    """The number of tokens of a piece of source: how much there is to read."""
    return sum(token[0] != "#" for token in _TOKEN.findall(source))
