"""Python literals of a program's constants, wrapped to the width of a page."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.batch.tables import DTYPES

WIDTH = 100
#: Names that the emitted modules use for themselves.
_TAKEN = frozenset(
    """np label run run_array run_batch run_span run_piece checked encode decode piece_end ids
    lengths padding position CHUNK SPAN VOCABULARY CLASSES MAX_LENGTH IDS SCALE TIE ANSWERS
    LABELS trace tokens int len max min range zip list str type print None True False scores
    bool tuple sum abs slice float set dict ValueError KeyError self found put mask_keys
    value_at value_at_target total_at total_at_target pick closest first best_offset best_score
    count total joint_index look_up joint fixed_point leading logits perceptron combinations
    digits_as_at Sequence annotations""".split()
)


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """A Python name for each variable: its own, with underscores where that is taken."""
    chosen: dict[str, str] = {}
    used = set(_TAKEN)
    for name in names:
        shown = name
        while shown in used or keyword.iskeyword(shown) or shown.startswith("__"):
            shown = f"v{shown}" if shown.startswith("__") else f"{shown}_"
        used |= {shown, constant(shown)}
        chosen[name] = shown
    return chosen


def constant(name: str, what: str = "") -> str:
    """The name of a constant that belongs to a variable."""
    return name.upper() + (f"_{what}" if what else "")


def listed(items: Sequence[str], indent: int, opening: str = "[", closing: str = "]") -> str:
    """A bracketed list: on one line if it is short, else filled lines."""
    line = opening + ", ".join(items) + closing
    if indent + len(line) <= WIDTH - 30:
        return line
    pad = " " * (indent + 4)
    lines, current = [], pad
    for item in items:
        if len(current) + len(item) + 1 > WIDTH and current != pad:
            lines.append(current.rstrip())
            current = pad
        current += f"{item}, "
    lines.append(current.rstrip())
    return opening + "\n" + "\n".join(lines) + "\n" + " " * indent + closing


def array(values: NDArray[Any], indent: int = 0) -> str:
    """`np.array(...)` with its type."""
    if values.ndim < 2:
        body = listed([number(value) for value in values.tolist()], indent)
    else:
        body = _nested(values, indent)
    return f"np.array({body}, {kind(values.dtype)})"


def _nested(values: NDArray[Any], indent: int) -> str:
    if values.ndim == 1:
        return listed([number(value) for value in values.tolist()], indent)
    pad = " " * (indent + 4)
    rows = [f"{pad}{_nested(row, indent + 4)},\n" for row in values]
    return "[\n" + "".join(rows) + " " * indent + "]"


def number(value: float) -> str:
    """A number; whole ones without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def kind(dtype: np.dtype[Any]) -> str:
    """The name of an element type."""
    return f"np.{np.dtype(dtype).name}"


def storage_kind(storage: str) -> str:
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
