"""What a column of a user's data looks like: how its values compare with the words of another."""

from __future__ import annotations

from dataclasses import dataclass

from tpc.data.examples import list_as_text

#: Values that are looked at for what a column is; an error in a later row is found when it is read.
SAMPLE_ROWS = 2_000

Value = object


@dataclass(frozen=True)
class Column:
    """A column and the values that the first rows have in it; `None` where a row lacks it."""

    name: str
    values: tuple[Value, ...]

    @property
    def items(self) -> list[list[str]]:
        """The values as lists: the elements of a list, the words of a text."""
        return [items_of(value) for value in self.values]

    @property
    def is_lists(self) -> bool:
        """Whether all values are lists, of Python or as a table has them."""
        return all(_is_list(value) for value in self.values)

    @property
    def is_text(self) -> bool:
        """Whether all values are strings, none of them a number."""
        return all(
            isinstance(value, str) and number_of(value) is None and not _is_list(value)
            for value in self.values
        )

    @property
    def is_names(self) -> bool:
        """Whether all values can be the names of classes: strings, whole numbers, booleans."""
        return all(isinstance(value, str | int) and not _is_list(value) for value in self.values)

    @property
    def n_distinct(self) -> int:
        """How many different values there are."""
        return len({repr(value) for value in self.values})

    @property
    def n_distinct_items(self) -> int:
        """How many different elements or words there are."""
        return len({item for items in self.items for item in items})

    @property
    def words_each(self) -> float:
        """The mean length of a value."""
        return sum(map(len, self.items)) / max(1, len(self.values))


def _is_list(value: Value) -> bool:
    return isinstance(value, list) or (
        isinstance(value, str) and list_as_text(value, numbers=True) is not None
    )


def items_of(value: Value) -> list[str]:
    """A list's elements, or what blanks separate."""
    if isinstance(value, list):
        return [str(item) for item in value]
    if not isinstance(value, str):
        return [str(value)]
    listed = list_as_text(value, numbers=True)
    return value.split() if listed is None else list(listed)


def number_of(value: Value) -> float | None:
    """A number, or text that is one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def share_aligned(text: Column, labels: Column) -> float:
    """In which share of the rows there are as many labels as words."""
    lengths = zip(text.items, labels.items, strict=True)
    return sum(len(words) == len(tags) for words, tags in lengths) / max(1, len(text.values))


def is_tags(text: Column, labels: Column) -> bool:
    """Whether a column has a label for each word: lists in most rows, or text in all of them."""
    share = share_aligned(text, labels)
    if any(isinstance(value, list) for value in labels.values) or labels.is_lists:
        return share >= 0.5
    longest = max(map(len, labels.items), default=0)
    return share == 1 and longest > 1
