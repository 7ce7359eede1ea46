"""Which columns of a user's data have the text and the labels, and what a label belongs to.

Columns are known by their names, or else by what they look like: one of lists or of text, and one
with a label for each word, or with few different values. Where two would do, nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NoReturn

from tpc.data.column_shapes import SAMPLE_ROWS, Column, is_tags, number_of
from tpc.data.examples import TEXT_COLUMNS, Kind, matching_column, shown, usual_columns
from tpc.data.records.record import Record
from tpc.diagnostics import TpcError, did_you_mean, quoted

#: Names of columns of labels: one of the first before one of the second.
LABEL_COLUMNS = (
    ("labels", "label", "tags", "tag", "class"),
    ("category", "target", "output", "ner_tags", "pos_tags", "chunk_tags", "upos", "y"),
)
#: More different whole numbers than this, or fractions, are quantities, not classes.
MOST_NUMBERS, MOST_FRACTIONS = 50, 10
#: How many classes there are at most, as a share of the rows.
MOST_CLASSES = 0.2
#: Fewer rows do not show that a column has no labels.
MANY_ROWS = 100

Reader = Callable[[Collection[str]], Iterator[Record]]
"""The training rows, if these columns are asked for."""


@dataclass(frozen=True)
class Recognition:
    """How a user's data are read.

    Attributes:
        kind: A label for every word, or for every sentence.
        text: The column of the text; several, separated by commas, if they were asked for.
        label: The column of the labels.
        named: Those of the two columns that would not be read if they were not named.
    """

    kind: Kind
    text: str
    label: str
    named: tuple[str | None, str | None]

    def __str__(self) -> str:
        what = "a label for each word" if self.kind == "tagging" else "a label for each row"
        return f"text in column {quoted(self.text)}, {what} in column {quoted(self.label)}"


def recognise(
    read: Reader, source: str, kind: Kind | None, text: str | None, label: str | None
) -> Recognition:
    """The columns and the kind of a user's data.

    Args:
        read: The rows.
        source: Where they are, for messages.
        kind: If it is known.
        text: The column of the text, if it is known; several are separated by commas.
        label: The column of the labels, if it is known.

    Raises:
        TpcError: There are no rows; or several columns would do, or none; or the labels are lists
            for a whole sentence, or quantities.
    """
    asked = (*text.split(","), label) if text is not None and label is not None else ()
    table = _table(read(asked), source)
    if table is None:
        raise TpcError(f"{source} has no training rows")
    if text is None and label is None and table.begins_with_a_row:
        numbers = [str(index) for index in range(1, len(table.columns) + 1)]
        again = _table(read(numbers), source)
        table = table if again is None or again.first.named else again
    if table.is_conll and table.n_rows == 1:
        raise TpcError(
            f"{source} is one sentence of {len(table.columns[0].items[0])} words in CoNLL columns",
            hint="an empty line ends a sentence; where lines are rows, name the file .tsv or .csv",
        )
    labels = table.named(label) if label is not None else None
    words = table.text(labels) if text is None else table.joined(text)
    labels = labels or table.labels(words, kind)
    found = table.kind(words, labels, kind)
    if found == "classification" and label is None:
        table.refuse_free_text(labels)
    usual = usual_columns(table.first, found) if table.first.named or table.is_conll else ("", "")
    named = (
        text if words.name == usual[0] else words.name,
        label if labels.name == usual[1] else labels.name,
    )
    return Recognition(found, words.name, labels.name, named)


def _table(records: Iterator[Record], source: str) -> _Table | None:
    rows = list(islice(records, SAMPLE_ROWS))
    if not rows:
        return None
    names = rows[0].values
    columns = (Column(name, tuple(row.values.get(name) for row in rows)) for name in names)
    return _Table(source, tuple(columns), rows[0])


@dataclass(frozen=True)
class _Table:
    """The columns of the first rows.

    Attributes:
        source: Where they are.
        columns: In their order.
        first: The first row.
    """

    source: str
    columns: tuple[Column, ...]
    first: Record

    @property
    def begins_with_a_row(self) -> bool:
        """Whether the names of the columns seem to be a row like the others.

        None of them is usual, and one is a value that its own column has again, or has as many
        words as another where this is so in all rows.
        """
        if not self.first.named or self._usual(self.columns, (TEXT_COLUMNS, *LABEL_COLUMNS)):
            return False
        heading = [Column(one.name, (one.name, *one.values)) for one in self.columns]
        tags = len(heading) == 2 and is_tags(*heading) and len(heading[0].items[0]) > 1
        return tags or any(column.name in column.values for column in self.columns)

    @property
    def n_rows(self) -> int:
        """How many rows are looked at."""
        return len(self.columns[0].values)

    @property
    def is_conll(self) -> bool:
        """Whether a row is a sentence in columns without names: words first, tags last."""
        return not self.first.named and all(column.is_lists for column in self.columns)

    def named(self, name: str) -> Column:
        """The column of that name.

        Raises:
            TpcError: There is none.
        """
        names = [column.name for column in self.columns]
        found = matching_column((name,), names)
        if found is None:
            hint = f"{did_you_mean(name, names) or ''} the columns are: {', '.join(names)}"
            raise self.first.place.error(f"there is no column {quoted(name)}", hint=hint.lstrip())
        return self.columns[names.index(found)]

    def joined(self, name: str) -> Column:
        """The column of that name, or several, separated by commas, as one."""
        if "," not in name or any(column.name == name for column in self.columns):
            return self.named(name)
        parts = [self.named(part.strip()) for part in name.split(",")]
        rows = zip(*(part.values for part in parts), strict=True)
        return Column(name, tuple(" ".join(map(str, row)) for row in rows))

    def text(self, labels: Column | None) -> Column:
        """The column of the text; not that of the labels, if it is known.

        Raises:
            TpcError: There are several, or none.
        """
        others = [column for column in self.columns if column is not labels]
        if self.is_conll:
            return self.columns[0]
        if usual := self._usual(others, (TEXT_COLUMNS,)):
            names = [column.name for column in usual]
            return self.named(str(matching_column(TEXT_COLUMNS, names)))
        named = self._usual(others, LABEL_COLUMNS) if labels is None else []
        others = [column for column in others if column not in named]
        if lists := [column for column in others if column.is_lists]:
            return self._richest(lists)
        texts = [column for column in others if column.is_text]
        sentences = [column for column in texts if column.words_each > 1.5]
        if len(sentences) > 1 and not all(is_tags(sentences[0], one) for one in sentences[1:]):
            self._ambiguous(sentences, "text")
        return self._richest(sentences or texts)

    def labels(self, words: Column, kind: Kind | None) -> Column:
        """The column of the labels of these words.

        Raises:
            TpcError: There are several, or none.
        """
        joined = words.name.split(",")
        others = [one for one in self.columns if one is not words and one.name not in joined]
        if not others:
            self._ambiguous(self.columns, "label")
        if self.is_conll:
            return self.columns[-1]
        if usual := self._usual(others, LABEL_COLUMNS):
            return self._only([one for one in usual if _fits(words, one, kind)] or usual, "label")
        if len(others) == 1:
            return others[0]
        tags = [one for one in others if is_tags(words, one)] if kind != "classification" else []
        if tags or kind == "tagging":
            return self._only(tags or others, "label")
        few = [one for one in others if one.is_names and 2 <= one.n_distinct <= self._most_classes]
        return self._only(few or others, "label")

    def kind(self, words: Column, labels: Column, kind: Kind | None) -> Kind:
        """What a label belongs to.

        Raises:
            TpcError: It is not what was asked for, or labels are of no kind that is learned.
        """
        where = f"{self.source}: column {quoted(labels.name)}"
        tags = is_tags(words, labels)
        if kind == "tagging" or (kind is None and tags):
            _refuse_quantities(where, [item for items in labels.items for item in items])
            return "tagging"
        index = next(
            (index for index, value in enumerate(labels.values) if _has_parts(value)), None
        )
        if index is not None and tags:
            raise TpcError(
                f"{where} has a label for each word, which is tagging",
                hint="leave --kind out, or choose another column with --label-column",
            )
        if index is not None:
            raise TpcError(
                f"{where} has {shown(labels.values[index])} for one sentence: a sentence has one "
                "label, or as many as words",
                hint="where it has several, train a program for each, with yes and no as labels",
            )
        _refuse_quantities(where, labels.values)
        return "classification"

    def refuse_free_text(self, labels: Column) -> None:
        """Raise TpcError if most rows have a label of their own, so that it is none."""
        n_rows = len(labels.values)
        if n_rows >= MANY_ROWS and labels.n_distinct > n_rows / 2:
            raise TpcError(
                f"{self.source}: column {quoted(labels.name)} has {labels.n_distinct:,} different "
                f"values in {n_rows:,} rows: these are no labels",
                hint="name the column of the labels with --label-column",
            )

    @property
    def _most_classes(self) -> float:
        return max(2, MOST_CLASSES * self.n_rows)

    def _usual(self, columns: Sequence[Column], names: Sequence[Sequence[str]]) -> list[Column]:
        """The columns that have one of these names; of the first names of which there is any."""
        for usual in names:
            found = [one for one in columns if matching_column(usual, [one.name]) is not None]
            if found:
                return found
        return []

    def _richest(self, columns: Sequence[Column]) -> Column:
        """The first column, if it has more different words than each of the others.

        Raises:
            TpcError: It has not, so that its order and its values say different things.
        """
        first, *others = columns or self._ambiguous(self.columns, "text")
        if all(first.n_distinct_items > other.n_distinct_items for other in others):
            return first
        return self._ambiguous(columns, "text")

    def _only(self, columns: Sequence[Column], role: str) -> Column:
        return columns[0] if len(columns) == 1 else self._ambiguous(columns, role)

    def _ambiguous(self, columns: Sequence[Column], role: str) -> NoReturn:
        names = ", ".join(column.name for column in columns)
        every = ", ".join(column.name for column in self.columns)
        raise TpcError(
            f"{self.source}: it is not clear which column has the {role}: {names}",
            hint=f"say so with --{role}-column; the columns are: {every}",
        )


def _fits(words: Column, labels: Column, kind: Kind | None) -> bool:
    tags = is_tags(words, labels)
    return tags if kind == "tagging" else labels.is_names or (tags and kind is None)


def _has_parts(value: object) -> bool:
    return isinstance(value, list | dict)


def _refuse_quantities(where: str, labels: Sequence[object]) -> None:
    """Raise TpcError if the labels are numbers of which there are too many to be names."""
    numbers = [number_of(label) for label in labels]
    found = {number for number in numbers if number is not None}
    if None in numbers or not found:
        return
    whole = all(number.is_integer() for number in found)
    most = max(MOST_NUMBERS, MOST_CLASSES * len(numbers)) if whole else MOST_FRACTIONS
    if len(found) > most:
        raise TpcError(
            f"{where} has {len(found):,} different numbers, from {min(found):g} to {max(found):g}: "
            "quantities are not learned, only classes",
            hint="write a class for each range, such as low, middle and high",
        )
