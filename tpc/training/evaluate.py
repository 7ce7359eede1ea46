"""Scores of a network on a split, relaxed as in training and discretised as in a program."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.model.architecture import Architecture, forward_pass
from tpc.model.discrete import DiscreteNetwork
from tpc.model.sampling import Sampler
from tpc.model.standard import StandardConfig
from tpc.training.encoding import Encoded
from tpc.training.loss import Score, score, with_positions
from tpc.training.recipe import LossAggregation

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
        return score(
            torch.cat(logits, -1), split.tags, aggregation, split.span_tags, split.span_scheme
        )


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
    return score(logits, split.tags, aggregation, split.span_tags, split.span_scheme)
