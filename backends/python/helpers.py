"""The functions that heads and MLPs call: emitted modules contain what they use of this file.

All take columns: lists with one entry for each position; of matched keys there may be more. Where
all calls in a module are for values of one type, that type is written instead of the variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

V = TypeVar("V")
N = TypeVar("N", int, float)


def closest(wanted: Sequence[object], keys: Sequence[object], values: Sequence[V]) -> list[V]:
    """The value at the nearest other position with the wanted key, on a tie the left one.

    Failing that the position's own if its key is the wanted one, and the first value if none is.
    """
    where: dict[object, list[int]] = {}
    for j, key in enumerate(keys):
        where.setdefault(key, []).append(j)
    return [
        values[min(where.get(want, [0]), key=lambda j: abs(j - i) or len(keys))]
        for i, (want, _) in enumerate(zip(wanted, keys))
    ]


def latest(wanted: Sequence[object], keys: Sequence[object], values: Sequence[V]) -> list[V]:
    """The value at the last earlier position with the wanted key.

    Failing that the position's own if its key is the wanted one, and the first value if not.
    """
    last: dict[object, int] = {}
    chosen = []
    for i, (want, key) in enumerate(zip(wanted, keys)):
        chosen.append(values[last.get(want, i if key == want else 0)])
        last[key] = i
    return chosen


def first(wanted: Sequence[object], keys: Sequence[object], values: Sequence[V]) -> list[V]:
    """The value at the first position with the wanted key, else the first value."""
    return [values[keys.index(want) if want in keys else 0] for want, _ in zip(wanted, keys)]


def first_so_far(wanted: Sequence[object], keys: Sequence[object], values: Sequence[V]) -> list[V]:
    """The value at the first position so far with the wanted key, else the first value."""
    where: dict[object, int] = {}
    chosen = []
    for i, (want, key) in enumerate(zip(wanted, keys)):
        where.setdefault(key, i)
        chosen.append(values[where.get(want, 0)])
    return chosen


def best(
    wanted: Sequence[object], keys: Sequence[object], values: Sequence[V], offsets: Sequence[int]
) -> list[V]:
    """The value at the first of the given offsets where the wanted key is, else the first value."""
    places = range(len(keys))
    return [
        values[next((i + d for d in offsets if i + d in places and keys[i + d] == want), 0)]
        for i, (want, _) in enumerate(zip(wanted, keys))
    ]


def preferred(
    rankings: Sequence[Sequence[object]], keys: Sequence[object], values: Sequence[V]
) -> list[V]:
    """The value at the first position with the best ranked of all keys."""
    return [values[keys.index(next(key for key in ranking if key in keys))] for ranking in rankings]


def preferred_so_far(
    rankings: Sequence[Sequence[object]], keys: Sequence[object], values: Sequence[V]
) -> list[V]:
    """The value at the first position with the best ranked of the keys so far."""
    return [
        values[keys.index(next(key for key in ranking if key in keys[: i + 1]))]
        for i, ranking in enumerate(rankings)
    ]


def preferred_group(
    rankings: Sequence[Sequence[Sequence[object]]], keys: Sequence[object], values: Sequence[V]
) -> list[V]:
    """The value at the first position with a key of the best ranked group that has one."""
    return [
        next(value for group in ranking for key, value in zip(keys, values) if key in group)
        for ranking in rankings
    ]


def preferred_group_so_far(
    rankings: Sequence[Sequence[Sequence[object]]], keys: Sequence[object], values: Sequence[V]
) -> list[V]:
    """The value at the first position so far with a key of the best ranked group that has one."""
    return [
        next(
            value for group in ranking for key, value in zip(keys[: i + 1], values) if key in group
        )
        for i, ranking in enumerate(rankings)
    ]


def total(wanted: Sequence[object], keys: Sequence[object], values: Sequence[N]) -> list[N]:
    """The sum of the values at all positions with the wanted key."""
    sums: dict[object, N] = {}
    for key, value in zip(keys, values):
        sums[key] = sums.get(key, 0) + value
    return [sums.get(want, 0) for want, _ in zip(wanted, keys)]


def total_so_far(wanted: Sequence[object], keys: Sequence[object], values: Sequence[N]) -> list[N]:
    """The sum of the values at all positions so far with the wanted key."""
    sums: dict[object, N] = {}
    totals = []
    for want, key, value in zip(wanted, keys, values):
        sums[key] = sums.get(key, 0) + value
        totals.append(sums.get(want, 0))
    return totals


def at(wanted: Sequence[int], values: Sequence[V]) -> list[V]:
    """The value at each wanted position, the first value if the sequence ends before it."""
    return [values[j if j < len(values) else 0] for j, _ in zip(wanted, values)]


def at_so_far(wanted: Sequence[int], values: Sequence[V]) -> list[V]:
    """The value at each wanted position, the first value if that is further to the right."""
    return [values[j if j <= i else 0] for i, (j, _) in enumerate(zip(wanted, values))]


def perceptron(layers: Any, inputs: Sequence[float]) -> int:
    """The output unit with the largest activation, the first on a tie."""
    hidden = [max(0.0, activation) for activation in affine(layers[0], inputs)]
    outputs = affine(layers[1], hidden)
    return outputs.index(max(outputs))


def affine(rows: Any, inputs: Sequence[float]) -> list[float]:
    """For each row, a bias and weights: the bias plus the weighted inputs, added left to right."""
    activations = []
    for bias, *weights in rows:
        total = 0.0
        for weight, value in zip(weights, inputs):
            total += weight * value
        activations.append(bias + total)
    return activations
