"""The training loss and accuracies, in the layout `[..., position, class, example]`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.evaluation.metrics import SpanScore, span_score
from tpc.model.architecture import Architecture, forward_pass
from tpc.model.discrete import DiscreteNetwork
from tpc.model.sampling import Sampler
from tpc.model.standard import StandardConfig
from tpc.training.encoding import Encoded
from tpc.training.recipe import LossAggregation


def sequence_losses(
    logits: Tensor,
    tags: Tensor,
    aggregation: LossAggregation,
    class_weights: Tensor | None = None,
) -> Tensor:
    """Each sequence's negative log-likelihood, `[..., example]`.

    Args:
        logits: `[..., position, class, example]`.
        tags: Class ids `[..., position, example]`; 0 is not scored.
        aggregation: The mean over the scored positions, or their sum.
        class_weights: How much labels of each class count, `[class]`; 1 if not given.
    """
    scored = tags != 0
    targets = tags.unsqueeze(-2).expand(*logits.shape[:-2], 1, -1)
    losses = -logits.log_softmax(-2).gather(-2, targets).squeeze(-2)
    counted = scored if class_weights is None else scored * class_weights[tags]
    total = (losses * counted).sum(-2)
    return total if aggregation == "per_seq" else total / scored.sum(-2).clamp(min=1)


def losses_and_gradients(
    losses_of: Callable[[Tensor], Tensor], parameters: Tensor, samples: int
) -> tuple[Tensor, Tensor]:
    """Losses of several networks, averaged over samples of noise, and their gradients.

    Args:
        losses_of: From parameters to a loss for each network, with new noise at every call.
        parameters: `[network, parameter]`.
        samples: How often to ask.

    Returns:
        `[network]` and `[network, parameter]`.
    """
    leaf = parameters.detach().requires_grad_()
    total = torch.zeros(len(parameters), device=parameters.device)
    gradients = torch.zeros_like(parameters)
    for _ in range(samples):
        losses = losses_of(leaf) / samples
        # The losses of different networks have no weights in common.
        gradients += torch.autograd.grad(losses.sum(), leaf)[0]
        total += losses.detach()
    return total, gradients


@dataclass(frozen=True)
class Score:
    """How well labels fit the tags of a split.

    Attributes:
        loss: Mean over sequences.
        token_accuracy: Share of the scored positions that are right.
        sequence_accuracy: Share of the sequences whose scored positions are all right.
        rows: Sequences.
        tokens: Scored positions.
        precision: Of spans, for tags that mark them.
        recall: Likewise.
        f1: Likewise.
        balanced_accuracy: Mean over the classes of the share that is right, where classes have
            weights.
    """

    loss: float
    token_accuracy: float
    sequence_accuracy: float
    rows: int
    tokens: int
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    balanced_accuracy: float | None = None

    @property
    def merit(self) -> tuple[float, float]:
        """What the best network is chosen by: a measure, then loss.

        The measure is F1 if there are spans, balanced accuracy if classes have weights, else
        accuracy.
        """
        measures = (self.f1, self.balanced_accuracy, self.token_accuracy)
        return (next(one for one in measures if one is not None), -self.loss)


def score(logits: Tensor, split: Encoded, aggregation: LossAggregation) -> Score:
    """How well logits `[position, class, example]` fit the tags of a split, spans included."""
    (found,) = scores(logits.unsqueeze(0), split, aggregation)
    if not split.span_tags:
        return found
    spans = _spans(logits.argmax(-2), split)
    return replace(found, precision=spans.precision, recall=spans.recall, f1=spans.f1)


def scores(logits: Tensor, split: Encoded, aggregation: LossAggregation) -> list[Score]:
    """As `score`, of several networks; spans are not looked for.

    Args:
        logits: `[network, position, class, example]`.
        split: Whose tags they are to be.
        aggregation: Of the loss.
    """
    tags, class_weights = split.tags, split.class_weights
    scored = tags != 0
    right = (logits.argmax(-2) == tags) & scored
    tags_of_each = tags.expand(len(logits), *tags.shape)
    losses = sequence_losses(logits, tags_of_each, aggregation, class_weights).mean(-1).tolist()
    sequences = (right == scored).all(-2).double().mean(-1).tolist()
    tokens, found = int(scored.sum()), right.sum((-1, -2)).tolist()
    balanced: Sequence[float | None] = [None] * len(found)
    if class_weights is not None:
        balanced = [_balanced_accuracy(tags[scored], one[scored]) for one in right]
    return [
        Score(
            *(loss, n_right / tokens if tokens else float("nan"), share, tags.shape[1], tokens),
            balanced_accuracy=mean,
        )
        for loss, n_right, share, mean in zip(losses, found, sequences, balanced, strict=True)
    ]


def _balanced_accuracy(tags: Tensor, right: Tensor) -> float:
    """The mean over the classes that occur of the share of their labels that are right."""
    of_class = torch.bincount(tags)
    right_of_class = torch.bincount(tags[right], minlength=len(of_class))
    occurs = of_class > 0
    return float((right_of_class[occurs] / of_class[occurs]).double().mean())


def with_positions(logits: Tensor, *, pooled: bool) -> Tensor:
    """Logits `[..., position, class, example]`; one position for a pooled network."""
    return logits.unsqueeze(-3) if pooled else logits


def _spans(labels: Tensor, split: Encoded) -> SpanScore:
    names, true, predicted = split.span_tags, [], []
    for row, answers in zip(split.tags.T.tolist(), labels.T.tolist(), strict=True):
        pairs = [(tag, label) for tag, label in zip(row, answers, strict=True) if tag]
        true.append([names[tag] for tag, _ in pairs])
        predicted.append([names[label] for _, label in pairs])
    return span_score(true, predicted, split.span_scheme)


EVALUATION_BATCH = 256
"""Rows of an ordinary Transformer at a time."""


def relaxed_score(
    config: Architecture,
    weights: dict[str, Tensor],
    split: Encoded,
    sampler: Sampler,
    batch_size: int,
    aggregation: LossAggregation,
) -> Score:
    """The relaxed network's score at the sampler's temperature, as upstream reports it."""
    length = split.tags.shape[0]
    with torch.no_grad():
        logits = []
        for batch in split.batches(batch_size):
            found = forward_pass(config, batch.ids)(weights, sampler)
            found = with_positions(found, pooled=config.pool_outputs)
            # What stands at padding is not scored.
            logits.append(F.pad(found, (0, 0, 0, 0, 0, length - found.shape[0])))
        return score(torch.cat(logits, -1), split, aggregation)


def discrete_score(
    config: Architecture,
    weights: dict[str, Tensor],
    split: Encoded,
    aggregation: LossAggregation,
    dtype: torch.dtype = torch.float32,
) -> Score:
    """The score of the network in use: discretised, if it is a Transformer Program's."""
    if isinstance(config, StandardConfig):
        cast = {name: tensor.to(dtype) for name, tensor in weights.items()}
        idle = Sampler("softmax", torch.Generator())
        return relaxed_score(config, cast, split, idle, EVALUATION_BATCH, aggregation)
    ids = split.ids.T
    logits = DiscreteNetwork(config, weights, dtype).logits(ids, ids != 0)
    if config.pool_outputs:
        # Upstream divides the sum by the whole length: no label changes, but the loss does.
        logits = logits / config.n_ctx
    logits = logits.T if config.pool_outputs else logits.permute(1, 2, 0)
    logits = with_positions(logits, pooled=config.pool_outputs)
    return score(logits, split, aggregation)
