"""What tunes a search, where its chance comes from, where its rounds start, and when it is over.

How far a search comes depends on where it starts, and its first rounds show it. So it restarts
several times, and goes on with the best; where that gains too little, with the best simplified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

import torch

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """Every number that decides how a search goes on; what only guards arithmetic is beside it."""

    # The schedule: restarts, then the best of them.
    restarts: int = 4  # Times that a search begins anew before it goes on with the best.
    probe_rounds: int = 4  # Rounds that a restart has to prove itself.
    promising_accuracy: float = 0.98  # A restart below this on validation after them is given up.
    behind: float = 1.2  # So is one whose first round leaves so many times the least such loss.
    patience: int = 6  # Rounds with the best that may gain little before it is simplified.
    little: float = (
        0.1  # Rounds gain little if together they lower the loss by less than this share.
    )
    over: float = (
        0.02  # The search is over if a whole phase lowers the loss by less than this share.
    )

    # What a round looks at.
    positions: int = 8000  # Scored positions at least, and those that candidates are scored on.
    positions_per_number: int = 110  # And for each number of a variable's rows in the classifier.
    improved: int = 8  # Live components that a round improves beside those that it changed.
    blocks_tried: int = 6  # Of the best estimates for one component, those computed in full.
    few_values: int = (
        32  # Of variables; of more, fewer candidates are looked at, as each is slower.
    )
    many_variables: int = 20  # With more, a head's candidates read only live ones.

    # Growth and replacement.
    parts_grown: int = 3  # Parts that a round adds at most.
    least_growth: float = 0.005  # Share of the loss that a new part must lower it by.
    growth_tried: int = 4  # Proposals that are refitted, the best of each kind.
    replacements: int = 5  # Every other replacement is one of so many best, not the best.
    two_replaced: int = 6  # One in so many replacements is of two components.
    gap_replaced: int = 3  # One in so many is scored by what is wrong without the old one.
    equal_start: int = 3  # One in so many heads of a restart looks for equal values.

    # Candidates for one component.
    head_reads: int = 400  # Reads of a head, about.
    table_reads: int = 40  # Reads of an MLP.
    ascents: int = 2  # Passes over a predicate's entries.
    lloyd_steps: int = 4  # Steps of the clustering of a table's cells.

    # Joint proposals of a head and a classified MLP over its output and another variable.
    table_heads: int = 60  # New heads.
    table_others: int = 6  # Variables beside each.
    table_tried: int = 12  # Pairs whose cells are clustered.

    # Joint proposals of an MLP over two variables and a head that reads it as its query.
    query_pairs: int = 10  # Pairs of variables.
    query_heads: int = 20  # Or new heads beside each input variable.
    query_ends: int = 3  # Pairs of key and value.

    # Joint proposals of an MLP over two variables and a head that reads it as its key.
    key_pairs: int = 24  # Pairs of variables.
    key_counts: int = 20  # Or new counts of a given value; all of equal and next values are tried.
    key_others: int = 10  # Variables beside each, the inputs aside.
    key_ends: int = 12  # Pairs of query and value.
    key_tried: int = 10  # Pairs that are put into classes.
    key_doubt: float = 5.0  # A pair of values seen so often with a query counts half.
    few_variables: int = 3  # With no more live ones than this, others are read too.

    # Steps of L-BFGS at most.
    fit_trial: int = 10  # For a change that is compared with others.
    fit_rejected: int = 25  # After a round that found nothing.
    fit_kept: int = 50  # For what a round ends with, and for a trained start.
    fit_full: int = 75  # For a start in which everything is classified.


DEFAULT = Settings()


@dataclass(frozen=True)
class Search:
    """How a search chooses: its settings, and a stream of random numbers."""

    generator: torch.Generator
    settings: Settings = DEFAULT

    def fewer(self, size: int, d_var: int, *, pairs: bool = False) -> int:
        """How many of so many candidates to look at where variables have so many values.

        Args:
            size: Where they have few.
            d_var: Values of a variable.
            pairs: Whether a candidate has an entry for each pair of values.
        """
        few, power = self.settings.few_values, 2 if pairs else 1
        return size if d_var <= few else max(1, size * few**power // d_var**power)

    def below(self, size: int) -> int:
        """A number from 0 to `size - 1`."""
        return int(torch.randint(size, (), generator=self.generator))

    def one_in(self, size: int) -> bool:
        """True once in so many times."""
        return self.below(size) == 0

    def one_of(self, found: Sequence[T]) -> T:
        """One of these."""
        return found[self.below(len(found))]

    def some(self, found: Sequence[T], size: int | None = None) -> list[T]:
        """At most so many of these, or all, in random order."""
        return [found[index] for index in self._indices(found, size)]

    def some_in_order(self, found: Sequence[T], size: int) -> list[T]:
        """At most so many of these, in the order that they have."""
        return [found[index] for index in sorted(self._indices(found, size))]

    def _indices(self, found: Sequence[T], size: int | None) -> list[int]:
        order = torch.randperm(len(found), generator=self.generator)
        taken: list[int] = order[:size].tolist()
        return taken


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
