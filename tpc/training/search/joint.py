"""Joint proposals: choices for several slots that help together, and alone would not be found.

Each is an MLP over a pair of variables, and what reads it: the classifier, a head as its query, or
a head as its key. One of the two variables may itself be new. Where a head must look may depend on
two variables, such as the position and the length, and so may which position it must find, such as
where that is and how often its token occurs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from tpc.model.choices import Choices, TableChoice
from tpc.model.components import Kind
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.joint_fits import Fitted, fitted_for_classifier, fitted_key, fitted_query
from tpc.training.search.pairs import (
    Pair,
    live_pairs,
    pairs_with_count,
    pairs_with_head,
    pairs_with_plain_head,
    readable_pairs,
)
from tpc.training.search.proposal import Proposal, best_first
from tpc.training.search.settings import Search


class Role(Enum):
    """What the MLP of a joint proposal is read as."""

    CLASSIFIED = "classified"
    QUERY = "query"
    KEY = "key"


@dataclass(frozen=True)
class Slots:
    """Where a joint proposal goes.

    Attributes:
        role: What the MLP is read as.
        mlp: An MLP over two variables.
        head: The later head that reads it; none if the classifier does.
        new: Before the MLP, what one of its variables comes from: a head, a numerical head and an
            MLP that makes its count a category, or nothing new.
    """

    role: Role
    mlp: str
    head: str | None = None
    new: tuple[str, ...] = ()


def joint_proposals(evaluation: Evaluation, slots: Slots, search: Search) -> list[Proposal]:
    """What these slots could be together, the best first.

    Args:
        evaluation: The network, in which what is in these slots counts for nothing.
        slots: Where they go.
        search: Draws the reads that are looked at.
    """
    choices, found = evaluation.choices, []
    base = choices.mlps[slots.mlp].base
    for one in _fitted(evaluation, slots, search):
        mlp = TableChoice(one.pair.reads, base, one.table)
        if choices.writable(slots.mlp, mlp):
            reader = () if one.head is None else ((str(slots.head), one.head),)
            found.append(Proposal(one.gain, (*one.pair.new, (slots.mlp, mlp), *reader)))
    return best_first(found)


def _fitted(evaluation: Evaluation, slots: Slots, search: Search) -> Iterator[Fitted]:
    pairs = _pairs_for(evaluation, slots, search)
    if slots.head is None:
        return fitted_for_classifier(evaluation, slots.mlp, pairs, search)
    fit = fitted_query if slots.role is Role.QUERY else fitted_key
    return fit(evaluation, (slots.mlp, slots.head), list(pairs), bool(slots.new), search)


def _pairs_for(
    evaluation: Evaluation, slots: Slots, search: Search
) -> Sequence[Pair] | Iterator[Pair]:
    mlp, settings = slots.mlp, search.settings
    match slots.role, slots.new:
        case Role.CLASSIFIED, (head,):
            return pairs_with_head(evaluation, mlp, head, search)
        case Role.QUERY, (head,):
            return pairs_with_plain_head(evaluation, mlp, head, search)
        case Role.QUERY, ():
            return readable_pairs(evaluation, mlp, settings.query_pairs, search)
        case Role.KEY, (head, table):
            return pairs_with_count(evaluation, mlp, (head, table), search)
        case Role.KEY, ():
            return live_pairs(evaluation, mlp, settings.key_pairs, search)
    raise ValueError(f"no joint proposal is of {slots}")


def classified_slots(
    choices: Choices, mlp: str, available: Sequence[str], search: Search
) -> Slots | None:
    """Slots for a classified MLP with a new head that it reads, drawn among those available."""
    component = choices.components[mlp]
    if component.kind.is_head or len(choices.mlps[mlp].reads) != 2:
        return None
    numerical = component.kind is Kind.NUMERICAL_MLP
    kind = Kind.NUMERICAL_HEAD if numerical else Kind.CATEGORICAL_HEAD
    heads = _below(choices, available, kind, component.layer + 1)
    return Slots(Role.CLASSIFIED, mlp, new=(search.one_of(heads),)) if heads else None


def query_slots(
    choices: Choices, head: str, available: Sequence[str], search: Search
) -> Iterator[Slots]:
    """Slots for a head with a pair as its query: without a new head, and with one.

    Each is drawn among those available when it is asked for.
    """
    mlp = _mlp_below(choices, head, available, search)
    if mlp is None:
        return
    yield Slots(Role.QUERY, mlp, head)
    layer = choices.components[mlp].layer
    sources = _below(choices, available, Kind.CATEGORICAL_HEAD, layer + 1)
    if sources:
        yield Slots(Role.QUERY, mlp, head, (search.one_of(sources),))


def key_slots(choices: Choices, head: str, available: Sequence[str], search: Search) -> list[Slots]:
    """Slots for a categorical head with a pair as its key: without a new count, and with one."""
    if choices.components[head].kind is not Kind.CATEGORICAL_HEAD:
        return []
    mlp = _mlp_below(choices, head, available, search)
    if mlp is None:
        return []
    found = [Slots(Role.KEY, mlp, head)]
    layer = choices.components[mlp].layer
    tables = _below(choices, available, Kind.NUMERICAL_MLP, layer)
    if not tables:
        return found
    table = search.one_of(tables)
    layer = choices.components[table].layer
    counters = _below(choices, available, Kind.NUMERICAL_HEAD, layer + 1)
    if counters:
        found.append(Slots(Role.KEY, mlp, head, (search.one_of(counters), table)))
    return found


def _mlp_below(choices: Choices, head: str, available: Sequence[str], search: Search) -> str | None:
    """An MLP over two variables that this head can read, drawn."""
    component = choices.components[head]
    if not component.kind.is_head or choices.config.mlp_vars_in != 2:
        return None
    mlps = _below(choices, available, Kind.CATEGORICAL_MLP, component.layer)
    return search.one_of(mlps) if mlps else None


def _below(choices: Choices, available: Sequence[str], kind: Kind, layer: int) -> list[str]:
    """The available components of a kind in the layers below this one."""
    found = ((name, choices.components[name]) for name in available)
    return [name for name, one in found if one.kind is kind and one.layer < layer]
