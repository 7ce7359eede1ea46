"""A few rows among many, described by as few columns and cases as possible."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from tpc.ir.nodes import Case
from tpc.ir.types import value_set
from tpc.semantics.arrays import Array

#: A set of values for each column, and an outcome.
Part: TypeAlias = tuple[tuple[frozenset[int], ...], int]


def exception_cases(
    rows: Array, labels: Array, exceptions: Array, costs: Sequence[float]
) -> tuple[list[int], tuple[Case, ...]] | None:
    """Cases that hold for the exceptional rows alone.

    Args:
        rows: Values by row and column `[N, F]`.
        labels: The label of each row.
        exceptions: The numbers of the exceptional rows.
        costs: What it takes to compute and to list each column.

    Returns:
        The columns that are looked at, and cases with outcome 1 + label for the exceptions and
        0 for everything else; `None` if the columns do not tell them apart.
    """
    outcome = np.zeros_like(labels)
    outcome[exceptions] = labels[exceptions] + 1
    kept = list(range(rows.shape[1]))
    if not _sufficient(rows, outcome, exceptions, kept):
        return None
    orders = (
        sorted(kept, key=lambda column: (-costs[column], -column)),
        sorted(kept, key=lambda column: (costs[column], -column)),
        kept[::-1],
    )
    kept = min(
        (_fewest(rows, outcome, exceptions, order) for order in orders),
        key=lambda columns: sum(costs[column] for column in columns),
    )
    tuples = {tuple(rows[row, kept].tolist()): int(outcome[row]) for row in np.sort(exceptions)}
    cases = [
        Case(tuple(value_set(values) for values in sets), label)
        for sets, label in sorted(_products(tuples), key=_order)
    ]
    return kept, (*cases, Case((None,) * len(kept), 0))


def _fewest(rows: Array, outcome: Array, exceptions: Array, order: list[int]) -> list[int]:
    """The columns that are left when each is done without if possible, in this order."""
    kept = sorted(order)
    for column in order:
        rest = [other for other in kept if other != column]
        if rest and _sufficient(rows, outcome, exceptions, rest):
            kept = rest
    return kept


def _order(part: Part) -> tuple[object, ...]:
    return part[1], [sorted(values) for values in part[0]]


def _sufficient(rows: Array, outcome: Array, exceptions: Array, kept: list[int]) -> bool:
    """Whether no other row looks like an exceptional one in these columns."""
    expected = {tuple(rows[row, kept].tolist()): int(outcome[row]) for row in exceptions}
    candidates = np.ones(len(rows), dtype=bool)
    for column in kept:
        candidates &= np.isin(rows[:, column], rows[exceptions][:, column])
    return all(
        expected.get(tuple(rows[row, kept].tolist()), outcome[row]) == outcome[row]
        for row in np.flatnonzero(candidates)
    )


def _products(tuples: dict[tuple[int, ...], int]) -> list[Part]:
    """Tuples with one outcome joined into products of sets where the products are full."""
    parts = [(tuple(frozenset([v]) for v in values), label) for values, label in tuples.items()]
    while True:
        pairs = itertools.combinations(range(len(parts)), 2)
        joined = ((a, b, part) for a, b in pairs if (part := _join(parts[a], parts[b])))
        a, b, part = next(joined, (0, 0, None))
        if part is None:
            return parts
        parts[a] = part
        del parts[b]


def _join(one: Part, other: Part) -> Part | None:
    """Both in one, if they differ in one column only."""
    if one[1] != other[1]:
        return None
    different = [i for i, (a, b) in enumerate(zip(one[0], other[0], strict=True)) if a != b]
    if len(different) != 1:
        return None
    axis = different[0]
    sets = (*one[0][:axis], one[0][axis] | other[0][axis], *one[0][axis + 1 :])
    return sets, one[1]
