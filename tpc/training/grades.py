"""A network whose words are graded: each variable says how much a word speaks for one label.

What `word_scores` learned is a number for each word, label and distance. Here each becomes one of a
few grades, which is all that a variable of the network holds: one variable for each distance and
label, read where it stands or by a head that looks so far away, and voting for that label alone.
Grades are chosen where they lose least (k-means in one dimension, words weighted by how much the
label was in doubt where they occur), and their votes are integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model.architecture import FIXED_LOGIT
from tpc.model.config import ModelConfig
from tpc.training.encoding import Encoded
from tpc.training.loss import Score, score
from tpc.training.parameters import WordValues
from tpc.training.recipe import LossAggregation
from tpc.training.word_scores import Window

SCALES = (1, 2, 3, 4, 6, 8, 12, 16)
"""Votes for each unit of a logit, before they are rounded."""

LEAST_GAIN = 0.001
"""In what validation measures, for which votes become larger."""

ROUNDS = 60


@dataclass(frozen=True)
class Votes:
    """Grades and what they vote.

    Attributes:
        values: The grade of each word, `[offset, class, word]`, ascending with what it votes.
        votes: Of each grade, `[offset, class, grade]`: integers.
        val: The score on the validation rows.
    """

    values: Tensor
    votes: Tensor
    val: Score

    def scores(self) -> Tensor:
        """What each word says, `[word, offset, class]`."""
        return self.votes.gather(-1, self.values).permute(2, 0, 1)


def graded_config(config: ModelConfig, grades: int, width: int, labels: int) -> ModelConfig:
    """The network that has a variable for each distance and label."""
    offsets = 1 + (width if config.pool_outputs else 2 * width)
    return ModelConfig.from_json(
        {
            **config.to_json(),
            "n_vars_cat": offsets * labels,
            "n_heads_cat": (offsets - 1) * labels,
            **dict.fromkeys(("n_heads_num", "n_cat_mlps", "n_num_mlps"), 0),
            "n_layers": 1,
            "d_var": max(grades, config.n_ctx),
        }
    )


def voting_classes(train: Encoded, never: tuple[int, ...]) -> list[int]:
    """The classes that words vote for: all but the most frequent, which wins without a vote."""
    counts = torch.bincount(train.tags[train.tags != 0])
    usual = int(counts.argmax())
    return [c for c in range(1, len(counts)) if c not in (usual, *never) and counts[c]]


def graded(
    scores: Tensor,
    window: Window,
    classes: list[int],
    n_grades: int,
    train: Encoded,
    val: Encoded,
    aggregation: LossAggregation,
) -> Votes:
    """Grades of all words, and the smallest integers that are nearly as good as larger ones.

    Args:
        scores: As `word_scores` gives them.
        window: What is added up.
        classes: The classes that have scores.
        n_grades: Values of each variable, at most.
        train: The rows whose words and doubts weigh.
        val: The rows that choose the size of the votes.
        aggregation: Of the loss.
    """
    scores, first = scores.clone(), torch.unique(train.ids[0])
    doubts = _doubts(scores, window, train)
    levels = torch.zeros(len(window.offsets), window.n_classes, n_grades)
    values = torch.zeros(*levels.shape[:2], len(scores), dtype=torch.int64)
    for place in range(len(window.offsets)):
        for c in classes:
            found = _grades(scores[:, place, c], doubts[:, place, c], n_grades)
            if window.pooled and place:
                # Elsewhere such a variable has the value of `<s>`, which must not vote.
                found[found.abs().argmin()] = 0.0
                scores[first, place, c] = 0.0
            levels[place, c, : len(found)] = found
            values[place, c] = _nearest(scores[:, place, c], found)
    near = window.near(val.ids)
    best: Votes | None = None
    for scale in SCALES:
        tried = Votes(values, (levels * scale).round() + 0.0, Score(0, 0, 0, 0, 0))
        logits = window.logits(tried.scores(), near)
        measured = score(logits, val, aggregation)
        if best is None or measured.merit[0] > best.val.merit[0] + LEAST_GAIN:
            best = Votes(values, tried.votes, measured)
    assert best is not None, "there are scales"
    return best


def _doubts(scores: Tensor, window: Window, train: Encoded) -> Tensor:
    """How much a word's score matters, `[word, offset, class]`: where labels are in doubt, more."""
    total = torch.zeros_like(scores)
    for batch in train.batches(1024):
        near = window.near(batch.ids)
        shares = window.logits(scores, near).softmax(-2).transpose(-1, -2)
        doubt = shares * (1 - shares) * (batch.tags != 0).unsqueeze(-1)
        doubt = doubt.expand(*near.shape[:2], -1)[near[..., 0] != 0]
        for place in range(len(window.offsets)):
            words = near[..., place][near[..., 0] != 0]
            total[:, place].index_add_(0, words, doubt)
    return total


