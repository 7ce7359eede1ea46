"""Predicates, lookups and small MLPs as arrays, indexed by the values of their operands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.diagnostics import TpcError
from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.lowering.lowered import Feature, Lookup, Lowered, Perceptron, Selector
from tpc.lowering.storage import DTYPES, Variable, no_match
from tpc.semantics.dense_tables import covered
from tpc.semantics.layers import winning_outputs

Array: TypeAlias = NDArray[Any]

#: MLPs over integers with at most so many combinations become tables when a program is compiled.
MAX_TABULATED = 4_096
#: Even grouped tables have a limit, beyond which the emitted files would be too large to compile.
_MAX_GROUPED = 1 << 20


@dataclass(frozen=True)
class Table:
    """A function of some columns.

    Args:
        operands: The columns, in order.
        codes: For each operand `None` where it indexes `values` itself, or the index of each of
            its values: values that no case distinguishes share one.
        values: The outcomes, one axis for each operand.
    """

    operands: tuple[str, ...]
    codes: tuple[Array | None, ...]
    values: Array


def matched_keys(selector: Selector, key: Variable) -> Array:
    """For each query value the key that matches it, as keys are stored."""
    none = no_match(key.storage)
    table = [none if index is None else index for index in selector.matched]
    return np.array(table, dtype=DTYPES[key.storage])


def lookup_table(step: Lookup, known: Mapping[str, Variable]) -> Table:
    """The table of a lookup, of at most 65,536 entries where its operands' ranges allow it.

    Raises:
        TpcError: It distinguishes too many combinations.
    """
    ranges = [range(known[name].size) for name in step.operands]
    codes: list[Array | None] = [None] * len(ranges)
    # Of values that are not distinguished the first one stands for all.
    kept: list[Array | slice] = [slice(None)] * len(ranges)
    sizes = list(map(len, ranges))
    if math.prod(sizes) > MAX_TABLE_ENTRIES:
        for axis, values in enumerate(ranges):
            patterns = [covered(case.patterns[axis], values) for case in step.cases]
            _, first, code = np.unique(patterns, axis=1, return_index=True, return_inverse=True)
            codes[axis], kept[axis] = code.reshape(-1).astype(np.uint32), first
            sizes[axis] = len(first)
    if math.prod(sizes) > _MAX_GROUPED:
        raise TpcError(
            f"%{step.name} distinguishes {math.prod(sizes)} combinations of values, too many for "
            "a table of this target",
            hint="the targets interpreter and python take its cases one by one",
        )
    table = np.zeros(sizes, dtype=DTYPES[known[step.name].storage])
    for case in reversed(step.cases):
        axes = zip(case.patterns, ranges, kept, strict=True)
        masks = [covered(pattern, values)[which] for pattern, values, which in axes]
        table[np.ix_(*masks)] = case.outcome
    return Table(step.operands, tuple(codes), table)


def perceptron_table(
    lowered: Lowered, step: Perceptron, known: Mapping[str, Variable]
) -> Table | None:
    """An MLP as a table, where its operands are integers with few enough combinations."""
    sizes = [known[name].size for name in step.operands]
    if 0 in sizes or math.prod(sizes) > MAX_TABULATED:
        return None
    grid = [axis.reshape(-1) for axis in np.indices(sizes)]
    values = perceptron(lowered, step, grid).reshape(sizes)
    kind = DTYPES[known[step.name].storage]
    return Table(step.operands, (None,) * len(sizes), values.astype(kind))


def perceptron(lowered: Lowered, step: Perceptron, inputs: Sequence[Array]) -> Array:
    """The winning output of each row of inputs: binary64, in the interpreter's order."""
    widths = [input_width(lowered, name) for name in step.operands]
    return winning_outputs(step.weights, widths, inputs)


def input_width(lowered: Lowered, operand: str) -> int | None:
    """How many one-hot inputs of an MLP an operand takes; `None` for a number, which takes one."""
    column = lowered.columns[operand]
    return len(column.type_range) if column.kind == "category" else None


def perceptron_features(lowered: Lowered, step: Perceptron) -> tuple[Feature, ...]:
    """What each operand of an MLP adds to its hidden units, as a classifier's features have it."""
    weights, end = step.weights, 0
    inputs = len(weights.w_in) // weights.hidden
    features = []
    for name in step.operands:
        start, end = end, end + (input_width(lowered, name) or 1)
        rows = tuple(weights.w_in[index::inputs] for index in range(start, end))
        features.append(Feature(name, rows))
    return tuple(features)
