"""Predicates, orders of positions and scores of heads, through the network's own heads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from tpc.ir.nodes import Select
from tpc.ir.program import matched_keys
from tpc.semantics.arrays import Array
from tpc.semantics.interpreter import choose
from tpc.verification.parts.matching import Matching
from tpc.verification.parts.part import Mismatch, PartGroup

if TYPE_CHECKING:
    from torch import Tensor

    from tpc.model.attention import Head

#: About so many pairs of positions are looked at together.
_CHUNK = 4_000_000


def check_head(matching: Matching, name: str) -> Iterator[PartGroup]:
    """All parts of a head: which keys match, and which of the matches is taken."""
    head, select = matching.network.heads[name], matching.select(name)
    if select.rule == "score" or select.predicate is None:
        yield _scores(matching, name, head, select)
        return
    matches = _matches(matching, head, select)
    yield _predicate(matching, name, select, matches)
    if select.rule != "all":
        yield _order(matching, name, head, select, matches)


def tensor(array: Array) -> Tensor:
    """An array as the network takes it."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(array))


def _matches(matching: Matching, head: Head, select: Select) -> Array:
    """Whether the network's head matches key value `k` for query value `q`, `[Q, K]`.

    The head looks from position 1, which alone is visible, and has the key value in question.
    """
    queries = len(matching.program.range_of(select.query))
    keys = len(matching.program.range_of(select.key))
    if select.rule != "all" and matching.program.max_length == 1:
        return np.zeros((queries, 0), dtype=bool)  # Position 0 is taken, whatever matches.
    step = max(1, _CHUNK // (4 * keys))
    parts = []
    for low in range(0, queries, step):
        some = np.arange(low, min(low + step, queries))
        query, key = np.repeat(some, keys), np.tile(np.arange(keys), len(some))
        pair = [np.stack([np.zeros_like(value), value], 1) for value in (query, key)]
        visible = np.broadcast_to(np.array([[False, False], [False, True]]), (len(query), 2, 2))
        found = head.attends(tensor(pair[0]), tensor(pair[1]), tensor(visible))
        parts.append(found[:, 1, 1].numpy().reshape(len(some), keys))
    return np.concatenate(parts)


def _predicate(matching: Matching, name: str, select: Select, matches: Array) -> PartGroup:
    """Each query value: the key values that match it."""
    different = []
    queries, keys = matches.shape
    for query, expected in enumerate(matched_keys(matching.program, select)):
        found = np.flatnonzero(matches[query]).tolist() if keys else [expected]
        if found != ([] if expected is None else [expected]):
            part = f"{name} predicate row {matching.shown(select.query, query)}"
            network = " and ".join(matching.shown(select.key, key) for key in found) or "none"
            different.append(Mismatch(part, network, matching.shown(select.key, expected)))
    return PartGroup("predicate row", name, queries if keys else 0, tuple(different))


def _order(matching: Matching, name: str, head: Head, select: Select, matches: Array) -> PartGroup:
    """Each query position: of two matching positions the same one is taken.

    Both sides take the first of a total order, so that neighbours in the program's are enough:
    the network is shown all pairs of neighbours, one pair a row, for all query positions at once.
    """
    pairs = np.argwhere(matches)
    if not len(pairs):
        return PartGroup("order of positions", name, 0)  # Nothing ever matches.
    length = matching.program.max_length
    orders = [_program_order(select, position, length) for position in range(length)]
    rows = max(len(order) for order in orders) - 1
    visible = np.zeros((max(1, rows), length, length), dtype=bool)
    expected = np.zeros((max(1, rows), length), dtype=np.int64)
    for position, order in enumerate(orders):
        for row in range(max(1, rows)):
            neighbours = order[row : row + 2] or order[:1]
            visible[row, position, neighbours] = True
            expected[row, position] = neighbours[0]
    query, key = (np.full((len(visible), length), value) for value in pairs[0])
    attended = head.attends(*map(tensor, (query, key, visible))).numpy()
    right = np.take_along_axis(attended, expected[..., None], 2)[..., 0]
    different = [
        Mismatch(
            f"{name} order of positions, seen from {position}",
            f"{_first(attended[row, position])} before {expected[row, position]}",
            f"{expected[row, position]} before {_first(attended[row, position])}",
        )
        for row, position in np.argwhere(~right).tolist()
    ]
    return PartGroup("order of positions", name, length, tuple(different))


def _first(attended: Array) -> int:
    return int(np.flatnonzero(attended)[0])


def _program_order(select: Select, position: int, length: int) -> list[int]:
    """The positions that a query position sees, in the order in which the program takes them."""
    left = list(range(position + 1 if select.causal else length))
    order = []
    while left:
        order.append(choose(select, position, left))
        left.remove(order[-1])
    return order


def _scores(matching: Matching, name: str, head: Head, select: Select) -> PartGroup:
    """Each query value: of two visible keys, in either order, the same one is taken."""
    assert select.scores is not None, "verified"
    different = []
    queries = range(len(select.scores) if matching.program.max_length > 1 else 0)
    for query in queries:
        ranks = np.array(select.scores[query])
        order = np.argsort(ranks, kind="stable")
        one, other = order[:-1], order[1:]
        keys = np.concatenate([np.stack([one, other], 1), np.stack([other, one], 1)])
        expected = ranks[keys[:, 1]] < ranks[keys[:, 0]]  # The leftmost on ties.
        wrong = np.flatnonzero(_takes_second(head, query, keys) != expected)
        if len(wrong):
            left, right = (matching.shown(select.key, int(key)) for key in keys[wrong[0]])
            chosen = [left, right] if expected[wrong[0]] else [right, left]
            part = f"{name} score row {matching.shown(select.query, query)}, {left} then {right}"
            different.append(Mismatch(part, chosen[0], chosen[1]))
    return PartGroup("score row", name, len(queries), tuple(different))


def _takes_second(head: Head, query: int, keys: Array) -> Array:
    """Whether a head that sees two positions takes the second, for each row of key values."""
    queries = np.full(keys.shape, query)
    visible = np.ones((len(keys), 2, 2), dtype=bool)
    attended: Array = head.attends(*map(tensor, (queries, keys, visible)))[:, 1, 1].numpy()
    return attended
