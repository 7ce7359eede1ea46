"""Tables as short decision lists: the first case that covers the operands decides.

A table may have entries that do not matter; cases may cover them in any way that makes the list
shorter. The result depends on the table alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
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

#: Seeds times cells that are looked at together for one case; more seeds are thinned out evenly.
_MAX_WORK, _MIN_SEEDS = 1 << 18, 16


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

    @cached_property
    def places(self) -> Array:
        """The class of each offset that matters, in the order of offsets."""
        pairs = [(o, index) for index, offsets in enumerate(self.classes) for o in offsets]
        return np.array([index for _, index in sorted(pairs)], dtype=np.intp)


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


class DecisionLists:
    """Decision lists that are remembered: passes see the same tables again and again."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, tuple[int, ...], tuple[int, ...]], tuple[Case, ...]] = {}

    def find(self, table: Array, lows: Sequence[int]) -> tuple[Case, ...]:
        """What `decision_list` gives for a table."""
        key = (table.astype(np.int64).tobytes(), table.shape, tuple(lows))
        if key not in self._known:
            self._known[key] = decision_list(table, lows)
        return self._known[key]


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
    free: Mask = table == ANY
    cases: list[Case] = []
    rest = 0 if default is None else default
    while True:
        # What a case has covered may be covered again, whatever its outcome.
        open_cells = ~free if default is None else ~free & (table != default)
        left = np.unique(table[open_cells])
        if default is None and len(left) == 1:
            rest = int(left[0])
        if len(left) == 0 or (default is None and len(left) == 1):
            return (*cases, Case((None,) * len(axes), rest))
        cells, outcome = _best_product(table, free, open_cells, axes)
        cases.append(_case(cells, outcome, axes))
        free[np.ix_(*cells)] = True


def _best_product(
    table: Array, free: Mask, open_cells: Mask, axes: list[_Axis]
) -> tuple[tuple[Array, ...], int]:
    """The product of sets of classes, all of one outcome or decided already, that pays best."""
    grown: list[list[Mask]] = []
    seeds: list[Array] = []
    for order in _orders(len(axes)):
        seeds.append(_seeds(table, open_cells, order[0]))
        wanted = table[tuple(seeds[-1].T)].reshape(-1, *[1] * len(axes))
        grown.append(_grown((table != wanted) & ~free, seeds[-1], order))
    products = [np.concatenate(parts) for parts in zip(*grown, strict=True)]
    products = _trimmed(open_cells, products, axes)
    covered = _sums(open_cells[None].astype(np.float32), products)
    cost = 3 + sum(_pattern_cost(part, axis) for part, axis in zip(products, axes, strict=True))
    index = int((covered / cost).argmax())
    cells = tuple(np.flatnonzero(part[index]) for part in products)
    return cells, int(table[tuple(np.concatenate(seeds)[index])])


def _orders(axes: int) -> list[tuple[int, ...]]:
    """Orders in which a product is widened: all of them, or for many axes the rotations."""
    if axes <= 2:
        return list(itertools.permutations(range(axes)))
    forward = tuple(range(axes))
    rotations = [(*forward[start:], *forward[:start]) for start in range(axes)]
    return [*rotations, *(order[::-1] for order in rotations)]


def _seeds(table: Array, open_cells: Mask, axis: int) -> Array:
    """Open cells to widen products from: `[K, axes]`, thinned out evenly if there are many.

    Those that differ only along the axis that is widened first, and in outcome, come to the same.
    """
    seeds = np.argwhere(open_cells)
    others = [index for index in range(table.ndim) if index != axis]
    keys = np.ravel_multi_index(
        (table[open_cells] - table.min(), *seeds[:, others].T),
        (int(np.ptp(table)) + 1, *(table.shape[index] for index in others)),
    )
    seeds = seeds[np.unique(keys, return_index=True)[1]]
    most = max(_MIN_SEEDS, _MAX_WORK // open_cells.size)
    if len(seeds) > most:
        seeds = seeds[np.linspace(0, len(seeds) - 1, most).astype(int)]
    return seeds


def _grown(blocked: Mask, seeds: Array, order: Sequence[int]) -> list[Mask]:
    """The largest product around each seed, widened along one axis after the other.

    Args:
        blocked: For each seed the cells that its products must not have: `[K, ...]`.
        seeds: `[K, axes]`.
        order: Of the axes.

    Returns:
        For each axis, which of its classes each product has: `[K, classes]`.
    """
    weights = blocked.astype(np.float32)
    parts = [
        np.eye(blocked.shape[1 + axis], dtype=bool)[seeds[:, axis]] for axis in range(len(order))
    ]
    for axis in order:
        parts[axis] = _sums(weights, parts, axis) == 0
    return parts


def _sums(cells: Array, parts: Sequence[Mask], axis: int | None = None) -> Array:
    """Sums of cells over products, all axes or all but one: `[K]` or `[K, classes]`."""
    letters = "abcdefghijlmnop"[: len(parts)]
    others = [number for number in range(len(parts)) if number != axis]
    first = "k" if len(cells) > 1 else "z"
    reads = [f"{first}{letters}", *(f"k{letters[number]}" for number in others)]
    target = "k" if axis is None else f"k{letters[axis]}"
    arrays = [parts[number].astype(np.float32) for number in others]
    if not arrays:
        return np.broadcast_to(cells, (len(parts[0]), cells.shape[1]))
    result: Array = np.einsum(f"{','.join(reads)}->{target}", cells, *arrays)
    return result


def _trimmed(open_cells: Mask, products: list[Mask], axes: list[_Axis]) -> list[Mask]:
    """Without classes that cover nothing new, unless they fill a gap or the axis is covered."""
    cells = open_cells[None].astype(np.float32)
    trimmed = []
    for number, (part, axis) in enumerate(zip(products, axes, strict=True)):
        useful = np.logical_and(part, _sums(cells, products, number) > 0)
        filled = _filled(useful, part, axis)
        whole = np.logical_and.reduce(part, axis=1, keepdims=True)
        trimmed.append(np.where(whole, part, filled))
    return trimmed


def _filled(useful: Mask, allowed: Mask, axis: _Axis) -> Mask:
    """Classes in gaps between useful ones are taken in, as far as they are allowed."""
    chosen, open_ = useful[:, axis.places], allowed[:, axis.places]
    below: Mask = _reached(chosen[:, ::-1], open_[:, ::-1])
    inside = _reached(chosen, open_) & below[:, ::-1]
    if (inside == chosen).all():
        return useful
    outside = (~inside).astype(np.float32) @ np.eye(len(axis.classes), dtype=np.float32)[
        axis.places
    ]
    filled: Mask = useful | (outside == 0)
    return filled


def _reached(chosen: Mask, allowed: Mask) -> Mask:
    """What can be reached from a chosen place by going up over allowed ones."""
    index = np.arange(1, chosen.shape[1] + 1)
    last = np.maximum.accumulate(np.where(chosen, index, 0), axis=1)
    wall = np.maximum.accumulate(np.where(allowed, 0, index), axis=1)
    reached: Mask = last > wall
    return reached


def _pattern_cost(part: Mask, axis: _Axis) -> Array:
    """What `list_cost` counts for the pattern of each of some sets of classes."""
    chosen = part[:, axis.places]
    starts = chosen.copy()
    starts[:, 1:] &= ~chosen[:, :-1]
    wide = starts[:, :-1] & chosen[:, 1:]
    cost = 2 * starts.sum(axis=1) + wide.sum(axis=1) + 1
    return np.where(part.all(axis=1), 0, cost)


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
