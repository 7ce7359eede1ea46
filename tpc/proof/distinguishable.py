"""Which values of a variable its readers distinguish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.ir.nodes import Aggregate, Classify, Lookup, Node, Select, operands
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Cat
from tpc.semantics.arrays import Array, Mask
from tpc.semantics.dense_tables import bounds, dense_table, entries

#: All values of an operand of a larger table count as distinguishable.
_MAX_ENTRIES = 1 << 17

#: For each value of a variable the number of its class: no reader distinguishes those of one class.
Partition: TypeAlias = NDArray[np.int64]


def partitions(program: Program, possible: Mapping[str, Mask]) -> dict[str, Partition]:
    """For each categorical variable, which of its values make a difference to the answer.

    Args:
        program: The program.
        possible: The values that each variable can have; combinations with others do not count.
    """
    found = {
        node.name: np.zeros(program.domain_of(node.name).size, dtype=np.int64)
        for node in program.nodes
        if isinstance(node.type, Cat)
    }
    if isinstance(program.type_of(program.result), Cat):
        raise AssertionError("programs return labels")
    for node in reversed(program.nodes):
        for name in (name for name in dict.fromkeys(operands(node)) if name in found):
            signature = _signature(program, node, name, found, possible)
            found[name] = _refine(found[name], signature)
    return found


def _refine(partition: Partition, signature: Array) -> Partition:
    """Classes split by what a reader sees: `[D, ...]`."""
    rows = np.column_stack([partition.astype(np.float64), signature.reshape(len(partition), -1)])
    _, numbers = np.unique(rows, axis=0, return_inverse=True)
    return numbers.reshape(-1).astype(np.int64)


def _signature(
    program: Program,
    node: Node,
    name: str,
    found: Mapping[str, Partition],
    possible: Mapping[str, Mask],
) -> Array:
    """What a node makes of each value of an operand."""
    size = program.domain_of(name).size
    match node:
        case Select():
            return _select_signature(program, node, name)
        case Aggregate():
            return found[node.name]
        case Lookup():
            return _lookup_signature(program, node, name, found, possible)
        case Classify():
            rows = [feature.rows for feature in node.features if feature.variable == name]
            return np.concatenate([np.array(part) for part in rows], axis=1)
        case _:
            return np.arange(size)


def _select_signature(program: Program, node: Select, name: str) -> Array:
    size = program.domain_of(name).size
    parts: list[Array] = []
    if node.scores is not None:
        scores = np.array(node.scores)
        parts += [scores] if node.query == name else []
        parts += [scores.T] if node.key == name else []
        return np.concatenate(parts, axis=1)
    matched = matched_keys(program, node)
    if node.query == name:
        parts.append(np.array([-1 if key is None else key for key in matched]))
    if node.key == name:
        found_keys = {key for key in matched if key is not None}
        parts.append(np.array([value if value in found_keys else -1 for value in range(size)]))
    return np.column_stack(parts)


def _lookup_signature(
    program: Program,
    node: Lookup,
    name: str,
    found: Mapping[str, Partition],
    possible: Mapping[str, Mask],
) -> Array:
    """The class of the outcome for every reachable combination of the other operands."""
    size = program.domain_of(name).size
    if entries(program, node) > _MAX_ENTRIES or node.operands.count(name) > 1:
        return np.arange(size)
    table = dense_table(program, node)
    if node.name in found:
        table = found[node.name][table]
    masks = [
        np.ones(high - low + 1, dtype=bool) if operand == name else possible[operand]
        for operand, (low, high) in zip(node.operands, bounds(program, node), strict=True)
    ]
    table = table[np.ix_(*masks)]
    slices: Array = np.moveaxis(table, node.operands.index(name), 0).reshape(size, -1)
    return slices
