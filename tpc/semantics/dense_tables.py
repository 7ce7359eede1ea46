"""Lookups as arrays: the cases of a table painted over the product of its operands' ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tpc.ir.nodes import Case, Lookup
from tpc.ir.program import Program
from tpc.ir.types import ValueSet
from tpc.semantics.arrays import Array

#: Larger products of ranges are not painted: their cases are tried one by one.
MAX_DENSE = 1 << 22


def bounds(program: Program, node: Lookup) -> list[tuple[int, int]]:
    """The lowest and highest value of each operand, by its type."""
    return [(values[0], values[-1]) for values in map(program.range_of, node.operands)]


def entries(program: Program, node: Lookup) -> int:
    """The product of the operands' ranges."""
    return math.prod(high - low + 1 for low, high in bounds(program, node))


def dense_table(program: Program, node: Lookup) -> Array:
    """The table as an array with one axis for each operand, which starts at its lowest value."""
    ranges = bounds(program, node)
    table = np.full([high - low + 1 for low, high in ranges], -1, dtype=np.int64)
    for case in reversed(node.cases):
        axes = []
        for pattern, (low, high) in zip(case.patterns, ranges, strict=True):
            axes.append(_mask(pattern, low, high))
        table[np.ix_(*axes)] = case.outcome
    return table


def _mask(pattern: ValueSet | None, low: int, high: int) -> Array:
    mask = np.full(high - low + 1, pattern is None)
    for first, last in pattern or ():
        mask[max(0, first - low) : max(0, last - low + 1)] = True
    return mask


class LookupColumns:
    """Evaluates the lookups of a program on columns; dense tables are kept with this object.

    Args:
        program: The program.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._tables: dict[str, Array] = {}

    def column(self, node: Lookup, inputs: Sequence[Array]) -> Array:
        """The outcome for each row of the operands' columns, which are of one shape."""
        if entries(self._program, node) <= MAX_DENSE:
            table = self._table(node)
            index = np.zeros(inputs[0].shape, dtype=np.int64)
            ranges = bounds(self._program, node)
            for column, (low, _), size in zip(inputs, ranges, table.shape, strict=True):
                index *= size
                index += column
                index -= low
            return table.reshape(-1)[index]
        result = np.full(inputs[0].shape, -1, dtype=np.int64)
        for case in node.cases:
            result[(result < 0) & _holds(case, inputs)] = case.outcome
        return result

    def _table(self, node: Lookup) -> Array:
        if node.name not in self._tables:
            self._tables[node.name] = dense_table(self._program, node)
        return self._tables[node.name]


def _holds(case: Case, inputs: Sequence[Array]) -> Array:
    holds = np.ones(inputs[0].shape, dtype=bool)
    for pattern, column in zip(case.patterns, inputs, strict=True):
        if pattern is not None:
            inside = np.zeros(column.shape, dtype=bool)
            for low, high in pattern:
                inside |= (column >= low) & (column <= high)
            holds &= inside
    return holds
