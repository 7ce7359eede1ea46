"""Adding to a network what it does not have yet: the head, table or joint proposal of most gain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tpc.model.layout import Kind
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import new_heads, new_tables
from tpc.training.search.joint import classified_slots, query_slots
from tpc.training.search.joint_key import key_slots
from tpc.training.search.live import live
from tpc.training.search.proposal import Proposal, description_length, with_proposal
from tpc.training.search.settings import Search


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
