"""A new head or MLP for what the classifier still gets wrong.

With a component's rows in the classifier at zero, the gain of any new output for it is, to second
order, that of one Newton step on its rows: for each output value and class the squared sum of the
residuals over twice the sum of their variances. Where a class is hardly expected at all that is too
much, by any factor; there the gain is no more than if it had been expected as often everywhere. So
features are ranked without fitting any.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.model.choices import HeadChoice, TableChoice, readable, writable
from tpc.training.search.blocks import (
    filled,
    head_outputs,
    head_values,
    n_outputs,
)
from tpc.training.search.evaluation import Evaluation, code

READS, PAIRS = 400, 40
"""Reads that are looked at for one head, about, and pairs of reads for one MLP, drawn if there are
more."""

DAMPING = 1e-4
"""Added to variances, which may be next to nothing."""

LARGEST_STEP = 8.0
"""Of a row of the classifier: a class that is not expected becomes the likeliest with that."""

_PASSES = 2


@dataclass(frozen=True)
class Found:
    """A choice, and what the loss would fall by with rows of its own in the classifier."""

    gain: float
    choice: HeadChoice | TableChoice


def without_rows(evaluation: Evaluation, name: str) -> Evaluation:
    """The network with a component's classifier rows at zero."""
    choices = evaluation.choices
    classifier = choices.classifier.clone()
    classifier[choices.rows_of(name)] = 0
    return evaluation.reclassified(classifier)


