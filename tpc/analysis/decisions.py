"""Tables as short decision lists: the first case that covers the operands decides.

A table may have entries that do not matter; cases may cover them in any way that makes the list
shorter. The result depends on the table alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.ir.nodes import Case
from tpc.ir.values import ValueSet, value_set

Array: TypeAlias = NDArray[Any]
Mask: TypeAlias = NDArray[np.bool_]

#: An entry that does not matter.
ANY = -1

#: How many of the most frequent outcomes are tried as the default.
_MAX_DEFAULTS = 3

#: Seeds that are tried for each case; more are thinned out evenly.
_MAX_SEEDS = 48


@dataclass(frozen=True)
class _Axis:
    """The values of an operand in classes that the table does not tell apart.

    Args:
        classes: For each class its values as offsets; none of them matters less than another.
        free: Offsets of values that never matter.
        low: What offset 0 stands for.
        size: How many offsets there are.
    """

    classes: tuple[tuple[int, ...], ...]
    free: tuple[int, ...]
    low: int
    size: int


def decision_list(table: Array, lows: Sequence[int]) -> tuple[Case, ...]:
    """The shortest list of cases found for a table.

    Args:
        table: An outcome for each combination of operand values, `ANY` where it does not matter.
        lows: For each axis, the operand value at index 0.
    """
    axes, small = _compressed(table, lows)
    defaults: list[int | None] = [None, *_outcomes(small)[:_MAX_DEFAULTS]]
    cases = min((_greedy(small, axes, default) for default in defaults), key=list_cost)
    if len(axes) > 1:
        return cases
    # Cases of one operand do not overlap: their order is free.
    return (*sorted(cases[:-1], key=lambda case: case.patterns[0] or ()), cases[-1])


def list_cost(cases: Sequence[Case]) -> int:
    """About how many tokens it takes to write the cases down."""
    return sum(
        3 + sum(2 * len(pattern) + _wide(pattern) + 1 for pattern in case.patterns if pattern)
        for case in cases
    )


def _wide(pattern: ValueSet) -> int:
    return sum(low < high for low, high in pattern)


def _outcomes(table: Array) -> list[int]:
    """The outcomes, the most frequent first."""
    outcomes, counts = np.unique(table[table != ANY], return_counts=True)
    return [int(outcome) for outcome in outcomes[np.argsort(-counts, kind="stable")]]


def _compressed(table: Array, lows: Sequence[int]) -> tuple[list[_Axis], Array]:
    """Values with equal slices are put into one class; values that never matter are set aside."""
    axes = []
    for number, low in enumerate(lows):
        moved = np.moveaxis(table, number, 0).reshape(table.shape[number], -1)
        groups: dict[bytes, list[int]] = {}
        free = []
        for offset, row in enumerate(moved):
            if (row == ANY).all():
                free.append(offset)
            else:
                groups.setdefault(row.tobytes(), []).append(offset)
        classes = tuple(map(tuple, groups.values()))
        axes.append(_Axis(classes, tuple(free), low, table.shape[number]))
    index = [np.array([members[0] for members in axis.classes], dtype=np.intp) for axis in axes]
    if any(len(offsets) == 0 for offsets in index):
        return axes, np.full([0] * len(axes), ANY)
    return axes, table[np.ix_(*index)]


def _greedy(table: Array, axes: list[_Axis], default: int | None) -> tuple[Case, ...]:
    """Cover what is left with the case that covers most for its length, again and again."""
    open_cells: Mask = table != ANY
    if default is not None:
        open_cells &= table != default
    cases: list[Case] = []
    rest = 0 if default is None else default
    while open_cells.any():
        left = np.unique(table[open_cells])
        if default is None and len(left) == 1:
            rest = int(left[0])
            break
        cells, outcome = _best_rectangle(table, open_cells, axes, default)
        cases.append(_case(cells, outcome, axes))
        open_cells[np.ix_(*cells)] = False
        if default is not None:
            # What a case has covered may be covered again, whatever its outcome.
            table = table.copy()
            table[np.ix_(*cells)] = ANY
    return (*cases, Case((None,) * len(axes), rest))


def _best_rectangle(
    table: Array, open_cells: Mask, axes: list[_Axis], default: int | None
) -> tuple[tuple[Array, ...], int]:
    """The product of sets of classes, all of one outcome or decided already, that pays best."""
    seeds = np.argwhere(open_cells)
    most = _MAX_SEEDS if len(axes) <= 2 else _MAX_SEEDS // len(axes)
    if len(seeds) > most:
        seeds = seeds[np.linspace(0, len(seeds) - 1, most).astype(int)]
    best: tuple[float, tuple[Array, ...], int] | None = None
    seen: set[tuple[bytes, ...]] = set()
    for seed in seeds:
        outcome = int(table[tuple(seed)])
        fits = table == outcome
        if default is None:
            fits |= ~open_cells
        else:
            fits |= table == ANY
        for order in _orders(len(axes)):
            cells = _grow(fits, seed, order)
            key = tuple(part.tobytes() for part in cells)
            if key in seen:
                continue
            seen.add(key)
            cells = _trim(open_cells, cells)
            covered = int(open_cells[np.ix_(*cells)].sum())
            worth = covered / list_cost([_case(cells, outcome, axes)])
            if best is None or worth > best[0]:
                best = (worth, cells, outcome)
    assert best is not None, "an open cell covers itself"
    return best[1], best[2]


def _orders(axes: int) -> list[tuple[int, ...]]:
    """Orders in which a product is widened: all of them, or for many axes the rotations."""
    if axes <= 2:
        return list(itertools.permutations(range(axes)))
    forward = tuple(range(axes))
    rotations = [(*forward[start:], *forward[:start]) for start in range(axes)]
    return [*rotations, *(order[::-1] for order in rotations)]


def _grow(fits: Mask, seed: Array, order: Sequence[int]) -> tuple[Array, ...]:
    """The largest product around a seed, widened along one axis after the other."""
    cells = [np.array([index]) for index in seed]
    for axis in order:
        others = [
            cells[number] if number != axis else np.arange(fits.shape[axis])
            for number in range(fits.ndim)
        ]
        slab = np.moveaxis(fits[np.ix_(*others)], axis, 0).reshape(fits.shape[axis], -1)
        cells[axis] = np.flatnonzero(slab.all(axis=1))
    return tuple(cells)


def _trim(open_cells: Mask, cells: tuple[Array, ...]) -> tuple[Array, ...]:
    """Without classes that cover nothing new, unless the axis is covered whole."""
    part = open_cells[np.ix_(*cells)]
    trimmed = []
    for axis, indices in enumerate(cells):
        if len(indices) == open_cells.shape[axis]:
            trimmed.append(indices)
            continue
        useful = np.moveaxis(part, axis, 0).reshape(len(indices), -1).any(axis=1)
        trimmed.append(indices[useful])
    return tuple(trimmed)


def _case(cells: tuple[Array, ...], outcome: int, axes: list[_Axis]) -> Case:
    patterns = (_pattern(indices, axis) for indices, axis in zip(cells, axes, strict=True))
    return Case(tuple(patterns), outcome)


def _pattern(indices: Array, axis: _Axis) -> ValueSet | None:
    """The values of the classes; gaps of values that never matter are filled."""
    if len(indices) == len(axis.classes):
        return None
    chosen = {offset for index in indices for offset in axis.classes[index]}
    free = set(axis.free)
    filled, run = set(chosen), set[int]()
    inside = False
    for offset in range(axis.size):
        if offset in chosen:
            filled |= run if inside else set()
            run, inside = set(), True
        elif offset in free:
            run.add(offset)
        else:
            run, inside = set(), False
    return value_set(int(offset) + axis.low for offset in filled)
