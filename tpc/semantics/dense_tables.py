"""Lookups as arrays: the cases of a table painted over the product of its operands' ranges."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from tpc.ir.nodes import Case, Lookup
from tpc.ir.program import Program
from tpc.ir.types import ValueSet
from tpc.semantics.arrays import Array, Mask

#: Larger products of ranges are not painted: their cases are tried one by one.
MAX_DENSE = 1 << 22


def ranges(program: Program, node: Lookup) -> list[range]:
    """The values of each operand, by its type."""
    return list(map(program.range_of, node.operands))


def entries(program: Program, node: Lookup) -> int:
    """The product of the operands' ranges."""
    return math.prod(map(len, ranges(program, node)))


def dense_table(program: Program, node: Lookup) -> Array:
    """The table as an array with one axis for each operand, which starts at its lowest value."""
    return painted(node.cases, ranges(program, node))


def painted(cases: Sequence[Case], axes: Sequence[Sequence[int]]) -> Array:
    """The outcome of each combination of values, -1 where no case covers it.

    Args:
        cases: The first that covers a combination decides.
        axes: Values of each operand, ascending.
    """
    table = np.full(list(map(len, axes)), -1, dtype=np.int64)
    for case in reversed(cases):
        masks = [covered(pattern, axis) for pattern, axis in zip(case.patterns, axes, strict=True)]
        table[np.ix_(*masks)] = case.outcome
    return table


def covered(pattern: ValueSet | None, values: Sequence[int]) -> Mask:
    """Which of some ascending values a case covers: all of them if it says nothing of them."""
    mask = np.full(len(values), pattern is None)
    for low, high in pattern or ():
        mask[bisect_left(values, low) : bisect_right(values, high)] = True
    return mask


def meets(pattern: ValueSet | None, values: Sequence[int]) -> bool:
    """Whether a case covers some of ascending values, which may be a range of any length."""
    return pattern is None or any(
        bisect_left(values, low) < bisect_right(values, high) for low, high in pattern
    )


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
            for column, values in zip(inputs, ranges(self._program, node), strict=True):
                index *= len(values)
                index += column
                index -= values.start
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
