"""The best head or MLP given all others: exact where its output is used at its own position.

What the loss at a position would be for each value of one variable there is a table with a column
for each value. Any head or MLP in that variable's slot then costs a sum of its entries, and the
predicate or the table that is best is the minimum for each query value or cell, on its own. So one
forward pass for each value decides between all reads with all predicates at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.model.choices import Choices, HeadChoice, TableChoice
from tpc.model.layout import Kind
from tpc.training.search.evaluation import (
    Evaluation,
    code,
    contribution,
    found_by_key,
    head_outputs,
    live_inputs,
    run,
    weighted_losses,
)
from tpc.training.search.plain import head_values
from tpc.training.search.settings import Settings

LEAST_GAIN = 1e-6
"""Less than this is rounding."""


@dataclass(frozen=True)
class Estimate:
    """A choice, and about what the loss would be with it."""

    loss: float
    choice: HeadChoice | TableChoice


def improved(evaluation: Evaluation, name: str, settings: Settings) -> Evaluation:
    """The network with a better head or MLP in this slot, or as it is."""
    few = evaluation.subsampled(settings.positions)
    costs = local_costs(few, name, n_outputs(few, name))
    if name in evaluation.choices.heads:
        estimates = head_estimates(few, name, costs, settings.many_variables)
    else:
        estimates = table_estimates(few, name, costs)
    for estimate in sorted(estimates, key=lambda one: one.loss)[: settings.blocks_tried]:
        if estimate.loss > few.loss - LEAST_GAIN:
            break
        found = evaluation.changed(name, estimate.choice)
        if found.loss < evaluation.loss - LEAST_GAIN:
            return found
    if name in evaluation.choices.heads and evaluation.readers(name):
        return _entry_by_entry(evaluation, few, name, costs)
    return evaluation


def n_outputs(evaluation: Evaluation, name: str) -> int:
    """How many values a component's output is taken to have: 0 up to the count of all keys."""
    choices = evaluation.choices
    counts = choices.components[name].kind is Kind.NUMERICAL_HEAD
    return evaluation.rows.ids.shape[1] + 1 if counts else choices.config.d_var


def local_costs(evaluation: Evaluation, name: str, n_values: int) -> Tensor:
    """The loss at each scored position if a component had each value there alone.

    Other positions, where later heads find it as a key or a value, are taken to stay as they are.
    Where positions add up to one label, each has its share of that label's loss, and what this
    position alone would change: the sum is what all would change, as far as they are independent.

    Returns:
        `[token, value]`.
    """
    choices, rows, old = evaluation.choices, evaluation.rows, evaluation.values
    tags, weights = rows.at_tokens(rows.tags), rows.at_tokens(rows.weights)
    before = rows.at_tokens(evaluation.logits)
    parts: dict[str, Tensor] = {}

    def part(variable: str, values: Tensor) -> Tensor:
        if variable not in parts:
            parts[variable] = contribution(choices, rows, variable, old[variable])
        return contribution(choices, rows, variable, values) - parts[variable]

    columns = []
    for value in range(n_values):
        values = {**old, name: torch.full_like(old[name], value)}
        logits, changed = before + part(name, values[name]), {name}
        for other in choices.after(name):
            reads = choices.reads(other)
            own = reads if other in choices.mlps else reads[:1]
            if not changed.isdisjoint(own):
                values[other] = run(choices, rows, other, values, old)
                logits = logits + part(other, values[other])
                changed.add(other)
        columns.append(F.cross_entropy(logits, tags, reduction="none") * weights)
    costs = torch.stack(columns, 1)
    if rows.pooled is None:
        return costs
    return costs - rows.at_tokens(_losses_of_others(evaluation)).unsqueeze(1)


def _losses_of_others(evaluation: Evaluation) -> Tensor:
    """What of a label's loss is not the share of one of the positions that add up to it."""
    losses, rows = weighted_losses(evaluation.logits, evaluation.rows), evaluation.rows
    n_positions = rows.of_labels(torch.ones(len(rows.scored)))
    return losses * (1 - 1 / n_positions)


