"""Where each round of a search starts from, and when a search is over.

How far a search comes depends on where it starts, and its first rounds show it. So it begins
several times, and goes on with the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

STARTS, PROBE, PROMISING = 4, 4, 0.98
"""A search begins anew after so many rounds that leave it below this accuracy on the validation
split, or that gain too little; when it has begun so often, it goes on with the best that it found.
"""

BEHIND = 1.2
"""It also does after a single round, if that left so many times the loss that the first round of an
earlier start did."""

PATIENCE, WORTHWHILE = 6, 0.1
"""Rounds gain too little if together they lower the loss by less than this share. When so many do
with the best of all starts, its network is simplified, and the search goes on from there."""

HARDLY = 0.02
"""It goes on until what was found between two simplifications lowers the loss by less than this."""

Start = Literal["empty", "full", "trained", "best", "simplified", "last"]


@dataclass(frozen=True)
class Round:
    """How a round of search ended: the loss on the training rows, the accuracy on validation."""

    loss: float
    accuracy: float


def start_of(rounds: Sequence[Round], n_epochs: int) -> Start:
    """What the next round starts from.

    Args:
        rounds: Of the search so far.
        n_epochs: Epochs of gradients before them.

    Returns:
        A new network of plain heads, of which none or all are classified; the best that the epochs
        trained; the best of all so far, as it is or simplified; or what the last round found.
    """
    phases = _phases(rounds)
    if len(rounds) in phases:
        return "best" if len(phases) == 1 else "simplified"
    firsts = _beginnings(rounds)
    if firsts[-1] < len(rounds):
        return "last"
    if len(firsts) == 1:
        return "trained" if n_epochs else "empty"
    return "empty" if len(firsts) % 2 else "full"


def is_over(rounds: Sequence[Round]) -> bool:
    """Whether a search has used up its beginnings, and gains too little with the best of them.

    It does if that was simplified, and what came of it is hardly better than what was before.
    """
    phases = _phases(rounds)
    if len(phases) < 3 or phases[-1] < len(rounds):
        return False
    return _is_flat(rounds[phases[0] :], phases[-1] - phases[-2], HARDLY)


def _phases(rounds: Sequence[Round]) -> list[int]:
    """The rounds that start from the best of all, first as it is and then simplified.

    The next round is among them if it does.
    """
    firsts = _beginnings(rounds)
    if len(firsts) <= STARTS:
        return []
    phases = [firsts[-1]]
    for number in range(phases[0], len(rounds) + 1):
        # What rounds gain is measured by the best since all beginnings, whenever that was.
        flat = _is_flat(rounds[phases[0] : number], PATIENCE, WORTHWHILE)
        if flat and number >= phases[-1] + PATIENCE:
            phases.append(number)
    return phases


def _beginnings(rounds: Sequence[Round]) -> list[int]:
    """The first round of each start, the next round's among them if it begins anew."""
    firsts = [0]
    for number in range(1, len(rounds) + 1):
        if len(firsts) > STARTS:
            break
        least = min(rounds[first].loss for first in firsts)
        if _is_hopeless(rounds[firsts[-1] : number], least):
            firsts.append(number)
    return firsts


def _is_hopeless(rounds: Sequence[Round], least: float) -> bool:
    """Whether to give up a start after these rounds, given the least loss after a first one."""
    if len(rounds) == 1:
        return rounds[0].loss > BEHIND * least
    if len(rounds) < PROBE:
        return False
    return max(one.accuracy for one in rounds) < PROMISING or _is_flat(rounds, PROBE, WORTHWHILE)


def _is_flat(rounds: Sequence[Round], n_last: int, share: float) -> bool:
    """Whether the last of these rounds lower the loss by less than this share."""
    if len(rounds) <= n_last:
        return False
    before, after = (min(one.loss for one in part) for part in (rounds[:-n_last], rounds[-n_last:]))
    return after > (1 - share) * before
