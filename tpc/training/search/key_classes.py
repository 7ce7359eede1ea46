"""Classes of keys, one for each query value: which pairs of values a head had better find for it.

What decides the class of a pair is which queries it answers: every key that a query could select
adds to, or takes from, what the classifier is missing there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.training.search.blocks import filled
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import gain_of, slopes_of, steps_of

_FEW = 5.0
"""A pair of values seen so often with a query counts half of what it answers there."""


@dataclass(frozen=True)
class Keys:
    """What could stand at each key, and what it would be worth.

    Attributes:
        cells: Which pair of values each key has, `[token, key]`, numbered from 0.
        codes: The code of each pair in the MLP's table.
        queries: The query value of each scored position, `[token]`.
        worth: What selecting each key adds to what is missing, `[token, key]`; 0 where hidden.
        outputs: The value of each key, `[token, key]`.
        visible: Whether the key may be selected, `[token, key]`.
        ranks: Which of several matches is taken, `[token, key]`.
    """

    cells: Tensor
    codes: Tensor
    queries: Tensor
    worth: Tensor
    outputs: Tensor
    visible: Tensor
    ranks: Tensor


def worth_of_keys(evaluation: Evaluation, value: str) -> tuple[Tensor, Tensor]:
    """What each key is worth to each scored position, and the values, both `[token, key]`.

    A value's step in the classifier is what all positions that could select it ask for together;
    a key is worth as much as its value's step agrees with what its query's position asks for.
    """
    rows, slopes = evaluation.rows, slopes_of(evaluation)
    of_row = rows.scored // rows.ids.shape[1]
    visible = rows.visible.flatten(0, 1)[rows.scored].float()
    outputs = evaluation.values[value][of_row]
    shown = torch.zeros(len(outputs), evaluation.choices.config.d_var)
    shown.scatter_add_(1, outputs, visible)
    right, expected, _ = slopes.chunk(3, 1)
    worth = ((right - expected) @ steps_of(shown.T @ slopes).T).gather(1, outputs) * visible
    mean = worth.sum(1, keepdim=True) / visible.sum(1, keepdim=True).clamp(min=1)
    return (worth - mean) * visible, outputs


def keys_of(
    evaluation: Evaluation,
    head: str,
    pair_codes: Tensor,
    query: str,
    worth: Tensor,
    outputs: Tensor,
) -> Keys:
    """The keys of a head in this place, if a pair of values at each position is its key.

    Args:
        evaluation: The network without the head.
        head: The place.
        pair_codes: The code of the pair at each position, `[row, position]`.
        query: The variable that the head reads as its query.
        worth: What `worth_of_keys` returns first.
        outputs: What it returns second.
    """
    rows, values, length = evaluation.rows, evaluation.values, evaluation.rows.ids.shape[1]
    codes, cells = torch.unique(pair_codes, return_inverse=True)
    places, of_row = rows.scored % length, rows.scored // length
    return Keys(
        cells=cells[of_row],
        codes=codes,
        queries=rows.at_scored(values[query]),
        worth=worth,
        outputs=outputs,
        visible=rows.visible.flatten(0, 1)[rows.scored],
        ranks=evaluation.choices.ranks[head][places, :length],
    )


def promise(keys: Keys, d_var: int) -> float:
    """What all pairs would be worth if each answered only the query that it answers best."""
    return float(_answers(keys, d_var)[0].clamp(min=0).amax(0).sum())


def _answers(keys: Keys, d_var: int) -> tuple[Tensor, Tensor]:
    """The worth of all keys of a pair to all queries of a value, and how many, `[query, cell]`."""
    n_cells = len(keys.codes)
    where = (keys.queries.unsqueeze(1) * n_cells + keys.cells).flatten()
    sums, counts = torch.zeros(d_var * n_cells), torch.zeros(d_var * n_cells)
    sums.index_add_(0, where, keys.worth.flatten())
    counts.index_add_(0, where, keys.visible.flatten().float())
    return sums.view(d_var, n_cells), counts.view(d_var, n_cells)


def classes_of(evaluation: Evaluation, mlp: str, keys: Keys) -> tuple[Tensor, float]:
    """The table that puts each pair of values in the class of the query that it answers best.

    Of each class only the best are kept: one that is less worth may be taken in their place.

    Args:
        evaluation: The network without the MLP and the head.
        mlp: The place of the MLP.
        keys: Of the head.

    Returns:
        The table, and what the loss falls by with rows for the head.
    """
    d_var = evaluation.choices.config.d_var
    sums, counts = _answers(keys, d_var)
    means = sums / (counts + _FEW)
    worth, classes = means.max(0)
    order = torch.zeros_like(classes)
    for query in range(d_var):
        members = (classes == query).nonzero().squeeze(1)
        order[members[worth[members].argsort(descending=True)]] = torch.arange(len(members))
    asked = classes[keys.cells] == keys.queries.unsqueeze(1)
    places = torch.where(asked & keys.visible, order[keys.cells], len(keys.codes))
    totals = [
        torch.zeros(d_var).index_add_(0, keys.queries, _selected(keys, places < n)[0])
        for n in range(int(order.max()) + 2)
    ]
    kept = torch.stack(totals).argmax(0)
    gains = torch.stack(totals).amax(0) - totals[0]
    unused = int(gains.argmin())
    table = torch.where(order < kept[classes], classes, unused)
    _, outputs = _selected(keys, (table[keys.cells] == keys.queries.unsqueeze(1)) & keys.visible)
    slopes = slopes_of(evaluation)
    moments = torch.zeros(d_var, slopes.shape[1]).index_add_(0, outputs, slopes)
    whole = torch.zeros(d_var**2, dtype=torch.int64).index_copy_(0, keys.codes, table)
    return filled(mlp, whole, keys.codes), float(gain_of(moments))


def _selected(keys: Keys, matches: Tensor) -> tuple[Tensor, Tensor]:
    """Worth and value of the key that each position selects, `[token]`."""
    chosen = (matches * keys.ranks).argmax(1, keepdim=True)
    return keys.worth.gather(1, chosen).squeeze(1), keys.outputs.gather(1, chosen).squeeze(1)
