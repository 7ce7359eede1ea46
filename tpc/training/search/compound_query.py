"""An MLP and a later head that reads its output as the query, found as one.

Neither is of use without the other, so that a search that changes one at a time finds neither:
where a head must look may depend on two variables, such as the position and the length. A head
whose query is the pair has a predicate with an entry for each pair of values. The best one splits
exactly: the MLP's table holds the wanted key of each pair, and the head wants what the MLP says.
What the MLP reads may itself be new: a plain head, such as where the sequence ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import HeadChoice, TableChoice, is_numerical, layer_of, readable, writable
from tpc.training.search.blocks import filled, head_outputs, head_values, n_outputs
from tpc.training.search.compound import Compound, drawn
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import grown_predicates, moments, slopes_of
from tpc.training.search.plain import plain_heads

PAIRS, SOURCES = 10, 40
"""Pairs of reads of the MLP that are looked at, and new heads with an input variable."""

ENDS = 3
"""Pairs of key and value of the head that are looked at."""

_AT_ONCE = 8


@dataclass(frozen=True)
class Slots:
    """Places for what is found together: a head, an MLP before it, a head before that."""

    head: str
    mlp: str
    source: str


def slots_for(evaluation: Evaluation, name: str, generator: torch.Generator) -> Slots | None:
    """Earlier places that a head in this one can be found with, drawn."""
    choices = evaluation.choices
    if name not in choices.heads or choices.config.mlp_vars_in != 2:
        return None
    before = range(layer_of(name))
    mlps = [m for i in before for m in layout.cat_mlps(choices.config, i) if m in choices.mlps]
    if not mlps:
        return None
    mlp = mlps[drawn(len(mlps), generator)]
    sources = [
        head for i in range(layer_of(mlp) + 1) for head in layout.cat_heads(choices.config, i)
    ]
    if not sources:
        return None
    return Slots(name, mlp, sources[drawn(len(sources), generator)])


def compounds(
    evaluation: Evaluation, slots: Slots, with_source: bool, generator: torch.Generator
) -> list[Compound]:
    """A head with a query of two variables, the best first.

    Args:
        evaluation: The network, in which what is replaced counts for nothing.
        slots: The places.
        with_source: One of the two variables is a plain head's in its own place.
        generator: Source of the reads that are looked at.
    """
    config = evaluation.choices.config
    ends = _ends(evaluation, slots, with_source)
    if with_source:
        queries = list(_new_sources(evaluation, slots, generator))
    else:
        queries = list(_old_sources(evaluation, slots, generator))
    slopes, found = slopes_of(evaluation), []
    for index in torch.randperm(len(ends), generator=generator)[:ENDS].tolist():
        key, value = ends[index]
        ((_, outputs),) = head_outputs(evaluation, slots.head, key, (value,))
        n_values = n_outputs(evaluation, slots.head)
        head = HeadChoice(slots.mlp, key, value, torch.arange(config.d_var))
        for start in range(0, len(queries), _AT_ONCE):
            some = queries[start : start + _AT_ONCE]
            cells = torch.stack([query.cells for query in some])
            sums = moments(cells, config.d_var**2, outputs, slopes, n_values)
            gains, wanted = grown_predicates(sums)
            for query, gain, keys_wanted in zip(some, gains.tolist(), wanted, strict=True):
                table = filled(slots.mlp, keys_wanted, query.cells)
                mlp = TableChoice(query.reads, config.d_var, table)
                if writable(config, slots.mlp, mlp):
                    changes = ((slots.mlp, mlp), (slots.head, head))
                    found.append(Compound(gain, (*query.source, *changes)))
    return sorted(found, key=lambda one: -one.gain)


def _ends(evaluation: Evaluation, slots: Slots, with_source: bool) -> list[tuple[str, str]]:
    """Pairs of key and value: of the input if the query is all new, which is many enough."""
    config = evaluation.choices.config
    keys, values = readable(config, slots.head), head_values(evaluation, slots.head)
    if with_source:
        keys = layout.categorical_inputs(config)
        values = values if is_numerical(slots.head) else keys
    return [
        (key, value)
        for key in keys
        for value in values
        if key != value and slots.mlp not in (key, value)
    ]


@dataclass(frozen=True)
class _Query:
    """Two variables, and which pair of values each scored position has, `[token]`."""

    reads: tuple[str, str]
    cells: Tensor
    source: tuple[tuple[str, HeadChoice], ...] = ()


def _old_sources(
    evaluation: Evaluation, slots: Slots, generator: torch.Generator
) -> Iterator[_Query]:
    """Pairs of what the MLP can read as it is."""
    config = evaluation.choices.config
    inputs = readable(config, slots.mlp)
    pairs = [(a, b) for i, a in enumerate(inputs) for b in inputs[i + 1 :]]
    for index in torch.randperm(len(pairs), generator=generator)[:PAIRS].tolist():
        first, second = (evaluation.rows.at_scored(evaluation.values[n]) for n in pairs[index])
        yield _Query(pairs[index], first * config.d_var + second)


def _new_sources(
    evaluation: Evaluation, slots: Slots, generator: torch.Generator
) -> Iterator[_Query]:
    """Pairs of a plain head's output and an input variable."""
    config, rows, values = evaluation.choices.config, evaluation.rows, evaluation.values
    found: dict[tuple[str, str], Tensor] = {}
    inputs, plain = layout.categorical_inputs(config), plain_heads(evaluation.choices, slots.source)
    order = torch.randperm(len(plain), generator=generator).tolist()
    for head in (plain[index] for index in sorted(order[: SOURCES // len(inputs)])):
        ends = (head.key, head.value)
        if ends not in found:
            ((_, found[ends]),) = head_outputs(evaluation, slots.source, head.key, (head.value,))
        wanted = head.wanted[rows.at_scored(values[head.query])]
        output = found[ends].gather(1, wanted.unsqueeze(1)).squeeze(1)
        if bool((output == output[0]).all()):
            continue
        for other in inputs:
            cells = output * config.d_var + rows.at_scored(values[other])
            yield _Query((slots.source, other), cells, ((slots.source, head),))
