"""Sets of values as conditions on one variable, in the fewest words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from backends.python.literals import cost, set_of
from tpc.ir.values import ValueSet

#: Numbers with more values than this are compared, not listed.
_MOST_LISTED = 64


@dataclass(frozen=True)
class Universe:
    """The values that a variable can have, ascending; sets are intervals of indices into them."""

    values: tuple[str | int, ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def ordered(self) -> bool:
        """Whether the values are numbers, so that they can be compared."""
        return isinstance(self.values[0], int)

    def members(self, chosen: ValueSet) -> tuple[str | int, ...]:
        """The values of a set."""
        return tuple(v for low, high in chosen for v in self.values[low : high + 1])

    def complement(self, chosen: ValueSet) -> ValueSet:
        """The other values."""
        edges = [(-1, -1), *chosen, (len(self), len(self))]
        gaps = ((a[1] + 1, b[0] - 1) for a, b in pairwise(edges))
        return tuple((low, high) for low, high in gaps if low <= high)


def condition(variable: str, universe: Universe, chosen: ValueSet) -> str:
    """An expression that holds for the chosen values; neither none nor all of them are chosen."""
    others = universe.complement(chosen)
    options = []
    if not universe.ordered or len(universe) <= _MOST_LISTED:
        options += [_positive(variable, universe, chosen), _negative(variable, universe, others)]
    if universe.ordered:
        options += [_ranges(variable, universe, chosen), _not_range(variable, universe, others)]
    return min((option for option in options if option), key=cost)


def conjunction(conditions: Sequence[str]) -> str:
    """All of them hold."""
    if len(conditions) == 1:
        return conditions[0]
    return " and ".join(f"({text})" if " or " in text else text for text in conditions)


def _positive(variable: str, universe: Universe, chosen: ValueSet) -> str:
    values = universe.members(chosen)
    if len(values) == 1:
        return f"{variable} == {values[0]!r}"
    return f"{variable} in {set_of(values)}"


def _negative(variable: str, universe: Universe, others: ValueSet) -> str:
    values = universe.members(others)
    if len(values) == 1:
        return f"{variable} != {values[0]!r}"
    return f"{variable} not in {set_of(values)}"


def _ranges(variable: str, universe: Universe, chosen: ValueSet) -> str:
    return " or ".join(_interval(variable, universe, low, high) for low, high in chosen)


def _not_range(variable: str, universe: Universe, others: ValueSet) -> str:
    if len(others) != 1:
        return ""
    return f"not {_interval(variable, universe, *others[0])}"


def _interval(variable: str, universe: Universe, low: int, high: int) -> str:
    least, most = universe.values[low], universe.values[high]
    if low == high:
        return f"{variable} == {least}"
    if low == 0:
        return f"{variable} <= {most}"
    if high == len(universe) - 1:
        return f"{variable} >= {least}"
    return f"{least} <= {variable} <= {most}"
