"""Attention on batches: which position each query takes, and sums over all matches.

Arrays are `[L, B]`: positions by sequences.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tpc.ir.nodes import Rule, Select
from tpc.ir.program import Program, matched_keys
from tpc.semantics.arrays import Array

#: The key of a query that nothing matches, and the key of padding.
_NO_MATCH, _PADDING = -1, -2


def chosen_positions(
    program: Program, select: Select, queries: Array, keys: Array, valid: Array | None
) -> Array:
    """The one position that each query position takes: `[L, B]`."""
    if select.rule == "score":
        return _best_scored(select, queries, keys, valid)
    matched, keys = _matched(program, select, queries), _masked(keys, valid)
    length = len(keys)
    chosen = np.zeros(keys.shape, dtype=np.int64)
    for position in range(length):
        visible = position + 1 if select.causal else length
        ranks = preference_ranks(select, position, visible)
        for j in sorted(range(visible), key=ranks.__getitem__, reverse=True):
            chosen[position, matched[position] == keys[j]] = j
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
    matched, keys = _matched(program, select, queries), _masked(keys, valid)
    length = len(keys)
    total = np.zeros(keys.shape, dtype=kind)
    values = values.astype(kind, copy=False)
    for position in range(length):
        for j in range(position + 1 if select.causal else length):
            total[position] += np.where(matched[position] == keys[j], values[j], 0)
    return total


def preference_ranks(select: Select, position: int, count: int) -> tuple[int, ...]:
    """For each of `count` key positions how many others are preferred to it by one query."""
    return _ranks(select.rule, select.offsets, position, count)


@lru_cache(maxsize=1024)
def _ranks(
    rule: Rule, offsets: tuple[int, ...] | None, position: int, count: int
) -> tuple[int, ...]:
    def preference(j: int) -> tuple[int, ...]:
        match rule:
            case "closest":
                # The position itself is the last resort; of two equally near the left is taken.
                return (int(j == position), abs(j - position), j)
            case "best":
                assert offsets is not None, "verified"
                return (offsets[j - position + len(offsets) // 2], j)
            case _:
                return (j,)

    ranks = [0] * count
    for rank, j in enumerate(sorted(range(count), key=preference)):
        ranks[j] = rank
    return tuple(ranks)


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


def _matched(program: Program, select: Select, queries: Array) -> Array:
    table = [_NO_MATCH if key is None else key for key in matched_keys(program, select)]
    return np.array(table, dtype=np.int32)[queries]


def _masked(keys: Array, valid: Array | None) -> Array:
    keys = keys.astype(np.int32)
    return keys if valid is None else np.where(valid, keys, _PADDING)
