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
    config, weights, n_entries = choices.config, rows.weights, 0
    for name, choice in found.choices:
        choices = choices.with_component(name, choice)
        n_entries += _unusual(choice, values)
        if name != found.choices[-1][0]:
            values[name] = run(choices, rows, name, values)
    n_numbers = config.d_var * (config.n_classes - len(config.masked_classes))
    units = ENTRY * n_entries * math.log(config.d_var) + 0.5 * n_numbers
    return units * float(weights.sum()) / rows.n_whole


def _unusual(choice: HeadChoice | TableChoice, values: Mapping[str, Tensor]) -> int:
    """Reached entries that are not the most common one; of a predicate, or of an offset."""
    if isinstance(choice, TableChoice):
        reached = torch.unique(code(choice.reads, choice.base, values))
        return len(reached) - int(torch.bincount(choice.table[reached]).max())
    queries = torch.unique(values[choice.query])
    wanted = choice.wanted[queries]
    last = len(choice.wanted) - 1
    same = max(int((wanted == (queries + by).clamp(0, last)).sum()) for by in (-1, 0, 1))
    return len(queries) - max(same, int(torch.bincount(wanted).max()))
