"""CoNLL column files: a word and its tags a line, a blank line between sentences.

Columns are separated by tabs where a line has any (so that a field may have spaces or be empty),
else by spaces. Marks of documents (`-DOCSTART-`) are lines of their own, no words; CoNLL-U's ten
columns are recognised, and its comments, ranges (`1-2`) and empty nodes (`1.1`) are no words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tpc.data.records.record import Place, Record, numbered_lines

DOCUMENT_MARK = "-DOCSTART-"
_SPACES = re.compile(r" +")
_CONLL_U = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_CONLL_U_ID = re.compile(r"[0-9]+([-.][0-9]+)?")

#: A line, where it stands, and its fields.
_Line = tuple[Place, str, tuple[str, ...]]


@dataclass(frozen=True)
class Sentence:
    """The lines between two blank lines or marks of documents; without words, such a mark.

    Attributes:
        place: Of its first line.
        lines: As they are, those that are no words among them.
        words: Which of the lines are words.
        columns: The fields of each word.
        names: Of the columns; `1`, `2`, and so on but for CoNLL-U.
    """

    place: Place
    lines: tuple[str, ...]
    words: tuple[int, ...]
    columns: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]

    def forms(self) -> tuple[str, ...]:
        """The words themselves."""
        column = self.names.index("form") if "form" in self.names else 0
        return tuple(fields[column] for fields in self.columns)

    def check_width(self, width: int) -> int:
        """The number of columns, which is that of the words before.

        Args:
            width: Of the words before; 0 if there were none.

        Raises:
            TpcError: A word has another number of columns.
        """
        for index, fields in zip(self.words, self.columns, strict=True):
            width = width or len(fields)
            if len(fields) != width:
                place = replace(self.place, number=self.place.number + index)
                raise place.error(
                    f"{len(fields)} columns, where the lines before have {width}",
                    hint="a line is a word and its tags, a blank line separates sentences",
                )
        return width


def conll_records(path: Path) -> Iterator[Record]:
    """One record a sentence, at the line of its first word; each column is a list of strings.

    Columns are called `1`, `2`, and so on, or by CoNLL-U's names. Marks of documents are left out.

    Raises:
        TpcError: The file cannot be read, or a line has another number of columns than the first.
    """
    for sentence in sentences(numbered_lines(path)):
        if sentence.words:
            columns = zip(*sentence.columns, strict=True)
            values = dict(zip(sentence.names, map(list, columns), strict=True))
            yield Record(values, sentence.place, named="form" in sentence.names)


def sentences(lines: Iterable[tuple[Place, str]]) -> Iterator[Sentence]:
    """The sentences of column lines, and the marks of documents as sentences without words.

    Raises:
        TpcError: A line has another number of columns than the first.
    """
    width = 0
    for sentence in unchecked_sentences(lines):
        width = sentence.check_width(width)
        yield sentence


def unchecked_sentences(lines: Iterable[tuple[Place, str]]) -> Iterator[Sentence]:
    """As `sentences`, without a look at how many columns the lines have."""
    return map(_sentence, _blocks(lines))


def _blocks(lines: Iterable[tuple[Place, str]]) -> Iterator[list[_Line]]:
    """Lines that belong together: a mark of a document is a block of its own."""
    block: list[_Line] = []
    for place, line in lines:
        fields = _fields(line)
        mark = fields[0] == DOCUMENT_MARK
        if (mark or not line.strip()) and block:
            yield block
            block = []
        if mark:
            yield [(place, line, fields)]
        elif line.strip():
            block.append((place, line, fields))
    if block:
        yield block


def _sentence(block: list[_Line]) -> Sentence:
    fields = [found for _, _, found in block]
    words = [index for index, found in enumerate(fields) if found[0] != DOCUMENT_MARK]
    rows = [index for index in words if "\t" in block[index][1] or fields[index][0][:1] != "#"]
    conll_u = bool(rows) and all(
        len(fields[index]) == len(_CONLL_U) and _CONLL_U_ID.fullmatch(fields[index][0])
        for index in rows
    )
    if conll_u:
        words = [index for index in rows if fields[index][0].isdecimal()]
    width = len(fields[words[0]]) if words else 0
    numbers = tuple(str(number) for number in range(1, width + 1))
    return Sentence(
        block[0][0],
        tuple(line for _, line, _ in block),
        tuple(words),
        tuple(fields[index] for index in words),
        _CONLL_U if conll_u else numbers,
    )


def _fields(line: str) -> tuple[str, ...]:
    if "\t" in line:
        return tuple(field.strip(" ") for field in line.split("\t"))
    return tuple(_SPACES.split(line.strip(" ")))
