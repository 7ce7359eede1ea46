"""Tables as text: CSV with its quoting, and TSV, where a quote is a character like any other.

A row is a record, or a word where a column says to which sentence it belongs.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path

from tpc.data.records.record import Place, Record, filled_lines, numbered_lines
from tpc.diagnostics import quoted

#: Characters of a CSV field; Python's own limit, 131,072, is less than some texts have.
MAX_FIELD = 1 << 28

#: `Sentence #`, `sentence_id`, ... A value stands in the first row of its sentence, or in all.
_SENTENCE = re.compile(r"sent(ence)?[ _]*(#|id|no|nr|num|number|idx|index)\.?", re.IGNORECASE)
_WORD = re.compile(r"word|token|form", re.IGNORECASE)


def csv_records(path: Path, asked: Collection[str] = ()) -> Iterator[Record]:
    """The rows of a CSV file, or its sentences where rows are words; a quoted field may span lines.

    Args:
        path: The file.
        asked: Columns that will be read. If all are numbers, and the first row does not name
            them, columns have no names and are called `1`, `2`, and so on; else the first row
            names them.

    Raises:
        TpcError: The file cannot be read, or a row does not fit the first one.
    """
    return _joined_words(_records(_csv_rows(path), asked))


def tsv_records(path: Path, asked: Collection[str] = ()) -> Iterator[Record]:
    """The lines of a TSV file, as `csv_records`."""
    rows = ((place, line.split("\t")) for place, line in filled_lines(path))
    return _joined_words(_records(rows, asked))


def _csv_rows(path: Path) -> Iterator[tuple[Place, list[str]]]:
    place = Place(str(path), 1)
    lines = (line + "\n" for _, line in numbered_lines(path))
    reader = csv.reader(lines, strict=True)
    blank: Place | None = None
    try:
        while (row := _next_row(reader)) is not None:
            if not any(field.strip() for field in row):
                blank = blank or place
            elif blank is not None:
                raise blank.error("this row is empty", hint="remove the line, or fill it")
            else:
                yield place, row
            place = Place(str(path), reader.line_num + 1)
    except csv.Error as error:
        raise Place(str(path), max(1, reader.line_num)).error(f"this is not CSV: {error}") from None


def _next_row(reader: Iterator[list[str]]) -> list[str] | None:
    """The next row, `None` after the last; the limit of its fields is nobody else's."""
    before = csv.field_size_limit(MAX_FIELD)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(before)


def _records(rows: Iterator[tuple[Place, list[str]]], asked: Collection[str]) -> Iterator[Record]:
    first = next(rows, None)
    if first is None:
        return
    place, fields = first
    names = [field.strip() for field in fields]
    by_place = bool(asked) and all(name.isdecimal() for name in asked)
    named = not by_place or set(asked) <= set(names)
    if named:
        _check_names(names, place)
    else:
        names = [str(index) for index in range(1, len(fields) + 1)]
        rows = chain([first], rows)
    for place, fields in rows:
        if len(fields) != len(names):
            raise place.error(f"{len(fields)} fields, where the first row has {len(names)}")
        yield Record(dict(zip(names, fields, strict=True)), place, named)


def _check_names(names: list[str], place: Place) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise place.error(f"the first row names the column {quoted(name)} twice")


def _joined_words(records: Iterator[Record]) -> Iterator[Record]:
    """One record a sentence, each column a list of strings, where rows are words; else as it is."""
    first = next(records, None)
    if first is None:
        return
    sentence = next((name for name in first.values if _SENTENCE.fullmatch(name)), None)
    word = next((name for name in first.values if _WORD.fullmatch(name)), None)
    records = chain([first], records)
    if sentence is None or word is None or not first.named:
        yield from records
        return
    current, place, rows = "", first.place, list[Record]()
    for record in records:
        number = str(record.values[sentence]).strip()
        if number and number != current:
            if rows:
                yield _sentence(rows, place)
            current, place, rows = number, record.place, []
        rows.append(record)
    yield _sentence(rows, place)


def _sentence(rows: list[Record], place: Place) -> Record:
    return Record({name: [row.values[name] for row in rows] for name in rows[0].values}, place)
