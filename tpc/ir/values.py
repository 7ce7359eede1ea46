"""Sets of integers as sorted, disjoint, non-adjacent closed intervals.

Tables of the IR say which operand values a case covers with such sets: the 513 values of a sum
take one interval, not 513 entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TypeAlias

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
