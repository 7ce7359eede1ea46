"""A head and an MLP that reads its output beside another variable, found as one.

What a head finds may say nothing alone: how many positions have as frequent a token, before how
frequent it is. The gain of a table over the pair is that of its cells, which takes no fitting, so
that all plain heads are looked at with all variables that the MLP can read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import (
    HeadChoice,
    TableChoice,
    is_numerical,
    layer_of,
    readable,
    writable,
)
from tpc.training.search.blocks import filled, head_outputs
from tpc.training.search.compound import Compound, drawn
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import clusters, gain_of, slopes_of
from tpc.training.search.plain import equal_heads, plain_heads

OTHERS = 6
"""Variables, drawn if there are more, that are looked at beside a head's output."""

HEADS = 60
"""Heads that are looked at, drawn if there are more."""

TRIED = 12
"""Of the best pairs by the gain of their cells, so many have their cells put into groups."""


@dataclass(frozen=True)
class _Cells:
    """A head, a variable beside it, and which cell each scored position selects, `[token]`."""

    head: HeadChoice
    other: str
    cells: Tensor


def source_for(evaluation: Evaluation, mlp: str, generator: torch.Generator) -> str | None:
    """A place for a head whose output an MLP in this place can read, drawn."""
    choices = evaluation.choices
    if mlp not in choices.mlps or len(choices.mlps[mlp].reads) != 2:
        return None
    kind = layout.num_heads if is_numerical(mlp) else layout.cat_heads
    heads = [head for i in range(layer_of(mlp) + 1) for head in kind(choices.config, i)]
    return heads[drawn(len(heads), generator)] if heads else None


def tables(
    evaluation: Evaluation, mlp: str, source: str, generator: torch.Generator
) -> list[Compound]:
    """Tables for an MLP, each with a new head that it reads, the best first.

    Args:
        evaluation: The network, in which neither counts for anything.
        mlp: The MLP's place.
        source: The head's place.
        generator: Source of the variables that are looked at.
    """
    config, slopes = evaluation.choices.config, slopes_of(evaluation)
    base = evaluation.choices.mlps[mlp].base
    ranked: list[tuple[float, int, _Cells, Tensor, Tensor]] = []
    for pair in _pairs(evaluation, mlp, source, base, generator):
        reached, cells = torch.unique(pair.cells, return_inverse=True)
        sums = torch.zeros(len(reached), slopes.shape[1]).index_add_(0, cells, slopes)
        ranked.append((float(gain_of(sums)), len(ranked), pair, reached, sums))
    found = []
    for _, _, pair, reached, sums in sorted(ranked, reverse=True)[:TRIED]:
        groups = clusters(sums, config.d_var)
        merged = torch.zeros(config.d_var, slopes.shape[1]).index_add_(0, groups, sums)
        table = torch.zeros(base**2, dtype=torch.int64).index_copy_(0, reached, groups)
        choice = TableChoice((source, pair.other), base, filled(mlp, table, reached))
        if writable(config, mlp, choice):
            found.append(Compound(float(gain_of(merged)), ((source, pair.head), (mlp, choice))))
    return sorted(found, key=lambda one: -one.gain)


def _pairs(
    evaluation: Evaluation, mlp: str, source: str, base: int, generator: torch.Generator
) -> Iterator[_Cells]:
    choices, rows, values = evaluation.choices, evaluation.rows, evaluation.values
    readers = {source, mlp} | set(evaluation.readers(source))
    others = [other for other in readable(choices.config, mlp) if other not in readers]
    order = torch.randperm(len(others), generator=generator)[:OTHERS].tolist()
    outputs: dict[tuple[str, str], Tensor] = {}
    heads = [*plain_heads(choices, source), *equal_heads(choices, source)]
    drawn_heads = torch.randperm(len(heads), generator=generator)[:HEADS].tolist()
    # In the order of the list, so that those of the same key follow one another.
    for head in (heads[index] for index in sorted(drawn_heads)):
        ends = (head.key, head.value)
        if ends not in outputs:
            ((_, outputs[ends]),) = head_outputs(evaluation, source, head.key, (head.value,))
        wanted = head.wanted[rows.at_scored(values[head.query])]
        output = outputs[ends].gather(1, wanted.unsqueeze(1)).squeeze(1)
        if bool((output == output[0]).all()):
            continue
        for index in order:
            beside = rows.at_scored(values[others[index]]).long().clamp(max=base - 1)
            yield _Cells(head, others[index], output.clamp(max=base - 1) * base + beside)
