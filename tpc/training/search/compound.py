"""Choices for several places that are of use together, and alone would not be found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model.choices import HeadChoice, TableChoice
from tpc.training.search.evaluation import Evaluation, code, run

ENTRY = 1.0
"""Of the logarithm of the values to choose from: what an entry of a predicate or a table costs."""


@dataclass(frozen=True)
class Compound:
    """Choices for some places, and what the loss would fall by with rows for the last of them."""

    gain: float
    choices: tuple[tuple[str, HeadChoice | TableChoice], ...]


def drawn(size: int, generator: torch.Generator) -> int:
    """A number below `size`."""
    return int(torch.randint(size, (), generator=generator))


def cost_of(evaluation: Evaluation, found: Compound) -> float:
    """What it takes to say these choices, in units of the loss on all rows of the split.

    What is chosen from much also fits what is chance in these rows, by about as much as it takes to
    say. Half a unit for each number of the classifier; for each entry of a predicate or a
    table that is not the usual one, the logarithm of what it is chosen from.

    Args:
        evaluation: The network on the rows that the choices were found on.
        found: The last of its choices gets rows in the classifier.
    """
    rows, choices, values = evaluation.rows, evaluation.choices, dict(evaluation.values)
    config, n_entries = choices.config, 0
    for name, choice in found.choices:
        choices = choices.with_component(name, choice)
        n_entries += len(Entries.of(choice, values).unusual(entries_of(choice)))
        if name != found.choices[-1][0]:
            values[name] = run(choices, rows, name, values)
    return entry_cost(evaluation) * n_entries + rows_cost(evaluation, config.d_var)


def entry_cost(evaluation: Evaluation) -> float:
    """What an entry costs that is not the usual one, in units of the loss."""
    return ENTRY * math.log(evaluation.choices.config.d_var) * _unit(evaluation)


def rows_cost(evaluation: Evaluation, n_rows: int) -> float:
    """What so many rows of the classifier cost, half a unit a number, in units of the loss."""
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
        every, last = torch.arange(len(choice.wanted)), len(choice.wanted) - 1
        plain = [(every + by).clamp(0, last) for by in (0, 1, -1)]
        plain.append(torch.bincount(choice.wanted[reached]).argmax().expand(every.shape))
        same = [int((one == choice.wanted)[reached].sum()) for one in plain]
        return Entries(reached, plain[same.index(max(same))])

    def unusual(self, entries: Tensor) -> Tensor:
        """The indices of those reached that are not the usual one."""
        return self.reached[entries[self.reached] != self.usual[self.reached]]


def entries_of(choice: HeadChoice | TableChoice) -> Tensor:
    """A predicate or a table."""
    return choice.table if isinstance(choice, TableChoice) else choice.wanted
