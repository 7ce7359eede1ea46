"""JSON lines: one object a line, or one pair `[tokens, tags]` as `tpc data` writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tpc.data.records.record import Place, Record, filled_lines, numbered_lines
from tpc.files import JsonError, parse_json

PAIR = ("tokens", "tags")
HINT = 'a row is {"text": "...", "label": "..."} or [["a", "word"], ["a", "tag"]]'


def jsonl_records(path: Path) -> Iterator[Record]:
    """One record a line, or an element of the array that a `.json` file consists of.

    Raises:
        TpcError: The file cannot be read, or a line or element is neither an object nor a pair.
    """
    if path.suffix.lower() == ".json" and (array := _array(path)) is not None:
        for number, value in enumerate(array, 1):
            place = Place(str(path), number, "element")
            yield Record(_columns(value, place), place)
        return
    for place, line in filled_lines(path):
        yield Record(_columns(_value(line, place), place), place)


def _array(path: Path) -> list[object] | None:
    """The objects of a file that is one JSON array of objects; `None` if it is something else."""
    text = "\n".join(line for _, line in numbered_lines(path))
    if not re.match(r"\s*\[\s*\{", text):
        return None
    try:
        value = parse_json(text)
    except JsonError as error:
        where = Place(str(path), max(1, error.line))
        raise where.error(f"this is not JSON: {error}", hint=HINT) from None
    return value if isinstance(value, list) else None


def _value(line: str, place: Place) -> object:
    try:
        return parse_json(line)
    except JsonError as error:
        where = f" (column {error.column})" if error.column else ""
        raise place.error(f"this is not JSON: {error}{where}", hint=HINT) from None


def _columns(value: object, place: Place) -> dict[str, object]:
    if isinstance(value, list) and len(value) == len(PAIR):
        return dict(zip(PAIR, value, strict=True))
    if not isinstance(value, dict):
        raise place.error(f"this {place.unit} is not a row", hint=HINT)
    return value
