"""A new head or MLP for what the classifier still gets wrong.

With a component's rows in the classifier at zero, the gain of any new output for it is, to second
order, that of one Newton step on its rows: for each output value and class the squared sum of the
residuals over twice the sum of their variances. Where a class is hardly expected at all that is too
much, by any factor; there the gain is no more than if it had been expected as often everywhere. So
features are ranked without fitting any.
"""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.model.choices import HeadChoice, TableChoice
from tpc.model.layout import Kind
from tpc.training.search.blocks import filled_in, n_outputs, table_reads
from tpc.training.search.evaluation import Evaluation, code, head_outputs, run
from tpc.training.search.plain import constant_predicate, head_values, near_predicates
from tpc.training.search.proposal import Proposal
from tpc.training.search.settings import Search

DAMPING = 1e-4
"""Added to variances, which may be next to nothing."""

POOLED_RANKED = 24
"""Proposals whose gains are computed anew where positions add up to one label."""

LARGEST_STEP = 8.0
"""Of a row of the classifier: a class that is not expected becomes the likeliest with that."""


def new_heads(evaluation: Evaluation, name: str, search: Search) -> list[Proposal]:
    """Heads for this slot, the best first: for each of the reads the best of some predicates."""
    choices, settings = evaluation.choices, search.settings
    variables = choices.readable(name)
    pairs = [(key, value) for key in variables for value in head_values(choices, name)]
    queries = torch.stack(
        [evaluation.rows.at_scored(evaluation.values[variable]) for variable in variables]
    )
    statistics, found = token_statistics(evaluation), []
    for key, value in search.some(pairs, max(1, settings.head_reads // len(variables))):
        outputs = head_outputs(evaluation, name, key, value)
        n_values = n_outputs(evaluation, name)
        sums = head_statistics(queries, choices.config.d_var, outputs, statistics, n_values)
        gains, predicates = best_predicates(sums, settings.ascents)
        found += [
            Proposal(gain, ((name, HeadChoice(query, key, value, predicates[index])),))
            for index, (query, gain) in enumerate(zip(variables, gains.tolist(), strict=True))
        ]
    return best_first(evaluation, found)


def new_tables(evaluation: Evaluation, name: str, search: Search) -> list[Proposal]:
    """Tables for this slot, the best first: cells that ask for the same are one value."""
    choices, settings = evaluation.choices, search.settings
    current, kind = choices.mlps[name], choices.components[name].kind
    statistics, found = token_statistics(evaluation), []
    for reads in search.some(table_reads(choices, name), settings.table_reads):
        cells = evaluation.rows.at_scored(code(reads, current.base, evaluation.values))
        reached, sums = cell_statistics(statistics, cells)
        groups, gain = clustered(sums, choices.config.d_var, settings.lloyd_steps)
        table = table_of(kind, len(current.table), reached, groups)
        choice = TableChoice(reads, current.base, table)
        if choices.writable(name, choice):
            found.append(Proposal(gain, ((name, choice),)))
    return best_first(evaluation, found)


def best_first(evaluation: Evaluation, found: list[Proposal]) -> list[Proposal]:
    """By score gain; equal ones in the order that they have.

    Where positions add up to one label, a value that a row has twice counts twice, and its
    variance four times. Sums over positions do not say so; the gains of the best are computed anew
    from how often each row has each value, and others are left out.
    """
    ranked = sorted(found, key=lambda one: -one.gain)
    if evaluation.rows.pooled is None:
        return ranked
    several = ranked[:POOLED_RANKED]
    anew = [replace(one, gain=_pooled_gain(evaluation, one)) for one in several]
    return sorted(anew, key=lambda one: -one.gain)


def _pooled_gain(evaluation: Evaluation, proposal: Proposal) -> float:
    """The gain of a proposal's last choice, whose values are counted over each row."""
    choices, values, rows = evaluation.choices, dict(evaluation.values), evaluation.rows
    for name, choice in proposal.choices:
        choices = choices.with_component(name, choice)
        values[name] = run(choices, rows, name, values)
    last = proposal.choices[-1][0]
    outputs = rows.at_scored(values[last])
    if outputs.is_floating_point():
        counts = rows.of_labels(outputs).unsqueeze(1)
    else:
        counts = rows.of_labels(F.one_hot(outputs, choices.config.d_var).float())
    expected = evaluation.logits.softmax(1)
    right = F.one_hot(rows.tags, expected.shape[1])
    weights = rows.weights.unsqueeze(1)
    slope = counts.T @ ((right - expected) * weights)
    curvature = counts.square().T @ (expected * (1 - expected) * weights)
    has = (counts > 0).float().T
    present = torch.cat([has @ (part * weights) for part in (right, expected)], 1)
    newton = slope.square() / (curvature + DAMPING) / 2
    return float(torch.minimum(newton, _most(*present.chunk(2, 1))).sum())


def _most(right: Tensor, expected: Tensor) -> Tensor:
    """What rows can gain at most: if what is right had been expected as often everywhere."""
    raised = torch.xlogy(right, right) - right * (expected + DAMPING**2).log()
    return torch.where(right > expected, raised, expected - right)


def token_statistics(evaluation: Evaluation) -> Tensor:
    """Gradient and Hessian statistics of the logits at the scored positions.

    Returns:
        What is right, what is expected, and its variance, `[token, 3 * class]`.
    """
    rows = evaluation.rows
    expected = evaluation.logits.softmax(1)
    right = F.one_hot(rows.tags, expected.shape[1])
    parts = [right, expected, expected * (1 - expected)]
    return rows.at_tokens(torch.cat(parts, 1) * rows.weights.unsqueeze(1))


def cell_statistics(statistics: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """The cells `[token]` that are reached, and their sums `[cell, 3 * class]`."""
    reached, index = torch.unique(cells, return_inverse=True)
    return reached, grouped(statistics, index, len(reached))


def grouped(statistics: Tensor, groups: Tensor, n_groups: int) -> Tensor:
    """Sums of statistics `[token, 3 * class]` that are in one group, `[group, 3 * class]`."""
    return torch.zeros(n_groups, statistics.shape[1]).index_add_(0, groups, statistics)


def head_statistics(
    queries: Tensor, n_queries: int, outputs: Tensor, statistics: Tensor, n_values: int
) -> Tensor:
    """Sums of statistics for each query value, key value and output found.

    Args:
        queries: The query values of each variable, `[variable, token]`.
        n_queries: How many there are.
        outputs: What is found, `[token, key value]`.
        statistics: `[token, 3 * class]`.
        n_values: How many outputs there are.

    Returns:
        `[variable, query value, key value, output, 3 * class]`.
    """
    # Keys that no position has find the same, and so do others now and then.
    outputs, same = torch.unique(outputs, dim=1, return_inverse=True)
    n_keys = outputs.shape[1]
    sums = torch.zeros(len(queries), n_queries * n_keys * n_values, statistics.shape[1])
    for variable, of_variable in zip(queries, sums, strict=True):
        first = variable * (n_keys * n_values)
        for key in range(n_keys):
            of_variable.index_add_(0, first + key * n_values + outputs[:, key], statistics)
    return torch.unflatten(sums, 1, (n_queries, n_keys, n_values)).index_select(2, same)


def best_predicates(sums: Tensor, ascents: int) -> tuple[Tensor, Tensor]:
    """The better of two ascents for each query variable: from a plain predicate, and from none.

    Args:
        sums: `[query variable, query value, key value, output, 3 * class]`.
        ascents: Passes over the entries of the plain one.

    Returns:
        Gains `[query variable]` and the predicates `[query variable, query value]`.
    """
    variables, d_var = torch.arange(len(sums)), sums.shape[1]
    plain = [*near_predicates(d_var), *(constant_predicate(d_var, key) for key in range(d_var))]
    totals = torch.stack([sums[:, torch.arange(d_var), one].sum(1) for one in plain])
    best = _newton(totals).argmax(0)
    predicates = torch.stack(plain)[best]
    gains = _ascend(sums, predicates, totals[best, variables], ascents)
    grown_gains, grown = grown_predicates(sums)
    predicates = torch.where((grown_gains > gains).unsqueeze(1), grown, predicates)
    return torch.maximum(grown_gains, gains), predicates


def grown_predicates(sums: Tensor) -> tuple[Tensor, Tensor]:
    """As `best_predicates`, from none, entry by entry: for many query values.

    Args:
        sums: `[query variable, query value, key value, output, 3 * class]`.
    """
    predicates = torch.zeros(sums.shape[:2], dtype=torch.int64)
    total = torch.zeros(len(sums), *sums.shape[3:])
    for query in range(sums.shape[1]):
        totals = total.unsqueeze(1) + sums[:, query]
        predicates[:, query] = _newton(totals).argmax(1)
        total = totals[torch.arange(len(totals)), predicates[:, query]]
    return _ascend(sums, predicates, total, 1), predicates


def _ascend(sums: Tensor, predicates: Tensor, total: Tensor, passes: int) -> Tensor:
    """Change the predicates in place, one query value after the other; the gains then."""
    variables = torch.arange(len(sums))
    for query in (*range(sums.shape[1]),) * passes:
        rest = total - sums[variables, query, predicates[:, query]]
        totals = rest.unsqueeze(1) + sums[:, query]
        predicates[:, query] = _newton(totals).argmax(1)
        total = totals[variables, predicates[:, query]]
    return gain_of(total)


def gain_of(sums: Tensor) -> Tensor:
    """What rows of its own lower the loss by, from sums `[..., output, 3 * class]`."""
    # Sums that others were taken from may be a little below 0.
    right, expected, variances = sums.clamp(min=0).chunk(3, -1)
    newton = (right - expected).square() / (variances + DAMPING) / 2
    return torch.minimum(newton, _most(right, expected)).sum((-1, -2))


def _newton(sums: Tensor) -> Tensor:
    """About that, which takes less time: the gain of a Newton step."""
    right, expected, variances = sums.chunk(3, -1)
    return ((right - expected).square() / (variances + DAMPING)).sum((-1, -2)) / 2


def steps_of(sums: Tensor) -> Tensor:
    """The rows that sums `[cell, 3 * class]` ask for, `[cell, class]`: not too far Newton steps."""
    right, expected, variances = sums.chunk(3, 1)
    newton = (right - expected) / (variances + DAMPING)
    return newton.clamp(-LARGEST_STEP, LARGEST_STEP)


def clustered(sums: Tensor, n_values: int, steps: int) -> tuple[Tensor, float]:
    """Cells by the step that they ask for, in at most `n_values` groups (Lloyd's algorithm).

    Args:
        sums: `[cell, 3 * class]`.
        n_values: Groups at most.
        steps: Of the algorithm.

    Returns:
        Groups `[cell]`, and their gain.
    """
    weights, asked = sums.chunk(3, 1)[2].sum(1), steps_of(sums)
    centres = asked[weights.topk(min(n_values, len(weights))).indices]
    groups = torch.zeros(len(asked), dtype=torch.int64)
    for _ in range(steps):
        groups = torch.cdist(asked, centres).argmin(1)
        mass = torch.zeros(len(centres)).index_add_(0, groups, weights)
        total = torch.zeros_like(centres).index_add_(0, groups, asked * weights.unsqueeze(1))
        means = total / mass.clamp(min=1e-12).unsqueeze(1)
        centres = torch.where(mass.unsqueeze(1) > 0, means, centres)
    return groups, float(gain_of(grouped(sums, groups, n_values)))


def table_of(kind: Kind, size: int, reached: Tensor, outputs: Tensor) -> Tensor:
    """The table with these outputs in the cells reached, filled in elsewhere."""
    table = torch.zeros(size, dtype=torch.int64).index_copy_(0, reached, outputs)
    return filled_in(kind, table, reached)
