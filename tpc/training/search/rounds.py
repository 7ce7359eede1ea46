"""One round of the search: replace a head or an MLP, improve what depends on it, keep if better."""

from __future__ import annotations

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import Choices, TableChoice, layer_of, writable
from tpc.model.config import ModelConfig
from tpc.training.encoding import Encoded
from tpc.training.recipe import LossAggregation
from tpc.training.search.blocks import POSITIONS, improved
from tpc.training.search.compound import Compound, drawn
from tpc.training.search.compound_key import key_compounds, key_slots_for
from tpc.training.search.compound_query import compounds, slots_for
from tpc.training.search.compound_table import source_for, tables
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import Found, new_heads, new_tables, without_rows
from tpc.training.search.grow import grown, with_compound
from tpc.training.search.refit import refitted
from tpc.training.search.rows import Rows, sample_rows
from tpc.training.search.schedule import Start
from tpc.training.search.simplify import freed
from tpc.training.search.use import used

SAMPLE, PER_NUMBER = 8000, 110
"""Positions that a round looks at, in whole rows, at least; and for each number that one variable
has in the classifier, which could fit what is chance in fewer. What is better there is tried on all
rows."""

COMPONENTS = 8
"""Heads and MLPs, drawn if there are more, that a round improves beside the one it replaces."""

CHOSEN_FROM = 5
"""A replacement is the best by its gain, or every other time one of so many."""

GROWTH = 3
"""Parts that a round adds at most."""

_SHORT, _MIDDLE, _LONG, _LONGEST = 10, 25, 50, 75


