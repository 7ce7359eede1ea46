"""Which of its matches a categorical head selects, as integer preferences.

The relaxed network adds a bias to the logarithm of each match probability. Once everything is
discrete only the order of the biases counts, so each query position has a ranking of the key
positions: the selected key is the match of the highest rank. Ranks are at least 1; 0 is no match.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tpc.model.config import ModelConfig

CLIP = 10.0


def closest_ranks(n_ctx: int) -> Tensor:
    """`rel_pos_bias: fixed`: nearest first, left before right, the query itself last.

    Returns:
        Ranks `[n_ctx, n_ctx]` by query and key position.
    """
    offsets = _offsets(n_ctx)
    distance = offsets.abs()
    ranks = 2 * (n_ctx - distance) + (offsets < 0).int()
    return torch.where(distance == 0, torch.ones_like(ranks), ranks)


def closest_bias(n_ctx: int, device: torch.device | None = None) -> Tensor:
    """The relaxed network's constant bias for `rel_pos_bias: fixed`, in `closest_ranks` order.

    Upstream's numbers: -2 at the query itself, and elsewhere from 0 down to -1, with slightly
    different slopes to the right and to the left.

    Returns:
        Biases `[n_ctx, n_ctx]` by query and key position.
    """
    itself = torch.full((1,), -2.0, device=device)
    right = torch.linspace(0.0, -n_ctx, n_ctx - 1, device=device) / n_ctx
    left = torch.linspace(-n_ctx, 0.0, n_ctx, device=device) / n_ctx
    by_offset = torch.cat([itself, right, left])
    return by_offset[_offsets(n_ctx, device) % (2 * n_ctx)]


def clipped_bias(bias: Tensor, n_ctx: int) -> Tensor:
    """Learned biases `[..., 2 * n_ctx]` by query and key position, `[..., n_ctx, n_ctx]`."""
    return bias.clamp(-CLIP, CLIP)[..., _offsets(n_ctx, bias.device) % (2 * n_ctx)]


def position_ranks(config: ModelConfig, bias: Tensor | None) -> Tensor:
    """How a predicate head ranks its matches, `[n_ctx, n_ctx]` by query and key position.

    Args:
        config: The architecture.
        bias: The head's bias `[2 * n_ctx]`, indexed by `(key - query) mod 2n`, where the run has
            one: learned if `rel_pos_bias` is `clipped`, else as upstream saved it. The highest
            comes first, the leftmost on ties.
    """
    n_ctx = config.n_ctx
    leftmost_first = torch.arange(n_ctx, 0, -1, dtype=torch.int32)
    if bias is not None:
        clipped = bias.clamp(-CLIP, CLIP) if config.rel_pos_bias == "clipped" else bias
        return dense_ranks(clipped)[_offsets(n_ctx) % (2 * n_ctx)] * n_ctx + leftmost_first
    if config.rel_pos_bias == "fixed":
        return closest_ranks(n_ctx)
    return leftmost_first.expand(n_ctx, n_ctx)


def dense_ranks(values: Tensor) -> Tensor:
    """The rank of each value among the distinct ones, from 0 for the lowest."""
    return torch.as_tensor(torch.unique(values, return_inverse=True)[1], dtype=torch.int32)


def _offsets(n_ctx: int, device: torch.device | None = None) -> Tensor:
    """Key position minus query position, `[query, key]`."""
    positions = torch.arange(n_ctx, dtype=torch.int32, device=device)
    return positions.unsqueeze(0) - positions.unsqueeze(1)
