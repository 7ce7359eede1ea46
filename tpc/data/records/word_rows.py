"""Tables with a word a row, and a column that says to which sentence it belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from tpc.data.records.record import Place, Record

#: `Sentence #`, `sentence_id`, ... A value stands in the first row of its sentence, or in all.
_SENTENCE = re.compile(r"sent(ence)?[ _]*(#|id|no|nr|num|number|idx|index)\.?", re.IGNORECASE)
_WORD = re.compile(r"word|token|form", re.IGNORECASE)


def joined_words(records: Iterator[Record]) -> Iterator[Record]:
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
