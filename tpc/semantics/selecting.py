"""Attention on batches: which position each query takes, and sums over all matches.

Arrays are `[L, B]`: positions by sequences.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.ir.nodes import Select
from tpc.ir.program import Program, want

Array: TypeAlias = NDArray[Any]

#: What a query wants that looks for nothing, and what padding has as its key.
_NOTHING, _PADDING = -1, -2


def chosen_positions(
    program: Program, select: Select, queries: Array, keys: Array, valid: Array | None
) -> Array:
    """The one position that each query position takes: `[L, B]`."""
    if select.rule == "score":
        return _best_scored(select, queries, keys, valid)
    wanted, keys = _wanted(program, select, queries), _masked(keys, valid)
    length = len(keys)
    chosen = np.zeros(keys.shape, dtype=np.int64)
    for position in range(length):
        visible = position + 1 if select.causal else length
        for j in _worst_first(select, position, visible):
            chosen[position, wanted[position] == keys[j]] = j
    return chosen


def matching_sum(
    program: Program,
    select: Select,
    queries: Array,
    keys: Array,
    values: Array,
    valid: Array | None,
    kind: type[np.generic],
) -> Array:
    """The sum of the values at all matches, added from left to right: `[L, B]` of `kind`."""
    wanted, keys = _wanted(program, select, queries), _masked(keys, valid)
    length = len(keys)
    total = np.zeros(keys.shape, dtype=kind)
    values = values.astype(kind, copy=False)
    for position in range(length):
        for j in range(position + 1 if select.causal else length):
            total[position] += np.where(wanted[position] == keys[j], values[j], 0)
    return total


def _worst_first(select: Select, position: int, visible: int) -> list[int]:
    """The visible positions, so that each one is preferred to those before it."""
    positions = range(visible)
    if select.rule == "closest":
        # The position itself is the last resort; of two at one distance the left one is taken.
        order = sorted(positions, key=lambda j: (j == position, abs(j - position), j))
    elif select.rule == "best":
        assert select.offsets is not None, "verified"
        ranks, reach = select.offsets, len(select.offsets) // 2
        order = sorted(positions, key=lambda j: (ranks[j - position + reach], j))
    else:
        order = list(positions)
    return order[::-1]


def _best_scored(select: Select, queries: Array, keys: Array, valid: Array | None) -> Array:
    ranks = np.array(select.scores, dtype=np.int32)
    chosen = np.zeros(keys.shape, dtype=np.int64)
    for position in range(len(keys)):
        best = np.full(keys.shape[1], np.iinfo(np.int32).max)
        for j in range(position + 1 if select.causal else len(keys)):
            rank = ranks[queries[position], keys[j]]
            better = rank < best
            if valid is not None:
                better &= valid[j]
            chosen[position, better] = j
            best = np.where(better, rank, best)
    return chosen


def _wanted(program: Program, select: Select, queries: Array) -> Array:
    table = [_NOTHING if key is None else key for key in want(program, select)]
    return np.array(table, dtype=np.int32)[queries]


def _masked(keys: Array, valid: Array | None) -> Array:
    keys = keys.astype(np.int32)
    return keys if valid is None else np.where(valid, keys, _PADDING)
