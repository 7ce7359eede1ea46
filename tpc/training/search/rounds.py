"""One round of the search: replace a head or an MLP, improve what depends on it, keep if better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor

from tpc.model.choices import Choices
from tpc.model.layout import Kind
from tpc.training.encoding import Encoded
from tpc.training.recipe import LossAggregation
from tpc.training.search.blocks import improved
from tpc.training.search.evaluation import Evaluation, live
from tpc.training.search.gain import new_heads, new_tables
from tpc.training.search.joint import Joint, classified_slots, query_slots
from tpc.training.search.joint_key import key_slots
from tpc.training.search.plain import copying_table
from tpc.training.search.proposal import Proposal, description_length, with_proposal
from tpc.training.search.refit import refitted
from tpc.training.search.rows import Rows, sample_rows
from tpc.training.search.settings import Search, Start
from tpc.training.search.simplify import pruned


def search_round(
    choices: Choices, split: Encoded, aggregation: LossAggregation, search: Search, start: Start
) -> Evaluation:
    """A network at least as good on all rows of the split.

    Where nothing is gained by growing, every other time what has a longer description than it
    gains is pruned, and it grows there; where that gains nothing either, a component is replaced.

    Args:
        choices: The network to start from.
        split: The training rows.
        aggregation: Of the loss.
        search: Draws the sample and what is replaced.
        start: What it is: of a trained network every component is improved first; of a full one
            every component gets rows in the classifier.
    """
    settings, config = search.settings, choices.config
    whole = Evaluation.of(choices, Rows.of(config, split, aggregation))
    if start == "trained":
        whole = refitted(whole, settings.fit_kept)
    if start == "full":
        whole = refitted(whole, settings.fit_full, tuple(choices.components))
    # Rows in the classifier could fit what is chance in fewer positions.
    positions = settings.positions_per_number * config.d_var * config.n_classes
    size = max(1, max(settings.positions, positions) // split.ids.shape[0])
    rows = sample_rows(config, split, aggregation, _wrong(whole), size, search.generator)
    before = after = refitted(Evaluation.of(whole.choices, rows), settings.fit_trial)
    if start == "trained":
        after = _improve_all(before, reversed(tuple(choices.components)), search)
    if after is before:
        after = _grown(before, search)
    if after is before and search.one_in(2):
        after = _grown(pruned(before, settings), search)
    if after.loss >= before.loss:
        after = _renewed(before, search)
    if after.loss >= before.loss:
        return refitted(whole, settings.fit_rejected)
    found = refitted(Evaluation.of(after.choices, whole.rows), settings.fit_kept)
    return found if found.loss < whole.loss else whole


def _grown(evaluation: Evaluation, search: Search) -> Evaluation:
    """The network with a few new parts, and some of its live components improved."""
    start = evaluation
    for _ in range(search.settings.parts_grown):
        larger = grown(evaluation, search)
        if larger is evaluation:
            break
        evaluation = larger
    return evaluation if evaluation is start else _improve_some(evaluation, set(), search)


def _renewed(evaluation: Evaluation, search: Search) -> Evaluation:
    """The network with one component replaced, and some improved."""
    names = list(evaluation.choices.components)
    # Now and then two, for what one alone cannot make better.
    n_replaced = 2 if search.one_in(search.settings.two_replaced) else 1
    replaced = search.some_in_order(names, n_replaced)
    for name in replaced:
        evaluation = _replaced(evaluation, name, search)
    return _improve_some(evaluation, set(replaced), search)


def _improve_some(evaluation: Evaluation, names: set[str], search: Search) -> Evaluation:
    """The network with these components improved, and other live ones, the last first."""
    order, used = list(evaluation.choices.components), live(evaluation.choices)
    others = [name for name in order if name in used and name not in names]
    names = names.union(search.some(others, search.settings.improved))
    return _improve_all(evaluation, (name for name in reversed(order) if name in names), search)


def _improve_all(evaluation: Evaluation, names: Iterable[str], search: Search) -> Evaluation:
    for name in names:
        found = improved(evaluation, name, search.settings)
        if found is not evaluation:
            evaluation = refitted(found, search.settings.fit_trial)
    return evaluation


def _replaced(evaluation: Evaluation, name: str, search: Search) -> Evaluation:
    """The network with a new head or MLP in this slot, refitted."""
    settings, components = search.settings, evaluation.choices.components
    component, table = components[name], None
    if component.kind is Kind.NUMERICAL_HEAD:
        # The classifier reads a count as a number; an MLP can make it a category.
        tables = [
            other
            for other, one in components.items()
            if one.kind is Kind.NUMERICAL_MLP and one.layer == component.layer
        ]
        table = search.one_of(tables) if tables else None
    base = evaluation
    if search.one_in(settings.gap_replaced):
        # By what is wrong without the old one. Otherwise by what is wrong with it in place: for
        # a live one would itself be the best again.
        base = refitted(evaluation.without_rows(name), settings.fit_trial).without_rows(name)
    if search.one_in(2):
        joint = _joint(base.choices, name, search)
        few = base.subsampled(settings.positions)
        together = [] if joint is None else joint.proposals(few, search)
        if together:
            return with_proposal(evaluation, together[0], settings.fit_trial)
    finder = new_heads if component.kind.is_head else new_tables
    found = _different(finder(base.subsampled(settings.positions), name, search))
    if not found:
        return evaluation
    index = search.below(2 * settings.replacements)
    chosen = found[index if index < min(settings.replacements, len(found)) else 0]
    changed = evaluation.without_rows(name).changed(*chosen.choices[0])
    if table is None:
        return refitted(changed, settings.fit_trial, (name,))
    changed = changed.without_rows(table)
    copied = copying_table(changed.choices, table, name)
    if changed.choices.writable(table, copied):
        changed = changed.changed(table, copied)
    return refitted(changed, settings.fit_trial, (name, table))


def _joint(choices: Choices, name: str, search: Search) -> Joint | None:
    """This slot and earlier ones, live or not, drawn for a joint proposal."""
    everywhere = tuple(choices.components)
    if not choices.components[name].kind.is_head:
        return next(iter(classified_slots(choices, name, everywhere, search)), None)
    keys = key_slots(choices, name, everywhere, search)
    if keys and search.one_in(2):
        return search.one_of(keys)
    queries = list(query_slots(choices, name, everywhere, search))
    return search.one_of(queries[::-1]) if len(queries) == 2 else None


def _different(found: list[Proposal]) -> list[Proposal]:
    """Those of different gains: equal ones are one feature, read from other variables."""
    by_gain = {f"{one.gain:.5e}": one for one in reversed(found)}
    return list(by_gain.values())[::-1]


def _wrong(evaluation: Evaluation) -> Tensor:
    """Whether each row has an error, `[row]`."""
    rows = evaluation.rows
    errors = evaluation.logits.argmax(1) != rows.tags
    wrong = torch.zeros(len(rows.ids), dtype=torch.bool)
    wrong[rows.labelled[errors]] = True
    return wrong


def grown(evaluation: Evaluation, search: Search) -> Evaluation:
    """The network with something new in slots that are not live, refitted; or as it is."""
    settings, used = search.settings, live(evaluation.choices)
    free = [name for name in evaluation.choices.components if name not in used]
    if not free:
        return evaluation
    few = evaluation.subsampled(settings.positions)
    best = _best(few, _candidates(few, free, search), settings.growth_tried)
    if not best:
        return evaluation
    tried = [with_proposal(evaluation, one, settings.fit_trial) for one in best]
    lengths = [description_length(evaluation, one) for one in best]
    length, found = min(zip(lengths, tried, strict=True), key=lambda pair: pair[0] + pair[1].loss)
    least = (1 - settings.least_growth) * evaluation.loss
    return found if found.loss + length < least else evaluation


def _best(evaluation: Evaluation, found: Iterator[Proposal], size: int) -> list[Proposal]:
    """The best of each kind, by score gain less description length; so many at most."""
    components = evaluation.choices.components
    by_kind: dict[tuple[Kind, ...], tuple[float, Proposal]] = {}
    for one in found:
        kind = tuple(components[name].kind for name, _ in one.choices)
        merit = one.gain - description_length(evaluation, one)
        if kind not in by_kind or merit > by_kind[kind][0]:
            by_kind[kind] = merit, one
    ranked = sorted(by_kind.values(), key=lambda pair: -pair[0])
    return [one for _, one in ranked[:size]]


def _candidates(evaluation: Evaluation, free: Sequence[str], search: Search) -> Iterator[Proposal]:
    """The best for a slot of each kind, drawn among the free ones, alone and jointly."""
    choices = evaluation.choices
    by_kind: dict[Kind, list[str]] = {}
    for name in free:
        by_kind.setdefault(choices.components[name].kind, []).append(name)
    for kind, names in by_kind.items():
        name = search.one_of(names)
        if not kind.is_head:
            yield from new_tables(evaluation, name, search)[:2]
            for classified in classified_slots(choices, name, free, search):
                yield from classified.proposals(evaluation, search)[:1]
            continue
        yield from new_heads(evaluation, name, search)[:2]
        for query in query_slots(choices, name, free, search):
            yield from query.proposals(evaluation, search)[:1]
        for key in key_slots(choices, name, free, search):
            yield from key.proposals(evaluation, search)[:2]