def head_estimates(evaluation: Evaluation, name: str, costs: Tensor, many: int) -> list[Estimate]:
    """For all reads, a head with the predicate that is best for them.

    Args:
        evaluation: The network.
        name: The head's.
        costs: `[token, value]`.
        many: Of more variables than this, only live ones are looked at, and what it reads now.
    """
    choices = evaluation.choices
    variables, values = choices.readable(name), head_values(choices, name)
    if len(variables) > many:
        likely = {*live_inputs(choices, name), *choices.reads(name)}
        variables = tuple(variable for variable in variables if variable in likely)
        values = tuple(value for value in values if value in likely) or values
    queries = query_indicators(evaluation, variables)
    d_var, estimates = choices.config.d_var, []
    for key in variables:
        found = found_by_key(evaluation, name, key)
        for value in values:
            # A count is found whatever the value is.
            counts = name not in choices.ranks
            outputs = found if counts else evaluation.values[value].flatten()[found]
            costs_by_key = costs.gather(1, outputs)
            table = torch.unflatten(queries @ costs_by_key, 0, (len(variables), d_var))
            best, predicates = table.min(-1)
            estimates += [
                Estimate(loss, HeadChoice(query, key, value, predicates[index]))
                for index, (query, loss) in enumerate(
                    zip(variables, best.sum(-1).tolist(), strict=True)
                )
            ]
    return estimates


def query_indicators(evaluation: Evaluation, variables: tuple[str, ...]) -> Tensor:
    """Which value each variable has at each scored position, `[variable * value, token]`."""
    rows, d_var = evaluation.rows, evaluation.choices.config.d_var
    columns = [F.one_hot(rows.at_scored(evaluation.values[name]), d_var) for name in variables]
    return torch.cat(columns, 1).float().T.contiguous()


def table_estimates(evaluation: Evaluation, name: str, costs: Tensor) -> list[Estimate]:
    """For all pairs of reads, an MLP with the table that is best for them."""
    choices, estimates = evaluation.choices, []
    current = choices.mlps[name]
    for reads in table_reads(choices, name):
        cells = evaluation.rows.at_scored(code(reads, current.base, evaluation.values))
        sums = torch.zeros(len(current.table), costs.shape[1]).index_add_(0, cells, costs)
        best, table = sums.min(1)
        filled = filled_in(choices.components[name].kind, table, cells)
        choice = TableChoice(reads, current.base, filled)
        if choices.writable(name, choice):
            estimates.append(Estimate(float(best.sum()), choice))
    return estimates


def table_reads(choices: Choices, name: str) -> list[tuple[str, ...]]:
    """What an MLP may read: all pairs if it reads two variables, else what it reads now."""
    reads, variables = choices.mlps[name].reads, choices.readable(name)
    if len(reads) != 2:
        return [reads]
    return [(a, b) for i, a in enumerate(variables) for b in variables[i:]]


def filled_in(kind: Kind, table: Tensor, cells: Tensor) -> Tensor:
    """The table with what takes fewest hidden units in the cells that no row reaches.

    Args:
        kind: An MLP over numbers needs units for each border between different values, one over
            categories for each value that is not the most common.
        table: `[cell]`.
        cells: Those reached.
    """
    seen = torch.zeros(len(table), dtype=torch.bool).index_fill_(0, cells, True)
    if kind is Kind.CATEGORICAL_MLP:
        return torch.where(seen, table, torch.bincount(table[seen]).argmax())
    before = torch.where(seen, torch.arange(len(table)), 0).cummax(0).values
    return table[before.clamp(min=int(seen.int().argmax()))]


def _entry_by_entry(
    evaluation: Evaluation, few: Evaluation, name: str, costs: Tensor
) -> Evaluation:
    """With the reads as they are, the entries of the predicate that the costs suggest, in turn.

    Args:
        evaluation: The network on all rows at hand.
        few: On the rows that the costs are of.
        name: A head.
        costs: `[token, value]`.
    """
    choices = evaluation.choices
    head = choices.heads[name]
    if choices.components[name].kind.is_numerical and head.value not in head_values(choices, name):
        return evaluation
    outputs = head_outputs(few, name, head.key, head.value)
    sums = query_indicators(few, (head.query,)) @ costs.gather(1, outputs)
    for query, key in enumerate(sums.argmin(1).tolist()):
        predicate = evaluation.choices.heads[name].predicate
        if int(predicate[query]) == key:
            continue
        changed = predicate.clone()
        changed[query] = key
        found = evaluation.changed(name, HeadChoice(head.query, head.key, head.value, changed))
        if found.loss < evaluation.loss - LEAST_GAIN:
            evaluation = found
    return evaluation
