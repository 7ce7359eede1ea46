"""JSON lines: one object a line, or one pair `[tokens, tags]` as `tpc data` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tpc.data.records.lines import filled_lines
from tpc.data.records.record import Place, Record
from tpc.files import JsonError, parse_json

PAIR = ("tokens", "tags")
HINT = 'a row is {"text": "...", "label": "..."} or [["a", "word"], ["a", "tag"]]'


def jsonl_records(path: Path) -> Iterator[Record]:
    """One record a line.

    Raises:
        TpcError: The file cannot be read, or a line is neither an object nor a pair.
    """
    for place, line in filled_lines(path):
        yield Record(_columns(line, place), place)


def _columns(line: str, place: Place) -> dict[str, object]:
    try:
        value = parse_json(line)
    except JsonError as error:
        where = f" (column {error.column})" if error.column else ""
        raise place.error(f"this is no JSON: {error}{where}", hint=HINT) from None
    if isinstance(value, list) and len(value) == len(PAIR):
        return dict(zip(PAIR, value, strict=True))
    if not isinstance(value, dict):
        raise place.error("this line is no row", hint=HINT)
    return value
