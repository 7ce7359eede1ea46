"""The training loss and accuracies, in the layout `[..., position, class, example]`."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from tpc.training.recipe import LossAggregation


def sequence_losses(logits: Tensor, tags: Tensor, aggregation: LossAggregation) -> Tensor:
    """Each sequence's negative log-likelihood, `[..., example]`.

    Args:
        logits: `[..., position, class, example]`.
        tags: Class ids `[position, example]`; 0 is not scored.
        aggregation: The mean over the scored positions, or their sum.
    """
    scored = tags != 0
    targets = tags.unsqueeze(-2).expand(*logits.shape[:-2], 1, -1)
    losses = -logits.log_softmax(-2).gather(-2, targets).squeeze(-2)
    total = (losses * scored).sum(-2)
    return total if aggregation == "per_seq" else total / scored.sum(0).clamp(min=1)


@dataclass(frozen=True)
class Score:
    """How well labels fit the tags of a split.

    Attributes:
        loss: Mean over sequences.
        token_accuracy: Share of the scored positions that are right.
        sequence_accuracy: Share of the sequences whose scored positions are all right.
        rows: Sequences.
        tokens: Scored positions.
    """

    loss: float
    token_accuracy: float
    sequence_accuracy: float
    rows: int
    tokens: int


def score(logits: Tensor, tags: Tensor, aggregation: LossAggregation) -> Score:
    """The score of logits `[position, class, example]` against tags `[position, example]`."""
    scored = tags != 0
    right = (logits.argmax(-2) == tags) & scored
    tokens = int(scored.sum())
    return Score(
        loss=float(sequence_losses(logits, tags, aggregation).mean()),
        token_accuracy=int(right.sum()) / tokens if tokens else float("nan"),
        sequence_accuracy=float((right == scored).all(0).double().mean()),
        rows=tags.shape[1],
        tokens=tokens,
    )
