"""Types of the IR: what a value can be, with the ranges that proofs need; and sets of integers.

A categorical value is held as its index into a finite domain; a domain either names its values
(tokens, classes) or is the integers `0..size-1` (positions, the values of a learned variable).

Tables say which operand values a case covers with sets of sorted, disjoint, non-adjacent closed
intervals: the 513 values of a sum take one interval, not 513 entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

#: A value as users see it: a token or class name, an integer, or a real number.
Value: TypeAlias = str | int | float


@dataclass(frozen=True)
class Domain:
    """A finite set of categorical values, in index order.

    Args:
        name: Unique in its program; written `@name`.
        size: How many values there are, at least 1.
        labels: Their distinct names, or `None` for the integers `0..size-1`.
        indices: The index of each name.
    """

    name: str
    size: int
    labels: tuple[str, ...] | None = None
    indices: Mapping[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        indices = {label: index for index, label in enumerate(self.labels or ())}
        object.__setattr__(self, "indices", indices)

    def value(self, index: int) -> str | int:
        """The value with this index, as users see it."""
        return index if self.labels is None else self.labels[index]

    def index(self, value: str | int) -> int:
        """The index of a value.

        Raises:
            KeyError: The domain has no such value.
        """
        if isinstance(value, str):
            return self.indices[value]
        if self.labels is None and 0 <= value < self.size:
            return value
        raise KeyError(value)


@dataclass(frozen=True)
class Cat:
    """A categorical value of the named domain."""

    domain: str


@dataclass(frozen=True)
class Num:
    """An integer between `lo` and `hi`, both included. Arithmetic on it is exact."""

    lo: int
    hi: int


@dataclass(frozen=True)
class Real:
    """An IEEE binary64 number."""


@dataclass(frozen=True)
class Pattern:
    """The result of a `select`: for each query position, the positions it attends to.

    Args:
        single: Exactly one position each (hard attention), or any number of them.
    """

    single: bool


@dataclass(frozen=True)
class Label:
    """The program's answer: a class of the named domain.

    Args:
        domain: The classes.
        pooled: One label for the whole sequence instead of one for every position.
    """

    domain: str
    pooled: bool = False


Type: TypeAlias = Cat | Num | Real | Pattern | Label

#: `((0, 3), (7, 7))` is the set {0, 1, 2, 3, 7}.
ValueSet: TypeAlias = tuple[tuple[int, int], ...]


def value_set(values: Iterable[int]) -> ValueSet:
    """The set of the given integers in canonical form."""
    intervals: list[tuple[int, int]] = []
    for value in sorted(set(values)):
        if intervals and intervals[-1][1] == value - 1:
            intervals[-1] = (intervals[-1][0], value)
        else:
            intervals.append((value, value))
    return tuple(intervals)


def is_canonical(values: ValueSet) -> bool:
    """Whether the intervals are non-empty, sorted, disjoint and not adjacent."""
    ordered = all(lo <= hi for lo, hi in values)
    return ordered and all(a[1] + 1 < b[0] for a, b in pairwise(values))


def members(values: ValueSet) -> Iterator[int]:
    """The integers of the set, ascending."""
    for lo, hi in values:
        yield from range(lo, hi + 1)


def contains(values: ValueSet, value: int) -> bool:
    """Whether `value` is in the set."""
    return any(lo <= value <= hi for lo, hi in values)


def size(values: ValueSet) -> int:
    """How many integers the set has."""
    return sum(hi - lo + 1 for lo, hi in values)
