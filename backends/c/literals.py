"""C literals and identifiers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backends.batch.storage import Storage

WIDTH = 100
TYPES: dict[Storage, str] = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "f64": "double"}

#: Keywords, macros, and what the emitted files call their own things.
_NAMES = """
auto break case char const continue default do double else enum extern float for goto if
inline int long register restrict return short signed sizeof static struct switch typedef
union unsigned void volatile while bool true false asm typeof linux unix errno stdin stdout
stderr assert main malloc free memcpy memset memcmp strlen abort exit add add_times
add_features answers at best_class close decide doubts exact_label fixed fixed_point i index
label_block label_of labels lane lane_length length lengths order position ragged s score
settle set_up sort_by_length starts state wanted weight command letters lower digits rewrite
fail token_id token_sizes sorted_tokens class_json append hexadecimal json_string ids sizes
echo_first echo_last add_word blank encode show flush line_number
"""
_TAKEN = frozenset(_NAMES.split())
#: Endings and beginnings of names that are made from a variable's name.
_MADE = re.compile(
    r".*_(by_position|codes_\d+|keys|of_token|offsets|ranks|row|table|targets|wants|weights(_\d+)?"
    r"|[bw]_(in|out)|u8|u16|u32|f64)|(joint|row|index|look_up)_\d+"
)


def identifiers(names: Iterable[str], prefix: str) -> dict[str, str]:
    """A C name for each variable: its own, with underscores where that could mean something.

    Args:
        names: Of the variables.
        prefix: What the public names of the file start with.
    """
    chosen: dict[str, str] = {}
    used = set(_TAKEN)
    for name in names:
        shown = name if not name.startswith("_") else f"v{name}"
        public = shown.startswith((f"{prefix}_", f"{prefix.upper()}_"))
        if public or shown.upper() == shown or _MADE.fullmatch(shown):
            shown += "_"
        while shown in used:
            shown += "_"
        used.add(shown)
        chosen[name] = shown
    return chosen


def prefix(name: str) -> str:
    """What the public names of a program start with."""
    return name if not name.startswith("_") else f"tp{name}"


def number(value: float) -> str:
    """A constant; whole numbers without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def braces(items: Sequence[str], indent: int = 0, room: int = WIDTH - 50) -> str:
    """`{a, b}`: on one line if that ends before column `room`, else filled lines."""
    line = "{" + ", ".join(items) + "}"
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
    return "{\n" + "\n".join(lines) + "\n" + " " * indent + "}"


def values(array: NDArray[Any], indent: int = 0, labels: Sequence[str] = ()) -> str:
    """The initializer of an array; `labels` say in comments what each row is for."""
    if array.ndim == 1:
        room = WIDTH - 1 if indent else WIDTH - 50
        return braces([number(value) for value in array.tolist()], indent, room)
    pad = " " * (indent + 4)
    rows = []
    for index, row in enumerate(array):
        label = f" /* {labels[index]} */" if index < len(labels) else ""
        rows.append(f"{pad}{values(row, indent + 4)},{label}\n")
    return "{\n" + "".join(rows) + " " * indent + "}"


def constant(
    kind: str,
    name: str,
    array: NDArray[Any],
    sizes: Sequence[int] | None = None,
    labels: Sequence[str] = (),
) -> str:
    """The definition of a constant array; `sizes` may be larger than what is initialised."""
    shape = "".join(f"[{size}]" for size in (sizes or array.shape))
    return f"static const {kind} {name}{shape} = {values(array, labels=labels)};"


def string(text: str) -> str:
    """A string literal of UTF-8 bytes, everything but plain ASCII escaped."""
    shown = ""
    for byte in text.encode("utf-8", "surrogatepass"):
        character = chr(byte)
        if character in '"\\?':
            shown += f"\\{character}"
        elif 32 <= byte < 127:
            shown += character
        else:
            shown += f"\\{byte:03o}"
    return f'"{shown}"'


def json_string(text: str) -> str:
    """The literal of a string's JSON text, as `tpc run` prints it."""
    return string(json.dumps(text, ensure_ascii=False))


def comment(text: str) -> str:
    """Text that cannot end a comment."""
    plain = text.replace("*/", "* /").replace("/*", "/ *")
    return plain.encode("ascii", "backslashreplace").decode().replace("??", "? ?")


def padded(size: int) -> int:
    """The size of a byte table that can be loaded in whole vectors: 64, 128 or 256."""
    return next((whole for whole in (64, 128, 256) if size <= whole), size)


def unsigned(array: NDArray[Any]) -> Storage:
    """The smallest type for an array of non-negative integers."""
    largest = int(array.max(initial=0))
    return "u8" if largest < 1 << 8 else "u16" if largest < 1 << 16 else "u32"


def as_ints(array: NDArray[Any]) -> NDArray[np.int64]:
    """An array of integers whose numbers print plainly."""
    return array.astype(np.int64)


def wrapped(line: str) -> list[str]:
    """A statement on as many lines as it needs, broken behind commas or before operators."""
    lines, indent = [], len(line) - len(line.lstrip())
    while len(line) > WIDTH:
        at = max(
            line.rfind(", ", 0, WIDTH) + 1, line.rfind(" + ", 0, WIDTH), line.rfind(" * ", 0, WIDTH)
        )
        if at <= indent + 4:
            break
        lines.append(line[:at])
        line = " " * (indent + 4) + line[at:].lstrip()
    return [*lines, line]
