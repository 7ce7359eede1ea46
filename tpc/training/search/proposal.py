"""What may be added to a network, what it gains, and the length of its description.

What is chosen from much also fits what is chance in these rows, by about as much as it takes to
write down. Half a unit for each number of the classifier; for each entry of a predicate or a table
that is not the usual one, the logarithm of what it is chosen from. All in units of the loss on all
rows of the split.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model.choices import HeadChoice, TableChoice
from tpc.training.search.evaluation import Evaluation, code, run
from tpc.training.search.plain import constant_predicate, near_predicates
from tpc.training.search.refit import refitted

Placed = tuple[str, HeadChoice | TableChoice]
"""A slot, and what is to be in it."""


@dataclass(frozen=True)
class Proposal:
    """Choices for some slots, of which only the last gets rows in the classifier.

    Attributes:
        gain: The score gain: about what the loss falls by once those rows are fitted.
        choices: By slot, each before what reads it.
    """

    gain: float
    choices: tuple[Placed, ...]


def with_proposal(evaluation: Evaluation, proposal: Proposal, steps: int) -> Evaluation:
    """The network with these choices, whatever was in their slots, its classifier refitted."""
    for name, choice in proposal.choices:
        evaluation = evaluation.without_rows(name).changed(name, choice)
    return refitted(evaluation, steps, also=(proposal.choices[-1][0],))


def description_length(evaluation: Evaluation, proposal: Proposal) -> float:
    """That of a proposal's choices and of the classifier's rows for the last of them.

    Args:
        evaluation: The network on the rows that the choices were found on.
        proposal: Its last choice has as many rows as a categorical variable.
    """
    choices, values = evaluation.choices, dict(evaluation.values)
    n_entries = 0
    for name, choice in proposal.choices:
        choices = choices.with_component(name, choice)
        n_entries += len(Entries.of(choice, values).unusual(entries_of(choice)))
        if name != proposal.choices[-1][0]:
            values[name] = run(choices, evaluation.rows, name, values)
    return entry_length(evaluation) * n_entries + rows_length(evaluation, choices.config.d_var)


def entry_length(evaluation: Evaluation) -> float:
    """That of an entry of a predicate or a table that is not the usual one."""
    return math.log(evaluation.choices.config.d_var) * _unit(evaluation)


def rows_length(evaluation: Evaluation, n_rows: int) -> float:
    """That of so many rows of the classifier."""
    config = evaluation.choices.config
    return 0.5 * n_rows * (config.n_classes - len(config.masked_classes)) * _unit(evaluation)


def _unit(evaluation: Evaluation) -> float:
    return float(evaluation.rows.weights.sum()) / evaluation.rows.n_whole


@dataclass(frozen=True)
class Entries:
    """The entries of a predicate or a table that some position reaches.

    Attributes:
        reached: Their indices.
        usual: What each entry would be if all were the usual one, `[entry]`: of a predicate the
            query itself, the value before or after it, or one key for all, whichever is nearest.
    """

    reached: Tensor
    usual: Tensor

    @staticmethod
    def of(choice: HeadChoice | TableChoice, values: Mapping[str, Tensor]) -> Entries:
        """The entries of a choice, given the variables that it reads."""
        if isinstance(choice, TableChoice):
            reached = torch.unique(code(choice.reads, choice.base, values))
            common = torch.bincount(choice.table[reached]).argmax()
            return Entries(reached, common.expand(choice.table.shape))
        reached = torch.unique(values[choice.query])
        d_var, keys = len(choice.predicate), choice.predicate[reached]
        plain = [*near_predicates(d_var), constant_predicate(d_var, int(keys.bincount().argmax()))]
        same = [int((one[reached] == keys).sum()) for one in plain]
        return Entries(reached, plain[same.index(max(same))])

    def unusual(self, entries: Tensor) -> Tensor:
        """The indices of those reached that are not the usual one."""
        return self.reached[entries[self.reached] != self.usual[self.reached]]


def entries_of(choice: HeadChoice | TableChoice) -> Tensor:
    """A predicate or a table."""
    return choice.table if isinstance(choice, TableChoice) else choice.predicate