def new_heads(evaluation: Evaluation, name: str, generator: torch.Generator) -> list[Found]:
    """Heads for this place, the best first: for each of the reads the best of some predicates."""
    variables = readable(evaluation.choices.config, name)
    pairs = [(key, value) for key in variables for value in head_values(evaluation, name)]
    n_pairs = max(1, READS // len(variables))
    drawn = torch.randperm(len(pairs), generator=generator)[:n_pairs].tolist()
    queries = torch.stack(
        [evaluation.rows.at_scored(evaluation.values[variable]) for variable in variables]
    )
    slopes, d_var, found = slopes_of(evaluation), evaluation.choices.config.d_var, []
    for key, value in (pairs[index] for index in drawn):
        ((_, outputs),) = head_outputs(evaluation, name, key, (value,))
        sums = moments(queries, d_var, outputs, slopes, n_outputs(evaluation, name))
        gains, wanted = best_predicates(sums)
        found += [
            Found(gain, HeadChoice(query, key, value, wanted[index]))
            for index, (query, gain) in enumerate(zip(variables, gains.tolist(), strict=True))
        ]
    return sorted(found, key=lambda one: -one.gain)


def new_tables(evaluation: Evaluation, name: str, generator: torch.Generator) -> list[Found]:
    """Tables for this place, the best first: cells that ask for the same are one value."""
    config, current = evaluation.choices.config, evaluation.choices.mlps[name]
    variables = readable(config, name)
    reads = [current.reads]
    if len(current.reads) == 2:
        reads = [(a, b) for i, a in enumerate(variables) for b in variables[i:]]
    slopes, found = slopes_of(evaluation), []
    for index in torch.randperm(len(reads), generator=generator)[:PAIRS].tolist():
        cells = evaluation.rows.at_scored(code(reads[index], current.base, evaluation.values))
        reached, cells = torch.unique(cells, return_inverse=True)
        sums = torch.zeros(len(reached), slopes.shape[1]).index_add_(0, cells, slopes)
        groups = clusters(sums, config.d_var)
        merged = torch.zeros(config.d_var, slopes.shape[1]).index_add_(0, groups, sums)
        table = torch.zeros_like(current.table).index_copy_(0, reached, groups)
        choice = TableChoice(reads[index], current.base, filled(name, table, reached))
        if writable(config, name, choice):
            found.append(Found(float(gain_of(merged)), choice))
    return sorted(found, key=lambda one: -one.gain)


def slopes_of(evaluation: Evaluation) -> Tensor:
    """What is right, what is expected, and its variance at the scored positions.

    Returns:
        `[token, 3 * class]`.
    """
    rows = evaluation.rows
    expected = evaluation.logits.softmax(1)
    right = F.one_hot(rows.tags, expected.shape[1])
    parts = [right, expected, expected * (1 - expected)]
    return torch.cat(parts, 1) * rows.weights.unsqueeze(1)


def moments(
    queries: Tensor, n_queries: int, outputs: Tensor, slopes: Tensor, n_values: int
) -> Tensor:
    """Sums of slopes for each query value, wanted key value and output found.

    Args:
        queries: The query values of each variable, `[variable, token]`.
        n_queries: How many there are.
        outputs: What is found, `[token, wanted key value]`.
        slopes: `[token, 3 * class]`.
        n_values: How many outputs there are.

    Returns:
        `[variable, query value, wanted key value, output, 3 * class]`.
    """
    # Keys that no position has find the same, and so do others now and then.
    outputs, same = torch.unique(outputs, dim=1, return_inverse=True)
    n_keys = outputs.shape[1]
    shape = (len(queries), n_queries, n_keys, n_values)
    sums = torch.zeros(len(queries), n_queries * n_keys * n_values, slopes.shape[1])
    for variable, of_variable in zip(queries, sums, strict=True):
        first = variable * (n_keys * n_values)
        for key in range(n_keys):
            of_variable.index_add_(0, first + key * n_values + outputs[:, key], slopes)
    return torch.unflatten(sums, 1, shape[1:]).index_select(2, same)


def best_predicates(moments: Tensor) -> tuple[Tensor, Tensor]:
    """The better of two ascents for each query variable: from a plain predicate, and from none.

    Args:
        moments: `[query variable, query value, key value, output, 3 * class]`.

    Returns:
        Gains `[query variable]` and the wanted key values `[query variable, query value]`.
    """
    n_variables, d_var = moments.shape[:2]
    same = torch.arange(d_var)
    plain = [(same + shift).clamp(0, d_var - 1) for shift in (0, 1, -1)]
    plain += [torch.full((d_var,), key) for key in range(d_var)]
    starts = torch.stack(plain)
    totals = torch.stack([_at(moments, one.expand(n_variables, -1)).sum(1) for one in plain])
    best = _newton(totals).argmax(0)
    wanted = starts[best]
    gains = _ascend(moments, wanted, totals[best, torch.arange(n_variables)], _PASSES)
    grown_gains, grown = grown_predicates(moments)
    wanted = torch.where((grown_gains > gains).unsqueeze(1), grown, wanted)
    return torch.maximum(grown_gains, gains), wanted


def grown_predicates(moments: Tensor) -> tuple[Tensor, Tensor]:
    """As `best_predicates`, from none, entry by entry: for many query values.

    Args:
        moments: `[query variable, query value, key value, output, 3 * class]`.
    """
    wanted = torch.zeros(moments.shape[:2], dtype=torch.int64)
    total = torch.zeros(len(moments), *moments.shape[3:])
    for query in range(moments.shape[1]):
        totals = total.unsqueeze(1) + moments[:, query]
        wanted[:, query] = _newton(totals).argmax(1)
        total = totals[torch.arange(len(totals)), wanted[:, query]]
    return _ascend(moments, wanted, total, 1), wanted


def _ascend(moments: Tensor, wanted: Tensor, total: Tensor, passes: int) -> Tensor:
    """Change the wanted keys in place, one query value after the other; the gains then."""
    variables = torch.arange(len(moments))
    for query in (*range(moments.shape[1]),) * passes:
        rest = total - moments[variables, query, wanted[:, query]]
        totals = rest.unsqueeze(1) + moments[:, query]
        wanted[:, query] = _newton(totals).argmax(1)
        total = totals[variables, wanted[:, query]]
    return gain_of(total)


def _at(moments: Tensor, wanted: Tensor) -> Tensor:
    """The moments at the wanted key values, `[query variable, query value, output, 3 * class]`."""
    index = wanted[:, :, None, None, None].expand(-1, -1, 1, *moments.shape[3:])
    return moments.gather(2, index).squeeze(2)


def gain_of(sums: Tensor) -> Tensor:
    """What rows of its own lower the loss by, from sums `[..., output, 3 * class]`."""
    # Sums that others were taken from may be a little below 0.
    right, expected, variances = sums.clamp(min=0).chunk(3, -1)
    newton = (right - expected).square() / (variances + DAMPING) / 2
    raised = torch.xlogy(right, right) - right * (expected + DAMPING**2).log()
    most = torch.where(right > expected, raised, expected - right)
    return torch.minimum(newton, most).sum((-1, -2))


def _newton(sums: Tensor) -> Tensor:
    """About that, which takes less time: the gain of a Newton step."""
    right, expected, variances = sums.chunk(3, -1)
    return ((right - expected).square() / (variances + DAMPING)).sum((-1, -2)) / 2


def steps_of(sums: Tensor) -> Tensor:
    """The rows that sums `[cell, 3 * class]` ask for, `[cell, class]`: not too far Newton steps."""
    right, expected, variances = sums.chunk(3, 1)
    newton = (right - expected) / (variances + DAMPING)
    return newton.clamp(-LARGEST_STEP, LARGEST_STEP)


def clusters(sums: Tensor, n_values: int) -> Tensor:
    """Cells by the step that they ask for, in at most `n_values` groups (Lloyd's algorithm)."""
    weights, steps = sums.chunk(3, 1)[2].sum(1), steps_of(sums)
    centres = steps[weights.topk(min(n_values, len(weights))).indices]
    groups = torch.zeros(len(steps), dtype=torch.int64)
    for _ in range(4):
        groups = torch.cdist(steps, centres).argmin(1)
        mass = torch.zeros(len(centres)).index_add_(0, groups, weights)
        total = torch.zeros_like(centres).index_add_(0, groups, steps * weights.unsqueeze(1))
        centres = torch.where(
            mass.unsqueeze(1) > 0, total / mass.clamp(min=1e-12).unsqueeze(1), centres
        )
    return groups
