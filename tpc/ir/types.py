"""Types of the IR: what a value can be, with the ranges that proofs need.

A categorical value is held as its index into a finite domain; a domain either names its values
(tokens, classes) or is the integers `0..size-1` (positions, the values of a learned variable).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
