"""Where each round of a search starts from, and when a search is over.

How far a search comes depends on where it starts, and its first rounds show it. So it restarts
several times, and goes on with the best; where that gains too little, with the best simplified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tpc.training.search.settings import DEFAULT, Settings

Phase = Literal["restarts", "best", "over"]
Start = Literal["empty", "full", "trained", "best", "simplified", "last"]


@dataclass(frozen=True)
class Schedule:
    """The state of a search between two rounds.

    Attributes:
        phase: Restarts; going on with the best of them; or over.
        losses: On the training rows after each round of this restart, or since it goes on with
            the best.
        accuracy: The best of this restart on the validation split.
        first_losses: What the first round of each restart left.
        simplified: How often the best was simplified.
        since: Rounds since then, or since it goes on with the best.
    """

    phase: Phase = "restarts"
    losses: tuple[float, ...] = ()
    accuracy: float = 0.0
    first_losses: tuple[float, ...] = ()
    simplified: int = 0
    since: int = 0

    def start(self, trained: bool) -> Start:
        """What the next round starts from.

        Args:
            trained: Whether there were epochs of gradients before the search.

        Returns:
            A new network of plain heads, of which none or all are classified; the best that the
            epochs trained; the best of all so far, as it is or simplified; or what the last round
            found.
        """
        if self.phase == "restarts":
            if self.losses:
                return "last"
            if not self.first_losses and trained:
                return "trained"
            return "full" if len(self.first_losses) % 2 else "empty"
        if self.since:
            return "last"
        return "simplified" if self.simplified else "best"

    def after(self, loss: float, accuracy: float, settings: Settings = DEFAULT) -> Schedule:
        """The state after a round.

        Args:
            loss: On the training rows.
            accuracy: On the validation split.
            settings: Of the search.
        """
        losses = (*self.losses, loss)
        if self.phase == "restarts":
            firsts = self.first_losses if self.losses else (*self.first_losses, loss)
            best = max(self.accuracy, accuracy)
            if not _is_hopeless(losses, best, min(firsts), settings):
                return replace(self, losses=losses, accuracy=best, first_losses=firsts)
            done = len(firsts) >= settings.restarts
            return Schedule("best" if done else "restarts", first_losses=firsts)
        now = replace(self, losses=losses, since=self.since + 1)
        # What rounds gain is measured by the best since all restarts, whenever that was.
        flat = _is_flat(losses, settings.patience, settings.little)
        if now.since < settings.patience or not flat:
            return now
        # It is over if what came of a simplified network is hardly better than what was before.
        over = bool(self.simplified) and _is_flat(losses, now.since, settings.over)
        phase: Phase = "over" if over else "best"
        return replace(now, phase=phase, simplified=self.simplified + 1, since=0)


def _is_hopeless(
    losses: Sequence[float], accuracy: float, least_first: float, settings: Settings
) -> bool:
    """Whether to give up a restart after these rounds, given the least loss after a first one."""
    if len(losses) == 1:
        return losses[0] > settings.behind * least_first
    if len(losses) < settings.probe_rounds:
        return False
    return accuracy < settings.promising_accuracy or _is_flat(
        losses, settings.probe_rounds, settings.little
    )


def _is_flat(losses: Sequence[float], n_last: int, share: float) -> bool:
    """Whether the last of these rounds lower the loss by less than this share."""
    if len(losses) <= n_last:
        return False
    return min(losses[-n_last:]) > (1 - share) * min(losses[:-n_last])
