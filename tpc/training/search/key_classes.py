"""Classes of keys, one for each query value: which pairs of values a head had better find for it.

What decides the class of a pair is which queries it answers: every key that a query could select
adds to, or takes from, what the classifier is missing there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.training.search.evaluation import Evaluation
from tpc.training.search.gain import gain_of, grouped, steps_of, token_statistics


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

    @staticmethod
    def of(
        evaluation: Evaluation,
        head: str,
        query: str,
        codes: Tensor,
        cells: Tensor,
        gains: Tensor,
        outputs: Tensor,
    ) -> Keys:
        """The keys of a head in this slot, if a pair of values at each position is its key.

        Args:
            evaluation: The network without the head.
            head: The slot.
            query: The variable that the head reads as its query.
            codes: The cell of each pair of values in the MLP's table.
            cells: Which of them each position has, `[row, position]`.
            gains: What `key_gains` returns first.
            outputs: What it returns second.
        """
        rows, length = evaluation.rows, evaluation.rows.ids.shape[1]
        positions, of_row = rows.scored % length, rows.scored // length
        return Keys(
            cells=cells[of_row],
            codes=codes,
            queries=rows.at_scored(evaluation.values[query]),
            gains=gains,
            outputs=outputs,
            visible=rows.visible.flatten(0, 1)[rows.scored],
            ranks=evaluation.choices.ranks[head][positions, :length],
        )


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
    places = torch.where(asked & keys.visible, order[keys.cells], len(keys.codes))
    totals = torch.stack(
        [
            torch.zeros(d_var).index_add_(0, keys.queries, _selected(keys, places < n)[0])
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
