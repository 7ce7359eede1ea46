"""What each select of a program can meet: queries that occur, keys that do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tpc.ir.nodes import Select
from tpc.semantics.arrays import Mask
from tpc.semantics.frames import Frame
from tpc.semantics.selecting import preference_ranks
from tpc.semantics.value_sets import Interpretation, ValueSets


@dataclass(frozen=True)
class SelectChoices:
    """What a select can meet.

    Args:
        occurring: Query values that occur.
        matching: Those of them that can find a match.
        missing: Key values that never occur.
        own_position: Whether every query takes its own position.
    """

    occurring: frozenset[int]
    matching: frozenset[int]
    missing: tuple[int, ...]
    own_position: bool


def select_choices(value_sets: ValueSets, frames: Sequence[Frame]) -> dict[str, SelectChoices]:
    """What each select with a predicate can meet on the strings of all frames."""
    found = [(value_sets.on(frame), frame.attending) for frame in frames]
    nodes = value_sets.program.nodes
    selects = [node for node in nodes if isinstance(node, Select) and node.predicate]
    return {node.name: _choices(node, found) for node in selects}


def _choices(
    select: Select, interpretations: Sequence[tuple[Interpretation, Mask | None]]
) -> SelectChoices:
    occurring: set[int] = set()
    matching: set[int] = set()
    present: set[int] = set()
    keys = 0
    own = select.rule != "all"
    for found, attending in interpretations:
        values = found.categorical(select.key)
        keys = values.shape[1]
        present.update(np.flatnonzero(values.any(axis=0)).tolist())
        for i in range(found.length):
            if attending is not None and not attending[i]:
                continue
            ranks = preference_ranks(select, i, found.length)
            for query in found.queries(select, i):
                occurring.add(query)
                matches = list(found.matches(select, i, query))
                if matches:
                    matching.add(query)
                own = own and _takes_itself(ranks, i, matches)
    missing = tuple(key for key in range(keys) if key not in present)
    return SelectChoices(frozenset(occurring), frozenset(matching), missing, own)


def _takes_itself(ranks: Sequence[int], i: int, matches: list[tuple[int, bool]]) -> bool:
    """Whether the best of the possible matches is the position itself, and certain."""
    if not matches:
        return i == 0
    best = min(matches, key=lambda match: ranks[match[0]])
    return best == (i, True)
