"""What may be added to a network: choices for one component, or for several that work together."""

from __future__ import annotations

from dataclasses import dataclass

from tpc.model.choices import HeadChoice, TableChoice
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.refit import refitted


@dataclass(frozen=True)
class Proposal:
    """Choices for some slots, of which only the last gets rows in the classifier.

    Attributes:
        gain: The score gain: about what the loss falls by once those rows are fitted.
        choices: By slot, each before what reads it.
    """

    gain: float
    choices: tuple[tuple[str, HeadChoice | TableChoice], ...]


def best_first(found: list[Proposal]) -> list[Proposal]:
    """By score gain; equal ones in the order that they have."""
    return sorted(found, key=lambda one: -one.gain)


def with_proposal(evaluation: Evaluation, proposal: Proposal, steps: int) -> Evaluation:
    """The network with these choices, whatever was in their slots, its classifier refitted."""
    for name, choice in proposal.choices:
        evaluation = evaluation.without_rows(name).changed(name, choice)
    return refitted(evaluation, steps, also=(proposal.choices[-1][0],))
