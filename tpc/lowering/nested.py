"""Lookups as tables of tables: one level for each operand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.lowering.cases import Cases
from tpc.lowering.functions import Universe

#: Values of a data file: nested lists and objects of numbers, strings and nothing.
Json: TypeAlias = "str | int | float | list[Json] | dict[str, Json] | None"


def nested(cases: Cases, order: Sequence[int], value: Callable[[int], str | int]) -> Json:
    """Objects by word and lists by number, outcomes at the bottom.

    Numbers that do not occur are filled in, so that the others are indices.

    Args:
        cases: The lookup, its numbers not negative.
        order: The operand of each level, as an index into those of `cases`.
        value: An outcome as it is written, from its index.
    """
    table = np.array(cases.table(), dtype=np.int64).reshape(
        [len(universe) for universe in cases.universes]
    )
    return _level(table.transpose(order), [cases.universes[i] for i in order], value)


def _level(
    table: NDArray[np.int64], universes: Sequence[Universe], value: Callable[[int], str | int]
) -> Json:
    if not universes:
        return value(int(table))
    below = [_level(row, universes[1:], value) for row in table]
    values = universes[0].values
    if not universes[0].ordered:
        return dict(zip(map(str, values), below, strict=True))
    filled = dict(zip(values, below, strict=True))
    return [filled.get(number, below[0]) for number in range(int(values[-1]) + 1)]


def nested_entries(cases: Cases) -> int:
    """How many outcomes the nested table lists, those that are filled in included."""
    return math.prod(int(u.values[-1]) + 1 if u.ordered else len(u) for u in cases.universes)


def can_be_nested(cases: Cases) -> bool:
    """Whether the table is not too large, and all numbers can be indices."""
    numbers = (int(universe.values[0]) for universe in cases.universes if universe.ordered)
    return cases.entries <= MAX_TABLE_ENTRIES and all(number >= 0 for number in numbers)
