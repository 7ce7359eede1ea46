"""The C text that emitted files are made of: C sources beside this file, with `@marks@` in them."""

from __future__ import annotations

from pathlib import Path

from tpc.backends.c.literals import TYPES
from tpc.lowering.library import filled, sections
from tpc.lowering.storage import Storage

#: What is the same for every program; its `main`; and the helpers.
PROGRAM, MAIN, _HELPERS = (
    sections(Path(__file__).with_name(name)) for name in ("program.c", "main.c", "library.c")
)


def helper(name: str, *storages: Storage) -> dict[str, str]:
    """A helper for some element types: definitions by name, what it uses first, itself last."""
    full = "_".join([name, *storages])
    size = name.removeprefix("look_up_")
    if size.isdigit():
        marks = {"size": size, "vector": _HELPERS[f"vector_{size}"]}
        return {full: filled(_HELPERS["look_up_bytes"], marks)}
    used = helper("take", *storages) if "take_@" in _HELPERS[name] else {}
    marks = {"NAME": full}
    for number, storage in enumerate(storages, 1):
        marks |= {f"T{number}": TYPES[storage], f"{number}": storage}
        if storage != "f64":
            marks[f"PAD{number}"] = f"UINT{storage[1:]}_MAX - 1"
    return {**used, full: filled(_HELPERS[name], marks)}
