"""Scores of a network on a split, relaxed as in training and discretised as in a program."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork
from tpc.model.relaxed import Batch, relaxed_logits
from tpc.model.sampling import Sampler
from tpc.training.encoding import Encoded
from tpc.training.loss import Score, score, with_positions
from tpc.training.recipe import LossAggregation


def relaxed_score(
    config: ModelConfig,
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
            found = relaxed_logits(config, weights, Batch.of(config, batch.ids), sampler)
            found = with_positions(found, pooled=config.pool_outputs)
            # What stands at padding is not scored.
            logits.append(F.pad(found, (0, 0, 0, 0, 0, length - found.shape[0])))
        return score(torch.cat(logits, -1), split.tags, aggregation, split.span_tags)


def discrete_score(
    config: ModelConfig,
    weights: dict[str, Tensor],
    split: Encoded,
    aggregation: LossAggregation,
    dtype: torch.dtype = torch.float32,
) -> Score:
    """The discretised network's score."""
    ids = split.ids.T
    logits = DiscreteNetwork(config, weights, dtype).logits(ids, ids != 0)
    logits = logits.T if config.pool_outputs else logits.permute(1, 2, 0)
    logits = with_positions(logits, pooled=config.pool_outputs)
    return score(logits, split.tags, aggregation, split.span_tags)
