"""Classifiers and MLPs on batches, in binary64 and in the interpreter's order of additions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tpc.ir.nodes import Classify, Mlp, Weights
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.semantics.arrays import Array, joint

#: Rows of an MLP that are evaluated together: hidden activations take this many times its units.
_ROWS = 4_096


def class_logits(
    program: Program,
    node: Classify,
    inputs: Sequence[Array],
    shape: tuple[int, int],
    valid: Array | None,
) -> tuple[Array, Array]:
    """Rows of logits, and the number of the row of each position `[L, B]`, or sequence if pooled.

    Args:
        program: The program of `node`.
        node: The classifier.
        inputs: The columns `[L, B]` of its features.
        shape: `(L, B)`.
        valid: Which positions are no padding, if any is padding.
    """
    length, count = shape
    if node.pool == "first":
        inputs, length, valid = [column[:1] for column in inputs], min(1, length), None
    flat = [column.reshape(-1) for column in inputs]
    # Logits once for each combination of feature values.
    rows = joint(flat, length * count)
    distinct = combination_logits(program, node, [column[rows.first] for column in flat])
    codes = rows.codes.reshape(length, count)
    if node.pool == "none":
        return distinct, codes
    pooled = np.zeros((count, distinct.shape[1]))
    for position in range(length):
        row = distinct[codes[position]]
        pooled += row if valid is None else np.where(valid[position][:, None], row, 0.0)
    return pooled, np.arange(count)


def combination_logits(program: Program, node: Classify, columns: Sequence[Array]) -> Array:
    """The logits `[N, C]` of rows of feature values: one column `[N]` for each feature."""
    classes = program.domain_of_type(node.type).size
    total = np.zeros((len(columns[0]) if columns else 1, classes))
    for feature, column in zip(node.features, columns, strict=True):
        weights = np.array(feature.rows)
        if isinstance(program.type_of(feature.variable), Cat):
            total += weights[column]
        else:
            total += weights[0] * column[:, None].astype(np.float64)
    return total


def best_classes(logits: Array, never: Sequence[int]) -> Array:
    """The best class of each row of logits `[N, C]` that may be answered, the first on a tie."""
    if not len(logits):
        return np.zeros(0, dtype=np.int64)
    if never:
        logits = logits.copy()
        logits[:, list(never)] = -np.inf
    best: Array = np.argmax(logits, axis=1)
    return best


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
