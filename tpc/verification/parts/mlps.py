"""MLPs: the network's own modules on all combinations of values that can reach them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tpc.ir.nodes import Lookup, Mlp
from tpc.ir.types import Cat, Real
from tpc.semantics.arrays import Array
from tpc.semantics.dense_tables import dense_table
from tpc.semantics.layers import perceptron
from tpc.verification.parts.heads import tensor
from tpc.verification.parts.matching import Matching
from tpc.verification.parts.part import Mismatch, PartGroup
from tpc.verification.parts.rounding import BINARY32, BINARY64, accumulated

if TYPE_CHECKING:
    from tpc.model.discrete import Mlp as NetworkMlp

#: More combinations of values than these are not gone through.
MOST_COMBINATIONS = 1 << 25
_CHUNK = 1 << 16


@dataclass(frozen=True)
class _Choices:
    """What the network's MLP answers on some combinations.

    Args:
        values: Of its operands in the program, `[operands, N]`.
        outcome: `[N]`.
        margin: By how much it was chosen, `[N]`.
    """

    values: Array
    outcome: Array
    margin: Array


def check_mlp(matching: Matching, name: str) -> PartGroup:
    """An MLP that became a table, or that was kept as weights."""
    node, mlp = matching.node(name), matching.network.mlps[name]
    types = [matching.program.type_of(operand) for operand in node.operands]  # type: ignore[union-attr]
    if isinstance(node, Lookup):
        return _table(matching, name, node, mlp)
    assert isinstance(node, Mlp), "matched"
    different = _weights(matching, name, node, mlp)
    if different:
        return PartGroup("MLP", name, 1, different)
    if Real() in types:
        reason = f"{name} (its weights are the network's, but sums of learned numbers are rounded)"
        return PartGroup("MLP", name, 1, open=(reason,))
    return _perceptron(matching, name, node, mlp)


def _table(matching: Matching, name: str, node: Lookup, mlp: NetworkMlp) -> PartGroup:
    ranges = [matching.program.range_of(operand) for operand in node.operands]
    if math.prod(map(len, ranges)) > MOST_COMBINATIONS:
        return PartGroup("table entry", name, 1, open=(f"{name} (too many entries)",))
    table = dense_table(matching.program, node).reshape(-1)
    rounding32, rounding64 = _rounding(matching, mlp)
    different: list[Mismatch] = []
    undecided: list[str] = []
    close = start = 0
    for found in _choices(matching, node.operands, mlp):
        ours = table[start : start + len(found.outcome)]
        start += len(found.outcome)
        close += int((found.margin <= rounding32).sum())
        for row in np.flatnonzero(ours != found.outcome).tolist():
            part = f"{name} at {_combination(matching, node.operands, found.values[:, row])}"
            if found.margin[row] <= rounding64:
                undecided.append(f"{part} (a choice by less than rounding)")
                continue
            theirs = matching.shown(node.name, int(found.outcome[row]))
            different.append(Mismatch(part, theirs, matching.shown(node.name, int(ours[row]))))
    return PartGroup("table entry", name, len(table), tuple(different), tuple(undecided), close)


def _perceptron(matching: Matching, name: str, node: Mlp, mlp: NetworkMlp) -> PartGroup:
    """Equal weights are equal choices but where rounding can decide, and there both are run."""
    distinct = tuple(dict.fromkeys(node.operands))
    if math.prod(len(matching.program.range_of(one)) for one in distinct) > MOST_COMBINATIONS:
        reason = f"{name} (its weights are the network's; too many combinations to be run on all)"
        return PartGroup("MLP", name, 1, open=(reason,))
    rounding32, rounding64 = _rounding(matching, mlp)
    undecided: list[str] = []
    close = 0
    for found in _choices(matching, distinct, mlp):
        close += int((found.margin <= rounding32).sum())
        near = np.flatnonzero(found.margin <= rounding64)
        columns = found.values[:, near]
        inputs = [columns[distinct.index(operand)] for operand in node.operands]
        ours = perceptron(matching.program, node, inputs)
        for row in np.flatnonzero(ours != found.outcome[near]).tolist():
            combination = _combination(matching, distinct, columns[:, row])
            undecided.append(f"{name} at {combination} (a choice by less than rounding)")
    return PartGroup("MLP", name, 1, open=tuple(undecided), close=close)


def _combination(matching: Matching, operands: Sequence[str], values: Array) -> str:
    pairs = zip(operands, values.tolist(), strict=True)
    return "(" + ", ".join(matching.shown(operand, value) for operand, value in pairs) + ")"


def _choices(matching: Matching, operands: Sequence[str], mlp: NetworkMlp) -> Iterator[_Choices]:
    """The network's choices on all combinations of the operands' values, the last one fastest."""
    program = matching.program
    ranges = [program.range_of(operand) for operand in operands]
    sizes = tuple(map(len, ranges))
    for low in range(0, math.prod(sizes), _CHUNK):
        codes = np.arange(low, min(low + _CHUNK, math.prod(sizes)))
        indices = np.unravel_index(codes, sizes)
        values = np.stack(
            [index + values.start for index, values in zip(indices, ranges, strict=True)]
        )
        by_name = dict(zip(operands, values, strict=True))
        inputs = []
        for read in mlp.reads:
            name = matching.names[read]
            kind = np.int64 if isinstance(program.type_of(name), Cat) else np.float64
            inputs.append(tensor(by_name[name].astype(kind)))
        outcome, margin = mlp.run(inputs)
        yield _Choices(values, outcome.numpy(), margin.numpy())


def _rounding(matching: Matching, mlp: NetworkMlp) -> tuple[float, float]:
    """By how much the difference of two outputs can be off in binary32 and in binary64."""
    largest = [_largest(matching, read) for read in mlp.reads]
    w_in, b_in, w_out, b_out = (
        np.abs(one.numpy()) for one in (mlp.w_in, mlp.b_in, mlp.w_out, mlp.b_out)
    )
    blocks = np.split(w_in, len(largest), axis=1)
    hidden = sum(block.max(1) * most for block, most in zip(blocks, largest, strict=True)) + b_in
    outputs = float((w_out @ hidden + b_out).max(initial=0.0))
    steps = len(largest) + w_out.shape[1] + 4
    return tuple(2 * accumulated(unit, steps) * outputs for unit in (BINARY32, BINARY64))  # type: ignore[return-value]


def _largest(matching: Matching, read: str) -> int:
    """The largest number that an operand multiplies weights with: 1 for a categorical one."""
    name = matching.names[read]
    if isinstance(matching.program.type_of(name), Cat):
        return 1
    values = matching.program.range_of(name)
    return max(abs(values[0]), abs(values[-1]))


def _weights(matching: Matching, name: str, node: Mlp, mlp: NetworkMlp) -> tuple[Mismatch, ...]:
    """Weights that are not the network's, to the bit."""
    program = matching.program
    w_in = mlp.w_in.numpy()
    blocks = np.split(w_in, len(mlp.reads), axis=1)
    kept = [
        block[:, : len(program.range_of(operand))]
        if isinstance(program.type_of(operand), Cat)
        else block
        for block, operand in zip(blocks, node.operands, strict=True)
    ]
    pairs = {
        "w_in": (np.concatenate(kept, 1), node.weights.w_in),
        "b_in": (mlp.b_in.numpy(), node.weights.b_in),
        "w_out": (mlp.w_out.numpy(), node.weights.w_out),
        "b_out": (mlp.b_out.numpy(), node.weights.b_out),
    }
    found = []
    for matrix, (network, ours) in pairs.items():
        given = np.array(ours)
        if given.size != network.size:
            sizes = f"{network.size} weights"
            found.append(Mismatch(f"{name} {matrix}", sizes, f"{given.size}"))
            continue
        given = given.reshape(network.shape)
        for place in np.argwhere(given != network).tolist():
            theirs, program_has = (repr(float(one[tuple(place)])) for one in (network, given))
            part = f"{name} {matrix}[{', '.join(map(str, place))}]"
            found.append(Mismatch(part, theirs, program_has))
    return tuple(found)