def _grades(scores: Tensor, doubts: Tensor, n_grades: int) -> Tensor:
    """The scores, ascending, that stand for all: of least squared distance, by doubt."""
    order = scores[doubts > 0].argsort()
    ordered, weights = scores[doubts > 0][order].double(), doubts[doubts > 0][order].double()
    if len(ordered) == 0:
        return torch.zeros(1)
    shares = (weights.cumsum(0) - weights / 2) / weights.sum()
    middle = (torch.arange(n_grades) + 0.5) / n_grades
    spread = torch.linspace(float(ordered[0]), float(ordered[-1]), n_grades).double()
    levels = (
        ordered[torch.searchsorted(shares, middle.double()).clamp(max=len(ordered) - 1)] + spread
    ) / 2
    for _ in range(ROUNDS):
        nearest = _nearest(ordered, levels)
        mass = torch.zeros_like(levels).index_add_(0, nearest, weights)
        sums = torch.zeros_like(levels).index_add_(0, nearest, weights * ordered)
        levels = (sums / mass).where(mass > 0, levels)
    distinct: Tensor = levels.unique()  # type: ignore[no-untyped-call]
    return distinct.float()


def _nearest(scores: Tensor, levels: Tensor) -> Tensor:
    """The index of the nearest of ascending levels."""
    return torch.bucketize(scores.contiguous(), (levels[1:] + levels[:-1]) / 2)


def graded_weights(
    config: ModelConfig,
    weights: dict[str, Tensor],
    found: Votes,
    classes: list[int],
    window: Window,
) -> dict[str, Tensor]:
    """The weights of the network that votes so: others than `weights` where it decides them."""
    weights = {name: tensor.clone() for name, tensor in weights.items()}
    n_vars, prefix = config.n_vars_cat, "blocks.0.cat_attn"
    weights[WordValues.NAME] = found.values[:, classes].flatten(0, 1).float()
    positions = torch.arange(config.n_ctx)
    classifier = torch.zeros_like(weights["unembed.W_U"])
    for variable in range(n_vars):
        place, label = divmod(variable, len(classes))
        votes, row = found.votes[place, classes[label]], variable
        if place:
            head = variable - len(classes)
            row = n_vars + 1 + head
            for name, read in (("W_Q", n_vars), ("W_K", n_vars), ("W_V", variable)):
                _choose(weights[f"{prefix}.{name}.W"][head], read)
            offset = window.offsets[place]
            there = positions + offset
            there = there.where((there >= 0) & (there < config.n_ctx), 0)
            if window.pooled:
                there = positions.where(positions == offset, 0)
            predicate = weights[f"{prefix}.W_pred.W"][head]
            for query in positions.tolist():
                _choose(predicate[query], int(there[query]))
        start = row * config.d_var
        classifier[start : start + len(votes), classes[label]] = votes
    return weights | {"unembed.W_U": classifier}


def _choose(logits: Tensor, index: int) -> None:
    logits.fill_(-FIXED_LOGIT)
    logits[index] = FIXED_LOGIT
