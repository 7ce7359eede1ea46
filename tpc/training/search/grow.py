"""Adding to a network what it does not have yet: the head, table or compound of most gain."""

from __future__ import annotations

import torch

from tpc.model.choices import is_numerical, layer_of
from tpc.training.search.blocks import POSITIONS
from tpc.training.search.compound import Compound, cost_of, drawn
from tpc.training.search.compound_key import key_compounds, key_slots_for
from tpc.training.search.compound_query import Slots, compounds
from tpc.training.search.compound_table import tables
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import new_heads, new_tables, without_rows
from tpc.training.search.refit import refitted
from tpc.training.search.use import used

LEAST = 0.005
"""What is added must lower the loss by this share of it."""

TRIED = 4
"""Of the best of each kind, by what they seem to gain, so many are tried for real."""

_STEPS = 10


def grown(evaluation: Evaluation, generator: torch.Generator) -> Evaluation:
    """The network with something new in places that it does not use, refitted; or as it is."""
    free = [name for name in evaluation.choices.components if name not in used(evaluation.choices)]
    if not free:
        return evaluation
    few = evaluation.thinned(POSITIONS)
    best = _best(few, _candidates(few, free, generator))
    if not best:
        return evaluation
    tried = [with_compound(evaluation, one) for one in best]
    costs = [cost_of(evaluation, one) for one in best]
    cost, changed = min(zip(costs, tried, strict=True), key=lambda pair: pair[0] + pair[1].loss)
    return changed if changed.loss + cost < (1 - LEAST) * evaluation.loss else evaluation


def _best(evaluation: Evaluation, found: list[Compound]) -> list[Compound]:
    """The best of each kind, by what they gain and what they cost."""
    by_kind: dict[tuple[str, ...], tuple[float, Compound]] = {}
    for one in found:
        kind = tuple(name.split("_")[0] + str("mlp" in name) for name, _ in one.choices)
        worth = one.gain - cost_of(evaluation, one)
        if kind not in by_kind or worth > by_kind[kind][0]:
            by_kind[kind] = worth, one
    ranked = sorted(by_kind.values(), key=lambda pair: -pair[0])
    return [one for _, one in ranked[:TRIED]]


def with_compound(evaluation: Evaluation, found: Compound) -> Evaluation:
    """The network with these choices, whatever was in their places, refitted."""
    for name, choice in found.choices:
        evaluation = without_rows(evaluation, name).changed(name, choice)
    return refitted(evaluation, _STEPS, also=(found.choices[-1][0],))


def _candidates(
    evaluation: Evaluation, free: list[str], generator: torch.Generator
) -> list[Compound]:
    """The best of each kind for places drawn among the free ones."""
    found = []
    kinds: dict[tuple[bool, bool], list[str]] = {}
    for name in free:
        kinds.setdefault((name in evaluation.choices.heads, is_numerical(name)), []).append(name)
    for (is_head, numerical), names in kinds.items():
        name = names[drawn(len(names), generator)]
        finder = new_heads if is_head else new_tables
        found += [
            Compound(one.gain, ((name, one.choice),))
            for one in finder(evaluation, name, generator)[:2]
        ]
        if is_head:
            found += _with_query(
                evaluation,
                name,
                kinds.get((False, False), []),
                kinds.get((True, False), []),
                generator,
            )
            for key_slots in key_slots_for(evaluation.choices, name, free, generator):
                found += key_compounds(evaluation, key_slots, generator)[:2]
        else:
            sources = [
                head
                for head in kinds.get((True, numerical), [])
                if layer_of(head) <= layer_of(name)
            ]
            if sources and len(evaluation.choices.mlps[name].reads) == 2:
                source = sources[drawn(len(sources), generator)]
                found += tables(evaluation, name, source, generator)[:1]
    return found


def _with_query(
    evaluation: Evaluation, name: str, mlps: list[str], heads: list[str], generator: torch.Generator
) -> list[Compound]:
    mlps = [mlp for mlp in mlps if layer_of(mlp) < layer_of(name)]
    if not mlps or evaluation.choices.config.mlp_vars_in != 2:
        return []
    mlp = mlps[drawn(len(mlps), generator)]
    sources = [head for head in heads if layer_of(head) <= layer_of(mlp) and head != name]
    found = compounds(evaluation, Slots(name, mlp, mlp), False, generator)[:1]
    if sources:
        slots = Slots(name, mlp, sources[drawn(len(sources), generator)])
        found += compounds(evaluation, slots, True, generator)[:1]
    return found
