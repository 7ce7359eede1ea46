"""The linear classifier on batches, in binary64 and in the interpreter's order of additions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tpc.ir.nodes import Classify
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.semantics.arrays import Array, joint


def classify(
    program: Program,
    node: Classify,
    inputs: Sequence[Array],
    shape: tuple[int, int],
    valid: Array | None,
    *,
    logits: bool,
) -> tuple[Array, Array | None]:
    """Labels `[L, B]` and logits `[L, B, C]`, or `[B]` and `[B, C]` if pooled.

    Args:
        program: The program of `node`.
        node: The classifier.
        inputs: The columns `[L, B]` of its features.
        shape: `(L, B)`.
        valid: Which positions are no padding, if any is padding.
        logits: Whether to return the logits; else `None` stands for them.
    """
    length, count = shape
    if node.pool == "first":
        inputs, length, valid = [column[:1] for column in inputs], min(1, length), None
    flat = [column.reshape(-1) for column in inputs]
    # Logits once for each combination of feature values, then back to the positions.
    rows = joint(flat, length * count)
    distinct = combination_logits(program, node, [column[rows.first] for column in flat])
    if node.pool == "none":
        labels = best_classes(distinct, node.never)[rows.codes].reshape(shape)
        full = distinct[rows.codes].reshape(length, count, distinct.shape[1]) if logits else None
        return labels, full
    pooled = np.zeros((count, distinct.shape[1]))
    codes = rows.codes.reshape(length, count)
    for position in range(length):
        row = distinct[codes[position]]
        pooled += row if valid is None else np.where(valid[position][:, None], row, 0.0)
    return best_classes(pooled, node.never), pooled if logits else None


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
    masked = logits
    if never:
        masked = logits.copy()
        masked[:, list(never)] = -np.inf
    best: Array = np.argmax(masked, axis=1)
    return best
