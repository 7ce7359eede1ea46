"""Sets of values as conditions on one variable, in the fewest words."""

from __future__ import annotations

from collections.abc import Sequence

from tpc.backends.python.literals import cost, set_of
from tpc.ir.types import ValueSet
from tpc.lowering.functions import Universe

#: Numbers with more values than this are compared, not listed.
_MOST_LISTED = 64


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
