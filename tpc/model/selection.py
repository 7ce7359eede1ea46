"""Which of its matches a categorical head selects, as integer preferences.

The relaxed network adds a bias to the logarithm of each match probability. Once everything is
discrete only the order of the biases counts, so each query position has a ranking of the key
positions: the selected key is the match of the highest rank. Ranks are at least 1; 0 is no match.
"""

from __future__ import annotations

import torch
from torch import Tensor

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


def first_ranks(n_ctx: int) -> Tensor:
    """`rel_pos_bias: none`: the leftmost first; the same for every query position."""
    return torch.arange(n_ctx, 0, -1, dtype=torch.int32).expand(n_ctx, n_ctx)


def clipped_ranks(bias: Tensor) -> Tensor:
    """`rel_pos_bias: clipped`: highest learned bias first, the leftmost on ties.

    Args:
        bias: One head's bias `[2 * n_ctx]`, indexed by `(key - query) mod 2n`.
    """
    return bias_ranks(bias.clamp(-CLIP, CLIP))


def bias_ranks(bias: Tensor) -> Tensor:
    """Highest bias first, the leftmost on ties.

    Args:
        bias: One head's bias `[2 * n_ctx]`, indexed by `(key - query) mod 2n`.
    """
    n_ctx = bias.shape[-1] // 2
    by_offset = dense_ranks(bias)
    ranks = by_offset[_offsets(n_ctx) % (2 * n_ctx)]
    return ranks * n_ctx + torch.arange(n_ctx, 0, -1, dtype=torch.int32)


def score_ranks(scores: Tensor) -> Tensor:
    """`attention_type: score`: each query value's ranking of the key values, equals ranked equal.

    Args:
        scores: One head's scores `[d_var, d_var]` by query and key value.
    """
    return torch.stack([dense_ranks(row) for row in scores])


def dense_ranks(values: Tensor) -> Tensor:
    """The rank of each value among the distinct ones, from 0 for the lowest."""
    _, rank = torch.unique(values, sorted=True, return_inverse=True)
    return torch.as_tensor(rank, dtype=torch.int32)


def _offsets(n_ctx: int, device: torch.device | None = None) -> Tensor:
    """Key position minus query position, `[query, key]`."""
    positions = torch.arange(n_ctx, dtype=torch.int32, device=device)
    return positions.unsqueeze(0) - positions.unsqueeze(1)
