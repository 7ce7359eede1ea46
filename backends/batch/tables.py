"""Predicates, lookups and small MLPs as arrays, indexed by the values of their operands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backends.batch.storage import Storage, Variable, nothing
from tpc.diagnostics import TpcError
from tpc.ir.nodes import Lookup, Mlp, Select
from tpc.ir.program import MAX_TABLE_ENTRIES, Program, matched_keys
from tpc.ir.types import Cat
from tpc.ir.values import ValueSet

Array: TypeAlias = NDArray[Any]

DTYPES: dict[Storage, type[Any]] = {
    "u8": np.uint8,
    "u16": np.uint16,
    "u32": np.uint32,
    "f64": np.float64,
}

#: MLPs over integers with at most so many combinations become tables when a program is compiled.
MAX_TABULATED = 4_096
#: Even grouped tables have a limit, beyond which the emitted files would be too large to compile.
_MAX_GROUPED = 1 << 20


@dataclass(frozen=True)
class Table:
    """A function of some variables.

    Args:
        operands: The variables, in order.
        codes: For each operand `None` where it indexes `values` itself, or the index of each of
            its values: values that no case tells apart share one.
        values: The outcomes, one axis for each operand.
    """

    operands: tuple[str, ...]
    codes: tuple[Array | None, ...]
    values: Array


def wanted_keys(program: Program, select: Select, key: Variable) -> Array:
    """For each query value the key that it looks for, as keys are stored."""
    none = nothing(key.storage)
    table = [none if index is None else index for index in matched_keys(program, select)]
    return np.array(table, dtype=DTYPES[key.storage])


def lookup_table(node: Lookup, known: Mapping[str, Variable]) -> Table:
    """The table of a lookup, of at most 65,536 entries where its operands' ranges allow it.

    Raises:
        TpcError: It tells too many combinations apart.
    """
    sizes = [known[name].size for name in node.operands]
    codes: list[Array | None] = [None] * len(sizes)
    if math.prod(sizes) > MAX_TABLE_ENTRIES:
        codes = [_codes(node, axis, size) for axis, size in enumerate(sizes)]
        sizes = [int(code.max()) + 1 for code in codes if code is not None]
    if math.prod(sizes) > _MAX_GROUPED:
        raise TpcError(
            f"%{node.name} tells {math.prod(sizes)} combinations of values apart, too many for a "
            "table of this target",
            hint="the targets interpreter and python take its cases one by one",
        )
    values = np.zeros(sizes, dtype=DTYPES[known[node.name].storage])
    for case in reversed(node.cases):
        masks = []
        for pattern, code, size in zip(case.patterns, codes, sizes, strict=True):
            masks.append(_mask(pattern, code, size))
        values[np.ix_(*masks)] = case.outcome
    return Table(node.operands, tuple(codes), values)


def _codes(node: Lookup, axis: int, size: int) -> Array:
    """Number the groups of operand values that are in the same sets of all cases."""
    members = np.array([_mask(case.patterns[axis], None, size) for case in node.cases])
    _, codes = np.unique(members, axis=1, return_inverse=True)
    return codes.reshape(size).astype(np.uint32)


def _mask(pattern: ValueSet | None, codes: Array | None, size: int) -> Array:
    """Which values, or which groups of values, a set has."""
    values = size if codes is None else len(codes)
    mask = np.full(values, pattern is None)
    for low, high in pattern or ():
        mask[low : high + 1] = True
    if codes is None:
        return mask
    grouped = np.zeros(size, dtype=bool)
    grouped[codes[mask]] = True
    return grouped


def mlp_table(program: Program, node: Mlp, known: Mapping[str, Variable]) -> Table | None:
    """An MLP as a table, where its operands are integers with few enough combinations."""
    sizes = [known[name].size for name in node.operands]
    if 0 in sizes or math.prod(sizes) > MAX_TABULATED:
        return None
    grid = [axis.reshape(-1) for axis in np.indices(sizes)]
    values = perceptron(program, node, grid).reshape(sizes)
    kind = DTYPES[known[node.name].storage]
    return Table(node.operands, (None,) * len(sizes), values.astype(kind))


def perceptron(program: Program, node: Mlp, inputs: Sequence[Array]) -> Array:
    """The winning output of each row of inputs: binary64, in the interpreter's order."""
    weights = node.weights
    w_in = np.array(weights.w_in).reshape(weights.hidden, -1)
    w_out = np.array(weights.w_out).reshape(-1, weights.hidden)
    total = np.zeros((len(inputs[0]), weights.hidden))
    start = 0
    for name, column in zip(node.operands, inputs, strict=True):
        # A one-hot input adds one weight and zeros, which change nothing.
        if isinstance(program.type_of(name), Cat):
            total += w_in[:, start + column].T
            start += program.domain_of(name).size
        else:
            total += w_in[:, start] * column[:, None].astype(np.float64)
            start += 1
    hidden = np.maximum(0.0, np.array(weights.b_in) + total)
    outputs = np.zeros((len(total), len(weights.b_out)))
    for unit in range(weights.hidden):
        outputs += hidden[:, unit, None] * w_out[:, unit]
    best: Array = np.argmax(np.array(weights.b_out) + outputs, axis=1)
    return best
