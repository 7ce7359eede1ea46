"""CoNLL column files: a word and its tags a line, a blank line between sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tpc.data.records.lines import numbered_lines
from tpc.data.records.record import Place, Record

DOCUMENT_MARK = "-DOCSTART-"
_COLUMN_GAP = re.compile(r"[ \t]+")


def conll_records(path: Path) -> Iterator[Record]:
    """One record a sentence, at the line of its first word; each column is a list of strings.

    Columns are called `1`, `2`, and so on. Document marks (`-DOCSTART-`) are no sentences.

    Raises:
        TpcError: The file cannot be read, or a line has another number of columns than the first.
    """
    width = 0
    start: Place | None = None
    rows: list[list[str]] = []
    for place, line in numbered_lines(path):
        if not line.strip():
            yield from _sentence(rows, start)
            rows, start = [], None
            continue
        columns = _COLUMN_GAP.split(line.strip(" \t"))
        width = width or len(columns)
        if len(columns) != width:
            raise place.error(
                f"{len(columns)} columns, where the lines before have {width}",
                hint="a line is a word and its tags, a blank line separates sentences",
            )
        start = start or place
        rows.append(columns)
    yield from _sentence(rows, start)


def _sentence(rows: list[list[str]], start: Place | None) -> Iterator[Record]:
    if start is None or rows[0][0] == DOCUMENT_MARK:
        return
    columns = zip(*rows, strict=True)
    yield Record({str(index): list(column) for index, column in enumerate(columns, 1)}, start)
