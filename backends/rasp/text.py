"""Lists, comments and names of a RASP text."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tpc.lowering.names import Naming
from tpc.rasp.library import reserved_names
from tpc.rasp.values import HARD_RESERVED

MAX_ENTRIES = 250
"""Entries of one literal; the reference interpreter fails at 321 in a right operand."""


def listed(items: Iterable[str]) -> str:
    """A list literal."""
    return f"[{', '.join(items)}]"


def chunked(items: Sequence[str], size: int = MAX_ENTRIES) -> list[Sequence[str]]:
    """The items in pieces that fit into a literal, as equal in size as possible."""
    if not items:
        return []
    pieces = math.ceil(len(items) / size)
    width = math.ceil(len(items) / pieces)
    return [items[start : start + width] for start in range(0, len(items), width)]


def comment_safe(text: str) -> str:
    """Text that stays on its comment line."""
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]", " ", text)


def abbreviated(items: Iterable[str], width: int = 60) -> str:
    """Items for a comment, cut when the line gets long."""
    shown: list[str] = []
    for item in items:
        if sum(map(len, shown)) + 2 * len(shown) + len(item) > width and shown:
            return comment_safe(", ".join([*shown, "..."]))
        shown.append(item)
    return comment_safe(", ".join(shown))


#: Words of the language and names of its library, which a file cannot define.
UNUSABLE = (
    HARD_RESERVED
    | reserved_names()
    | {"set", "show", "example", "examples", "on", "off", "load", "draw", "exit", "quit", "round"}
    | {"indicator", "selector", "select", "aggregate", "tokens"}
)

LABELS = "labels"

_LIBRARY = Path(__file__).with_name("helpers.rasp").read_text("utf-8").rstrip()

#: Its functions by name, in the order in which they are written, each with the comment above it.
HELPERS = {
    name: text
    for text in _LIBRARY.split("\n\n")[1:]
    for name in re.findall(r"^(?:def )?(\w+)[( ]", text, re.MULTILINE)
}

#: Names that start with an underscore stay private to the file; tokens_... are inputs.
NAMING = Naming(
    reserved=frozenset({*UNUSABLE, *HELPERS, LABELS}),
    prefixed=re.compile("_|tokens_"),
    numbered=True,
)
