"""Where each round of a search starts from, and when a search is over.

How far a search comes depends on where it starts, and its first rounds show it. So it begins
several times, and goes on with the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

STARTS, PROBE, PROMISING = 4, 4, 0.98
"""A search begins anew after so many rounds that leave it below this accuracy on the validation
split; when it has begun so often, it goes on with the best that it found."""

PATIENCE, WORTHWHILE = 12, 0.1
"""After its beginnings, a search ends with so many rounds that together lower the loss by less than
this share."""

Start = Literal["empty", "full", "trained", "best", "last"]


def start_of(n_rounds: int, n_epochs: int, accuracy: float) -> Start:
    """What the next round starts from.

    Args:
        n_rounds: Rounds of search so far.
        n_epochs: Epochs of gradients before them.
        accuracy: Of the best network so far, on the validation split.

    Returns:
        A new network of plain heads, of which none or all are classified; the best that the epochs
        trained; the best of all so far; or what the last round found.
    """
    start, round_of_start = divmod(n_rounds, PROBE)
    if round_of_start:
        return "last"
    if start == 0:
        return "trained" if n_epochs else "empty"
    if accuracy >= PROMISING or start > STARTS:
        return "last"
    if start == STARTS:
        return "best"
    return "full" if start % 2 else "empty"


def is_stuck(losses: Sequence[float], accuracy: float) -> bool:
    """Whether a search has come to an end.

    Args:
        losses: Of its rounds, on the training rows.
        accuracy: Of the best network so far, on the validation split.
    """
    if len(losses) <= PATIENCE + (0 if accuracy >= PROMISING else STARTS * PROBE - 1):
        return False
    return min(losses[-PATIENCE:]) > (1 - WORTHWHILE) * min(losses[:-PATIENCE])