def search_round(
    choices: Choices,
    split: Encoded,
    aggregation: LossAggregation,
    generator: torch.Generator,
    start: Start,
) -> Evaluation:
    """A network at least as good on all rows of the split.

    Where nothing is gained by growing, every other time it grows in places of what costs more to
    say than it gains; where that gains nothing either, a component is replaced.

    Args:
        choices: The network to start from.
        split: The training rows.
        aggregation: Of the loss.
        generator: Source of the sample and of what is replaced.
        start: What it is: of a trained network every component is improved first; of a full one
            every component gets rows in the classifier.
    """
    whole = Evaluation.of(choices, Rows.of(choices.config, split, aggregation))
    if start == "trained":
        whole = refitted(whole, _LONG)
    if start == "full":
        whole = refitted(whole, _LONGEST, choices.components)
    positions = max(SAMPLE, PER_NUMBER * choices.config.d_var * choices.config.n_classes)
    size = max(1, positions // split.ids.shape[0])
    rows = sample_rows(choices.config, split, aggregation, _wrong(whole), size, generator)
    before = refitted(Evaluation.of(whole.choices, rows), _SHORT)
    after = _improve_all(before, before.choices.components[::-1]) if start == "trained" else before
    if after is before:
        after = _grown(before, generator)
    if after is before and drawn(2, generator) == 0:
        after = _grown(freed(before), generator)
    if after.loss >= before.loss:
        after = _renewed(before, generator)
    if after.loss >= before.loss:
        return refitted(whole, _MIDDLE)
    found = refitted(Evaluation.of(after.choices, whole.rows), _LONG)
    return found if found.loss < whole.loss else whole


def _grown(evaluation: Evaluation, generator: torch.Generator) -> Evaluation:
    """The network with a few new parts, and some of what it uses improved."""
    start = evaluation
    for _ in range(GROWTH):
        larger = grown(evaluation, generator)
        if larger is evaluation:
            break
        evaluation = larger
    if evaluation is start:
        return start
    return _improve_some(evaluation, set(), generator)


def _renewed(evaluation: Evaluation, generator: torch.Generator) -> Evaluation:
    """The network with one component replaced, and some improved."""
    names = evaluation.choices.components
    # Now and then two, for what one alone cannot make better.
    n_replaced = 2 if int(torch.randint(6, (), generator=generator)) == 0 else 1
    replaced = {names[index] for index in _drawn(len(names), n_replaced, generator)}
    for name in sorted(replaced, key=names.index):
        evaluation = _replaced(evaluation, name, generator)
    return _improve_some(evaluation, replaced, generator)


def _improve_some(
    evaluation: Evaluation, names: set[str], generator: torch.Generator
) -> Evaluation:
    """The network with these components improved, and others of those used, the last first."""
    order = evaluation.choices.components
    others = [name for name in order if name in used(evaluation.choices) and name not in names]
    names = names | {others[index] for index in _drawn(len(others), COMPONENTS, generator)}
    return _improve_all(evaluation, tuple(sorted(names, key=order.index, reverse=True)))


def _replaced(evaluation: Evaluation, name: str, generator: torch.Generator) -> Evaluation:
    """The network with a new head or MLP in this place, refitted."""
    config = evaluation.choices.config
    tables = layout.num_mlps(config, layer_of(name)) if name in _counting_heads(config) else ()
    # The classifier reads a count as a number; an MLP that tells counts apart makes it a category.
    table = tables[int(torch.randint(len(tables), (), generator=generator))] if tables else None
    base = evaluation
    if int(torch.randint(3, (), generator=generator)) == 0:
        # By what is wrong without the old one. Otherwise by what is wrong with it in place: for
        # one that is of use would itself be the best again.
        base = without_rows(refitted(without_rows(evaluation, name), _SHORT), name)
    if drawn(2, generator) == 0:
        together = _compounds(base.thinned(POSITIONS), name, generator)
        if together:
            return with_compound(evaluation, together[0])
    finder = new_heads if name in evaluation.choices.heads else new_tables
    found = _different(finder(base.thinned(POSITIONS), name, generator))
    if not found:
        return evaluation
    index = int(torch.randint(2 * CHOSEN_FROM, (), generator=generator))
    chosen = found[index if index < min(CHOSEN_FROM, len(found)) else 0]
    changed = without_rows(evaluation, name).changed(name, chosen.choice)
    also: tuple[str, ...] = (name,)
    if table is not None:
        changed = without_rows(changed, table)
        changed = changed.changed(table, _told_apart(changed.choices, table, name))
        also = (name, table)
    return refitted(changed, _SHORT, also)


def _compounds(evaluation: Evaluation, name: str, generator: torch.Generator) -> list[Compound]:
    """What this place and earlier ones could be together, the best first."""
    source = source_for(evaluation, name, generator)
    if source is not None:
        return tables(evaluation, name, source, generator)
    keys = key_slots_for(evaluation.choices, name, list(evaluation.choices.components), generator)
    if keys and drawn(2, generator) == 0:
        return key_compounds(evaluation, keys[drawn(len(keys), generator)], generator)
    slots = slots_for(evaluation, name, generator)
    if slots is None:
        return []
    return compounds(evaluation, slots, drawn(2, generator) == 0, generator)


def _different(found: list[Found]) -> list[Found]:
    """Those of different gains: equal ones are one feature, read from other variables."""
    by_gain = {f"{one.gain:.5e}": one for one in reversed(found)}
    return list(by_gain.values())[::-1]


def _counting_heads(config: ModelConfig) -> tuple[str, ...]:
    return layout.numerical_variables(config, config.n_layers)[config.n_vars_num :]


def _told_apart(choices: Choices, name: str, head: str) -> TableChoice:
    """An MLP whose output is a head's count, as far as there are values for it."""
    mlp, d_var = choices.mlps[name], choices.config.d_var
    counts = torch.arange(mlp.base).clamp(max=d_var - 1)
    # By the first read alone, so that there are few borders in the table.
    table = counts.repeat_interleave(len(mlp.table) // mlp.base)
    choice = TableChoice((head,) * len(mlp.reads), mlp.base, table)
    return choice if writable(choices.config, name, choice) else mlp


def _drawn(n_names: int, size: int, generator: torch.Generator) -> list[int]:
    drawn: list[int] = torch.randperm(n_names, generator=generator)[:size].tolist()
    return drawn


def _improve_all(evaluation: Evaluation, names: tuple[str, ...]) -> Evaluation:
    for name in names:
        found = improved(evaluation, name)
        if found is not evaluation:
            evaluation = refitted(found, _SHORT)
    return evaluation


def _wrong(evaluation: Evaluation) -> Tensor:
    """Whether each row has an error, `[row]`."""
    rows = evaluation.rows
    errors = evaluation.logits.argmax(1) != rows.tags
    of_row = rows.scored // rows.ids.shape[1]
    wrong = torch.zeros(len(rows.ids), dtype=torch.bool)
    wrong[of_row[errors]] = True
    return wrong
