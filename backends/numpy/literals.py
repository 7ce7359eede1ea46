"""Python literals of a program's constants, wrapped to the width of a page."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.batch.storage import Storage
from backends.batch.tables import DTYPES

WIDTH = 100
#: Names that the emitted modules use for themselves, besides those of helpers.
_NAMES = """
np label run run_array run_batch run_span run_piece piece_end checked encode decode Nothing
room make_room whole_rows
digits_as_at logits weights_of_all CHUNK SPAN VOCABULARY CLASSES MAX_LENGTH IDS SCALE TIE
ANSWERS LABELS ids tokens lengths padding position trace weight scores labels unsure
padding_at steps int len max min range zip list str type print tuple sum abs slice float set
dict bool ValueError KeyError
"""
_TAKEN = frozenset(_NAMES.split())
#: Endings and beginnings of names that are made from a variable's name.
_MADE = re.compile(
    r".*_(CODES_\d+|INPUTS|KEYS|OFFSETS|RANKS|TARGETS|WANTS|WEIGHTS(_\d+)?)|JOINT_\d+"
)


def identifiers(names: Iterable[str], helpers: Iterable[str]) -> dict[str, str]:
    """A Python name for each variable: its own, with underscores where that is taken."""
    chosen: dict[str, str] = {}
    used = {*_TAKEN, *helpers}
    for name in names:
        shown = f"v{name}" if name.startswith("__") else name
        if _MADE.fullmatch(constant(shown)) or shown == constant(shown):
            shown += "_"
        while {shown, constant(shown)} & used or keyword.iskeyword(shown):
            shown += "_"
        used |= {shown, constant(shown)}
        chosen[name] = shown
    return chosen


def constant(name: str, what: str = "") -> str:
    """The name of a constant that belongs to a variable."""
    return name.upper() + (f"_{what}" if what else "")


def listed(items: Sequence[str], indent: int, room: int = WIDTH - 50) -> str:
    """A list: on one line if that ends before column `room`, else filled lines."""
    line = f"[{', '.join(items)}]"
    if indent + len(line) <= room:
        return line
    pad = " " * (indent + 4)
    lines, current = [], pad
    for item in items:
        if len(current) + len(item) + 1 > WIDTH and current != pad:
            lines.append(current.rstrip())
            current = pad
        current += f"{item}, "
    lines.append(current.rstrip())
    return "[\n" + "\n".join(lines) + "\n" + " " * indent + "]"


def array(values: NDArray[Any], indent: int = 0, labels: Sequence[str] = ()) -> str:
    """`np.array(...)` with its type.

    Args:
        values: The array.
        indent: Of the line on which it starts.
        labels: What each row is for, said in comments.
    """
    if values.ndim < 2:
        body = listed([number(value) for value in values.tolist()], indent)
    else:
        body = _nested(values, indent, labels)
    return f"np.array({body}, {kind(values.dtype)})"


def _nested(values: NDArray[Any], indent: int, labels: Sequence[str] = ()) -> str:
    if values.ndim == 1:
        return listed([number(value) for value in values.tolist()], indent, WIDTH - 1)
    pad = " " * (indent + 4)
    rows = []
    for index, row in enumerate(values):
        label = f"  # {labels[index]}" if index < len(labels) else ""
        rows.append(f"{pad}{_nested(row, indent + 4)},{label}\n")
    return "[\n" + "".join(rows) + " " * indent + "]"


def number(value: float) -> str:
    """A number; whole ones without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def kind(dtype: np.dtype[Any]) -> str:
    """The name of an element type."""
    return f"np.{np.dtype(dtype).name}"


def storage_kind(storage: Storage) -> str:
    """The element type of a stored variable."""
    return kind(np.dtype(DTYPES[storage]))


def words(items: Sequence[str], indent: int = 0) -> str:
    """A list of strings."""
    return listed([ascii_string(item) for item in items], indent)


def ascii_string(text: str) -> str:
    """A string literal in double quotes where that is possible, printable and on one line."""
    shown = repr(text) if text.isprintable() else ascii(text)
    if shown[0] == "'" and '"' not in shown:
        return f'"{shown[1:-1]}"'
    return shown


def tuple_of(items: Sequence[str]) -> str:
    """A tuple of expressions."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def wrapped(start: str, expression: str, indent: int) -> list[str]:
    """Lines of `start` and a call, its arguments on lines of their own if it is too long."""
    pad = " " * indent
    if indent + len(start) + len(expression) <= WIDTH:
        return [f"{pad}{start}{expression}"]
    head, _, rest = expression.partition("(")
    arguments = _top_level(rest[:-1])
    line = f"{pad}    {', '.join(arguments)}"
    if len(line) <= WIDTH:
        return [f"{pad}{start}{head}(", line, f"{pad})"]
    lines = [line for item in arguments for line in _argument(item, indent + 4)]
    return [f"{pad}{start}{head}(", *lines, f"{pad})"]


def _argument(item: str, indent: int) -> list[str]:
    lines = (
        wrapped("", item, indent) if item.endswith(")") and "(" in item else [" " * indent + item]
    )
    return [*lines[:-1], f"{lines[-1]},"]


def _top_level(text: str) -> list[str]:
    """The arguments of a call, split at its own commas; the texts have no strings."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [*parts, current.strip()]
