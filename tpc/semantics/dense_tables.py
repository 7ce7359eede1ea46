"""Lookups as arrays: the cases of a table painted over the product of its operands' ranges."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tpc.diagnostics import TpcError
from tpc.ir.cases import cases_of
from tpc.ir.nodes import Case, Lookup
from tpc.ir.program import Program
from tpc.ir.types import ValueSet
from tpc.semantics.arrays import Array, Mask
from tpc.semantics.formulas import column

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


def painted(
    cases: Sequence[Case],
    axes: Sequence[Sequence[int]],
    values: Sequence[Sequence[int]] | None = None,
) -> Array:
    """The outcome of each combination of values, -1 where no case covers it.

    Args:
        cases: The first that covers a combination decides.
        axes: Values of each operand, ascending, which the patterns of the cases speak of.
        values: What formulas take for them, if that is something else.
    """
    table = np.full(list(map(len, axes)), -1, dtype=np.int64)
    for case in reversed(cases):
        masks = [covered(pattern, axis) for pattern, axis in zip(case.patterns, axes, strict=True)]
        outcome: int | Array
        if isinstance(case.outcome, int):
            outcome = case.outcome
        else:
            chosen = (np.array(a)[mask] for a, mask in zip(values or axes, masks, strict=True))
            outcome = column(case.outcome, np.ix_(*chosen))
        table[np.ix_(*masks)] = outcome
    return table


def decided_values(cases: Sequence[Case], number: int, axes: Sequence[Sequence[int]]) -> list[int]:
    """What the formula of a case gives on the combinations that the case decides, ascending.

    Args:
        cases: The first that covers a combination decides.
        number: Of the case.
        axes: Values of each operand, ascending.
    """
    rows = painted([Case(case.patterns, index) for index, case in enumerate(cases)], axes) == number
    found: list[int] = np.unique(painted([cases[number]], axes)[rows]).tolist()
    return found


def without_formulas(program: Program, node: Lookup) -> Lookup:
    """The same lookup, its cases made anew from its entries if one of them has a formula.

    Raises:
        TpcError: It has too many entries for that.
    """
    if not node.has_formulas:
        return node
    count = entries(program, node)
    if count > MAX_DENSE:
        raise TpcError(
            f"%{node.name} has formulas over {count:,} combinations, too many for a table",
            hint="let an operand's range be smaller",
        )
    table = dense_table(program, node).reshape(-1).tolist()
    return replace(node, cases=cases_of(table, ranges(program, node)))


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
            for operand, values in zip(inputs, ranges(self._program, node), strict=True):
                index *= len(values)
                index += operand
                index -= values.start
            return table.reshape(-1)[index]
        result = np.full(inputs[0].shape, -1, dtype=np.int64)
        for case in node.cases:
            rows = (result < 0) & _holds(case, inputs)
            if isinstance(case.outcome, int):
                result[rows] = case.outcome
            else:
                result[rows] = column(case.outcome, [operand[rows] for operand in inputs])
        return result

    def _table(self, node: Lookup) -> Array:
        if node.name not in self._tables:
            self._tables[node.name] = dense_table(self._program, node)
        return self._tables[node.name]


def _holds(case: Case, inputs: Sequence[Array]) -> Array:
    holds = np.ones(inputs[0].shape, dtype=bool)
    for pattern, values in zip(case.patterns, inputs, strict=True):
        if pattern is not None:
            inside = np.zeros(values.shape, dtype=bool)
            for low, high in pattern:
                inside |= (values >= low) & (values <= high)
            holds &= inside
    return holds
