"""The best table of a joint proposal's MLP for each pair of variables, by what reads the MLP."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import HeadChoice
from tpc.training.search.blocks import filled_in, head_outputs, head_values, n_outputs
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import (
    cell_statistics,
    clustered,
    gain_of,
    grown_predicates,
    head_statistics,
    table_of,
    token_statistics,
)
from tpc.training.search.key_classes import Keys, classes_of, key_gains, promise
from tpc.training.search.pairs import Pair
from tpc.training.search.settings import Search

T = TypeVar("T")

_AT_ONCE = 8


@dataclass(frozen=True)
class Fitted:
    """The MLP of a joint proposal.

    Attributes:
        gain: The score gain of the whole proposal.
        pair: What it reads.
        table: `[cell]`.
        head: What reads it, unless the classifier does.
    """

    gain: float
    pair: Pair
    table: Tensor
    head: HeadChoice | None = None


def fitted_for_classifier(
    evaluation: Evaluation, mlp: str, pairs: Iterable[Pair], search: Search
) -> Iterator[Fitted]:
    """Tables whose output is classified.

    What a head finds may say nothing alone: how many positions have as frequent a token, before
    how frequent it is. The gain of a table over the pair is that of its cells, which takes no
    fitting; the cells of the best are clustered.
    """
    choices, settings = evaluation.choices, search.settings
    statistics, ranked = token_statistics(evaluation), []
    for pair in pairs:
        reached, sums = cell_statistics(statistics, evaluation.rows.at_scored(pair.cells))
        ranked.append((float(gain_of(sums)), (pair, reached, sums)))
    size, kind = len(choices.mlps[mlp].table), choices.components[mlp].kind
    for pair, reached, sums in _most_promising(ranked, settings.table_tried):
        groups, gain = clustered(sums, choices.config.d_var, settings.lloyd_steps)
        yield Fitted(gain, pair, table_of(kind, size, reached, groups))


def fitted_query(
    evaluation: Evaluation,
    slots: tuple[str, str],
    pairs: Sequence[Pair],
    new: bool,
    search: Search,
) -> Iterator[Fitted]:
    """Tables that a head reads as its query.

    A head whose query is the pair has a predicate with an entry for each pair of values. The best
    one splits exactly: the table holds the key that each pair matches, and the head matches the
    key that the MLP says.

    Args:
        evaluation: The network.
        slots: The MLP and the head.
        pairs: What the MLP could read.
        new: Whether one of each pair is new: then the head reads the input.
        search: Draws what the head reads.
    """
    (mlp, head), choices, rows = slots, evaluation.choices, evaluation.rows
    statistics, d_var = token_statistics(evaluation), choices.config.d_var
    for key, value in search.some(_ends(evaluation, slots, new), search.settings.query_ends):
        ((_, outputs),) = head_outputs(evaluation, head, key, (value,))
        choice = HeadChoice(mlp, key, value, torch.arange(d_var))
        for start in range(0, len(pairs), _AT_ONCE):
            some = pairs[start : start + _AT_ONCE]
            cells = torch.stack([rows.at_scored(pair.cells) for pair in some])
            n_values = n_outputs(evaluation, head)
            sums = head_statistics(cells, d_var**2, outputs, statistics, n_values)
            gains, predicates = grown_predicates(sums)
            for pair, of_pair, gain, predicate in zip(
                some, cells, gains.tolist(), predicates, strict=True
            ):
                table = filled_in(choices.components[mlp].kind, predicate, of_pair)
                yield Fitted(gain, pair, table, choice)


def fitted_key(
    evaluation: Evaluation,
    slots: tuple[str, str],
    pairs: Sequence[Pair],
    new: bool,
    search: Search,
) -> Iterator[Fitted]:
    """Tables that a head reads as its key: pairs of values in classes, one for each query value.

    Arguments are those of `fitted_query`.
    """
    (mlp, head), choices, settings = slots, evaluation.choices, search.settings
    d_var, ranked = choices.config.d_var, []
    # Which cells there are is the same for all that the head reads.
    distinct = [torch.unique(pair.cells, return_inverse=True) for pair in pairs]
    for query, value in search.some(_ends(evaluation, slots, new), settings.key_ends):
        gains, outputs = key_gains(evaluation, value)
        for pair, (codes, cells) in zip(pairs, distinct, strict=True):
            keys = Keys.of(evaluation, head, query, codes, cells, gains, outputs)
            ranked.append((promise(keys, d_var), (pair, query, value, keys)))
    for pair, query, value, keys in _most_promising(ranked, settings.key_tried):
        classes, gain = classes_of(evaluation, keys, settings.key_doubt)
        table = table_of(choices.components[mlp].kind, d_var**2, keys.codes, classes)
        yield Fitted(gain, pair, table, HeadChoice(query, mlp, value, torch.arange(d_var)))


def _ends(evaluation: Evaluation, slots: tuple[str, str], new: bool) -> list[tuple[str, str]]:
    """What the head may read beside the MLP: a key or a query, and a value."""
    (mlp, head), choices = slots, evaluation.choices
    reads, values = choices.readable(head), head_values(choices, head)
    if new:
        # These are many enough.
        reads = layout.categorical_inputs(choices.config)
        values = values if choices.components[head].kind.is_numerical else reads
    return [
        (read, value)
        for read in reads
        for value in values
        if read != value and mlp not in (read, value)
    ]


def _most_promising(ranked: list[tuple[float, T]], size: int) -> list[T]:
    """So many of most promise; the last of equal ones first."""
    best = sorted(enumerate(ranked), key=lambda one: (one[1][0], one[0]), reverse=True)[:size]
    return [found for _, (_, found) in best]
