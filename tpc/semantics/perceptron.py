"""MLPs on batches, in binary64 and in the interpreter's order of additions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tpc.ir.nodes import Mlp, Weights
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.semantics.arrays import Array

#: Rows that are evaluated together: hidden activations take this many times the hidden units.
_ROWS = 4_096


def perceptron(program: Program, node: Mlp, inputs: Sequence[Array]) -> Array:
    """The winning output unit of each row; one column `[N]` for each operand."""
    widths = [
        program.domain_of(name).size if isinstance(program.type_of(name), Cat) else None
        for name in node.operands
    ]
    return winning_outputs(node.weights, widths, inputs)


def winning_outputs(
    weights: Weights, widths: Sequence[int | None], inputs: Sequence[Array]
) -> Array:
    """The winning output unit of each row of inputs, the first on ties.

    Args:
        weights: Of both layers.
        widths: For each operand how many one-hot inputs it takes; `None` for a number.
        inputs: One column `[N]` for each operand.
    """
    rows = len(inputs[0])
    parts = [
        _outputs(weights, widths, [column[low : low + _ROWS] for column in inputs])
        for low in range(0, rows, _ROWS)
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def _outputs(weights: Weights, widths: Sequence[int | None], inputs: Sequence[Array]) -> Array:
    w_in = np.array(weights.w_in).reshape(weights.hidden, -1)
    w_out = np.array(weights.w_out).reshape(-1, weights.hidden)
    total = np.zeros((len(inputs[0]), weights.hidden))
    start = 0
    for width, column in zip(widths, inputs, strict=True):
        # A one-hot input adds one weight and zeros, which change nothing.
        if width is not None:
            total += w_in[:, start + column.astype(np.int64)].T
            start += width
        else:
            total += w_in[:, start] * column[:, None].astype(np.float64)
            start += 1
    hidden = np.maximum(0.0, np.array(weights.b_in) + total)
    result = np.zeros((len(total), len(weights.b_out)))
    for unit in range(weights.hidden):
        result += hidden[:, unit, None] * w_out[:, unit]
    best: Array = np.argmax(np.array(weights.b_out) + result, axis=1)
    return best
