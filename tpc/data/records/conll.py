"""CoNLL column files: a word and its tags a line, a blank line between sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tpc.data.records.lines import numbered_lines
from tpc.data.records.record import Place, Record

DOCUMENT_MARK = "-DOCSTART-"
_COLUMN_GAP = re.compile(r"[ \t]+")


@dataclass(frozen=True)
class Sentence:
    """The lines of a sentence.

    Attributes:
        place: Of its first line.
        lines: As they are.
        columns: The fields of each line.
    """

    place: Place
    lines: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]

    @property
    def is_document_mark(self) -> bool:
        """Whether this is no sentence but the start of a document."""
        return self.columns[0][0] == DOCUMENT_MARK


def conll_records(path: Path) -> Iterator[Record]:
    """One record a sentence, at the line of its first word; each column is a list of strings.

    Columns are called `1`, `2`, and so on. Document marks (`-DOCSTART-`) are no sentences.

    Raises:
        TpcError: The file cannot be read, or a line has another number of columns than the first.
    """
    for sentence in sentences(numbered_lines(path)):
        if not sentence.is_document_mark:
            columns = zip(*sentence.columns, strict=True)
            values = {str(index): list(column) for index, column in enumerate(columns, 1)}
            yield Record(values, sentence.place)


def sentences(lines: Iterable[tuple[Place, str]]) -> Iterator[Sentence]:
    """The sentences of column lines, document marks among them.

    Raises:
        TpcError: A line has another number of columns than the first.
    """
    width = 0
    start: Place | None = None
    block: list[str] = []
    for place, line in lines:
        if not line.strip():
            if start is not None:
                yield _sentence(start, block)
            start, block = None, []
            continue
        columns = len(_fields(line))
        width = width or columns
        if columns != width:
            raise place.error(
                f"{columns} columns, where the lines before have {width}",
                hint="a line is a word and its tags, a blank line separates sentences",
            )
        start = start or place
        block.append(line)
    if start is not None:
        yield _sentence(start, block)


def _sentence(start: Place, block: list[str]) -> Sentence:
    return Sentence(start, tuple(block), tuple(_fields(line) for line in block))


def _fields(line: str) -> tuple[str, ...]:
    return tuple(_COLUMN_GAP.split(line.strip(" \t")))
