"""Joint proposals of an MLP and a later head that reads it as its key.

Which position a head must find may depend on two variables there, such as where it is and how
often its token occurs. The MLP puts pairs of values in classes, one for each query value; the head
looks for its own class. What decides the class of a pair is which queries it answers: every key
that a query could select adds to, or takes from, what the classifier is missing there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import Choices, HeadChoice
from tpc.model.layout import Kind
from tpc.training.search.evaluation import Evaluation, live_inputs
from tpc.training.search.gain import gain_of, grouped, steps_of, table_of, token_statistics
from tpc.training.search.joint import (
    Pair,
    ReadByHead,
    below,
    known_pairs,
    mlp_below,
    most_promising,
    new_pairs,
)
from tpc.training.search.plain import copying_table, counting_heads
from tpc.training.search.proposal import Proposal
from tpc.training.search.settings import Search


@dataclass(frozen=True)
class Key(ReadByHead):
    """An MLP that a head reads as its key.

    One of the two variables may be new: how many positions a plain head finds, made a category,
    such as those with the same token, or with a token that is as frequent.
    """

    def fits(self, evaluation: Evaluation, search: Search) -> Iterator[Proposal]:
        """Tables of classes."""
        choices, rows, settings = evaluation.choices, evaluation.rows, search.settings
        d_var, length = choices.config.d_var, rows.ids.shape[1]
        pairs, ranked = list(self._pairs(evaluation, search)), []
        distinct = [torch.unique(pair.cells, return_inverse=True) for pair in pairs]
        visible = rows.visible.flatten(0, 1)[rows.scored]
        ranks = choices.ranks[self.head][rows.scored % length, :length]
        for query, value in search.some(self.ends(choices), search.fewer(settings.key_ends, d_var)):
            queries = rows.at_scored(evaluation.values[query])
            gains, outputs = key_gains(evaluation, value)
            for pair, (codes, cells) in zip(pairs, distinct, strict=True):
                of_token = cells[rows.scored // length]
                keys = Keys(of_token, codes, queries, gains, outputs, visible, ranks)
                ranked.append((promise(keys, d_var), (pair, query, value, keys)))
        for pair, query, value, keys in most_promising(
            ranked, search.fewer(settings.key_tried, d_var)
        ):
            classes, gain = classes_of(evaluation, keys, settings.key_doubt)
            table = table_of(Kind.CATEGORICAL_MLP, d_var**2, keys.codes, classes)
            head = HeadChoice(query, self.mlp, value, torch.arange(d_var))
            yield from self.fit(evaluation, gain, pair, table, (self.head, head))

    def _pairs(self, evaluation: Evaluation, search: Search) -> Iterator[Pair]:
        """Pairs of live variables, or a new count and an input or a live variable."""
        choices, settings = evaluation.choices, search.settings
        variables = _known(choices, self.mlp, search)
        if not self.new:
            n_pairs = search.fewer(settings.key_pairs, choices.config.d_var, pairs=True)
            yield from known_pairs(evaluation, variables, n_pairs, search)
            return
        counter, table = self.new
        copied = copying_table(choices, table, counter)
        if not choices.writable(table, copied):
            return
        inputs, base = layout.categorical_inputs(choices.config), choices.config.d_var
        others = [name for name in variables if name not in (*inputs, table)]
        near, given = counting_heads(choices, _known(choices, counter, search))
        for head in (
            *near,
            *search.some(given, search.fewer(settings.key_counts, base, pairs=True)),
        ):
            beside = (*inputs, *search.some(others, settings.key_others))
            new = ((counter, head), (table, copied))
            yield from new_pairs(evaluation, base, new, beside, constant=True)


def key_slots(choices: Choices, head: str, available: Sequence[str], search: Search) -> list[Key]:
    """This categorical head and an MLP before it, without a new count and with one.

    All are drawn among those available before any is tried.
    """
    if choices.components[head].kind is not Kind.CATEGORICAL_HEAD:
        return []
    mlp = mlp_below(choices, head, available, search)
    if mlp is None:
        return []
    found = [Key(mlp, (), head)]
    tables = below(choices, available, Kind.NUMERICAL_MLP, choices.components[mlp].layer)
    if tables:
        table = search.one_of(tables)
        layer = choices.components[table].layer
        counters = below(choices, available, Kind.NUMERICAL_HEAD, layer + 1)
        if counters:
            found.append(Key(mlp, (search.one_of(counters), table), head))
    return found


def _known(choices: Choices, name: str, search: Search) -> tuple[str, ...]:
    """What a component of this name can read and is live; all that it can read at first."""
    found = live_inputs(choices, name)
    return found if len(found) > search.settings.few_variables else choices.readable(name)


@dataclass(frozen=True)
class Keys:
    """What could stand at each key, and what it would gain.

    Attributes:
        cells: Which pair of values each key has, `[token, key]`, numbered from 0.
        codes: The cell of each pair in the MLP's table.
        queries: The query value of each scored position, `[token]`.
        gains: What selecting each key adds to what is missing, `[token, key]`; 0 where hidden.
        outputs: The value of each key, `[token, key]`.
        visible: Whether the key may be selected, `[token, key]`.
        ranks: Which of several matches is taken, `[token, key]`.
    """

    cells: Tensor
    codes: Tensor
    queries: Tensor
    gains: Tensor
    outputs: Tensor
    visible: Tensor
    ranks: Tensor


def key_gains(evaluation: Evaluation, value: str) -> tuple[Tensor, Tensor]:
    """What each key gains each scored position, and the values, both `[token, key]`.

    A value's step in the classifier is what all positions that could select it ask for together;
    a key gains as much as its value's step agrees with what its query's position asks for.
    """
    rows, statistics = evaluation.rows, token_statistics(evaluation)
    of_row = rows.scored // rows.ids.shape[1]
    visible = rows.visible.flatten(0, 1)[rows.scored].float()
    outputs = evaluation.values[value][of_row]
    shown = torch.zeros(len(outputs), evaluation.choices.config.d_var)
    shown.scatter_add_(1, outputs, visible)
    right, expected, _ = statistics.chunk(3, 1)
    steps = steps_of(shown.T @ statistics)
    gains = ((right - expected) @ steps.T).gather(1, outputs) * visible
    mean = gains.sum(1, keepdim=True) / visible.sum(1, keepdim=True).clamp(min=1)
    return (gains - mean) * visible, outputs


def promise(keys: Keys, d_var: int) -> float:
    """What all pairs would gain if each answered only the query that it answers best."""
    return float(_answers(keys, d_var)[0].clamp(min=0).amax(0).sum())


def _answers(keys: Keys, d_var: int) -> tuple[Tensor, Tensor]:
    """What all keys of a pair gain all queries of a value, and how many, `[query, cell]`."""
    n_cells = len(keys.codes)
    index = (keys.queries.unsqueeze(1) * n_cells + keys.cells).flatten()
    sums, counts = torch.zeros(d_var * n_cells), torch.zeros(d_var * n_cells)
    sums.index_add_(0, index, keys.gains.flatten())
    counts.index_add_(0, index, keys.visible.flatten().float())
    return sums.view(d_var, n_cells), counts.view(d_var, n_cells)


def classes_of(evaluation: Evaluation, keys: Keys, doubt: float) -> tuple[Tensor, float]:
    """Each pair of values in the class of the query that it answers best.

    Of each class only the best are kept: one that gains less may be taken in their place.

    Args:
        evaluation: The network without the MLP and the head.
        keys: Of the head.
        doubt: A pair of values seen so often with a query counts half of what it answers there.

    Returns:
        Classes `[cell]`, and what the loss falls by with rows for the head.
    """
    d_var = evaluation.choices.config.d_var
    sums, counts = _answers(keys, d_var)
    gains, classes = (sums / (counts + doubt)).max(0)
    order = torch.zeros_like(classes)
    for query in range(d_var):
        members = (classes == query).nonzero().squeeze(1)
        order[members[gains[members].argsort(descending=True)]] = torch.arange(len(members))
    asked = classes[keys.cells] == keys.queries.unsqueeze(1)
    ranks = torch.where(asked & keys.visible, order[keys.cells], len(keys.codes))
    totals = torch.stack(
        [
            torch.zeros(d_var).index_add_(0, keys.queries, _selected(keys, ranks < n)[0])
            for n in range(int(order.max()) + 2)
        ]
    )
    unused = int((totals.amax(0) - totals[0]).argmin())
    found = torch.where(order < totals.argmax(0)[classes], classes, unused)
    _, outputs = _selected(keys, (found[keys.cells] == keys.queries.unsqueeze(1)) & keys.visible)
    return found, float(gain_of(grouped(token_statistics(evaluation), outputs, d_var)))


def _selected(keys: Keys, matches: Tensor) -> tuple[Tensor, Tensor]:
    """Gain and value of the key that each position selects, `[token]`."""
    chosen = (matches * keys.ranks).argmax(1, keepdim=True)
    return keys.gains.gather(1, chosen).squeeze(1), keys.outputs.gather(1, chosen).squeeze(1)
