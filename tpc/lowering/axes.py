"""Lookups as small grids: operand values that are not distinguished are one row or column.

A lookup's cases cover sets of values; between the ends of all those sets nothing changes, so each
operand falls into few classes, however wide its range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tpc.ir.nodes import read_by_formulas
from tpc.ir.types import ValueSet
from tpc.lowering.arrays import Array
from tpc.lowering.lowered import Column, Lookup, Lowered
from tpc.semantics.dense_tables import painted


@dataclass(frozen=True)
class Axis:
    """How one operand is read.

    Args:
        column: The operand.
        starts: The lowest value of each segment; within a segment nothing changes.
        classes: The row or column of each segment.
    """

    column: Column
    starts: tuple[int, ...]
    classes: tuple[int, ...]

    @property
    def low(self) -> int:
        """The operand's lowest value."""
        return self.column.type_range[0]

    @property
    def high(self) -> int:
        """The operand's highest value."""
        return self.column.type_range[-1]

    @property
    def size(self) -> int:
        """How many classes there are."""
        return max(self.classes) + 1

    def members(self, index: int) -> list[tuple[int, int]]:
        """The values of a class as intervals, both ends included."""
        ends = [start - 1 for start in self.starts[1:]] + [self.high]
        intervals: list[tuple[int, int]] = []
        for start, end, found in zip(self.starts, ends, self.classes, strict=True):
            if found != index:
                continue
            if intervals and intervals[-1][1] == start - 1:
                intervals[-1] = (intervals[-1][0], end)
            else:
                intervals.append((start, end))
        return intervals

    def class_of(self, value: int) -> int:
        """The class that a value belongs to."""
        segment = int(np.searchsorted(self.starts, value, side="right")) - 1
        return self.classes[segment]

    @property
    def numbers_itself(self) -> bool:
        """Whether each value is its own class, values after the last start counting as that."""
        return self.classes == tuple(range(len(self.starts))) == self.starts

    @property
    def in_full(self) -> Axis:
        """The same axis with a class for each value up to the last start."""
        every = tuple(range(self.low, self.starts[-1] + 1))
        return replace(self, starts=every, classes=tuple(range(len(every))))


@dataclass(frozen=True)
class Grid:
    """A lookup reduced to what makes a difference: no axis if it is constant."""

    axes: tuple[Axis, ...]
    outcomes: Array


def grid(lowered: Lowered, step: Lookup) -> Grid:
    """The grid of a lookup; operands that make no difference are left out."""
    columns = [lowered.columns[name] for name in step.operands]
    read = read_by_formulas(step.cases)
    starts = [
        list(column.type_range)
        if position in read
        else _starts([case.patterns[position] for case in step.cases], column.type_range)
        for position, column in enumerate(columns)
    ]
    outcomes = painted(step.cases, starts)
    axes = []
    for position, column in enumerate(columns):
        classes, kept = _classes(outcomes, position)
        axis = Axis(column, tuple(starts[position]), classes)
        outcomes = np.take(outcomes, kept, axis=position)
        if _reads_better_in_full(axis):
            full = axis.in_full
            kept = [axis.class_of(value) for value in full.starts]
            axis, outcomes = full, np.take(outcomes, kept, axis=position)
        axes.append(axis)
    used = tuple(axis for axis in axes if axis.size > 1)
    return Grid(used, outcomes.reshape([axis.size for axis in used]))


def _reads_better_in_full(axis: Axis) -> bool:
    """Whether a row for each value is hardly more than one for each class.

    The variable can then number the rows itself, values beyond the last change counting as that.
    """
    last = axis.starts[-1]
    if axis.low != 0 or axis.size == 1 or last + 1 > 2 * axis.size:
        return False
    # Only of a number can the smaller of two be taken.
    return axis.column.kind == "number" or (axis.column.labels is None and last == axis.high)


def _starts(patterns: Sequence[ValueSet | None], values: range) -> list[int]:
    """Where the membership in some pattern can change."""
    cuts = {values[0]}
    for pattern in patterns:
        for low, high in pattern or ():
            cuts |= {low, high + 1}
    return sorted(cut for cut in cuts if values[0] <= cut <= values[-1])


def _classes(table: Array, axis: int) -> tuple[tuple[int, ...], list[int]]:
    """The class of each slice along an axis, and the first slice of each class."""
    known: dict[bytes, int] = {}
    kept: list[int] = []
    classes = []
    for index in range(table.shape[axis]):
        slice_ = np.ascontiguousarray(np.take(table, index, axis=axis)).tobytes()
        if slice_ not in known:
            known[slice_] = len(known)
            kept.append(index)
        classes.append(known[slice_])
    return tuple(classes), kept
