"""The C text that emitted files are made of: C sources beside this file.

They are cut into sections, and have `@marks@` where a program's own text goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tpc.backends.c.literals import TYPES
from tpc.lowering.storage import Storage


@cache
def sections(name: str) -> Mapping[str, str]:
    """The sections of a source by name: each comes below a line `//// name`."""
    text = Path(__file__).with_name(name).read_text("utf-8")
    _, *parts = re.split(r"^//// (\w+)\n", text, flags=re.MULTILINE)
    return {part: body.strip("\n") for part, body in zip(parts[::2], parts[1::2], strict=True)}


def filled(text: str, marks: Mapping[str, object]) -> str:
    """A text with something in the place of each of its marks."""
    return re.sub(r"@(\w+)@", lambda mark: str(marks[mark[1]]), text)


def helper(name: str, *storages: Storage) -> dict[str, str]:
    """A helper for some element types: definitions by name, what it uses first, itself last."""
    found, full = sections("library.c"), "_".join([name, *storages])
    size = name.removeprefix("look_up_")
    if size.isdigit():
        marks = {"size": size, "vector": found[f"vector_{size}"]}
        return {full: filled(found["look_up_bytes"], marks)}
    used = helper("take", *storages) if "take_@" in found[name] else {}
    marks = {"NAME": full}
    for number, storage in enumerate(storages, 1):
        marks |= {f"T{number}": TYPES[storage], f"{number}": storage}
        if storage != "f64":
            marks[f"PAD{number}"] = f"UINT{storage[1:]}_MAX - 1"
    return {**used, full: filled(found[name], marks)}
