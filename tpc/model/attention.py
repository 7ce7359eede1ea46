"""Attention heads once discretised, and which of its matches a categorical head selects.

The relaxed network adds a bias to the logarithm of each match probability. Once everything is
discrete only the order of the biases counts, so each query position has a ranking of the key
positions: the selected key is the match of the highest rank. Ranks are at least 1; 0 is no match.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model.config import ModelConfig
from tpc.model.layout import Component, head_values, readable

CLIP = 10.0


@dataclass(frozen=True)
class Head:
    """The variables a head reads, by name. Subclasses say what it does with them."""

    query: str
    key: str
    value: str

    def run(self, query: Tensor, key: Tensor, value: Tensor, visible: Tensor) -> Tensor:
        """The head's output `[batch, length]`.

        Args:
            query: Values of the query variable, `[batch, length]`.
            key: Values of the key variable.
            value: Values of the value variable.
            visible: Whether query `i` may see key `j`, `[batch, i, j]`.
        """
        raise NotImplementedError

    def attends(self, query: Tensor, key: Tensor, visible: Tensor) -> Tensor:
        """Whether position `i` reads position `j`, `[batch, i, j]`; arguments as for `run`."""
        raise NotImplementedError


@dataclass(frozen=True)
class ChoosingHead(Head):
    """A head that reads one position; subclasses say which."""

    def chosen(self, query: Tensor, key: Tensor, visible: Tensor) -> Tensor:
        """The position that each position reads, `[batch, length]`."""
        raise NotImplementedError

    def run(self, query: Tensor, key: Tensor, value: Tensor, visible: Tensor) -> Tensor:
        """The value at the chosen position."""
        return value.gather(1, self.chosen(query, key, visible))

    def attends(self, query: Tensor, key: Tensor, visible: Tensor) -> Tensor:
        """One position of each row."""
        positions = torch.arange(query.shape[1])
        return self.chosen(query, key, visible).unsqueeze(-1) == positions


@dataclass(frozen=True)
class SelectHead(ChoosingHead):
    """Select one matching position by its rank, or position 0, and aggregate its value.

    Attributes:
        predicate: The key value that each query value matches, `[d_var]`.
        ranks: Positive preferences `[n_ctx, n_ctx]` by query and key position.
    """

    predicate: Tensor
    ranks: Tensor

    def chosen(self, query: Tensor, key: Tensor, visible: Tensor) -> Tensor:
        """The visible match of the highest rank."""
        matches = _matches(self.predicate, query, key) & visible
        length = query.shape[1]
        # Where nothing matches all ranks are 0, and the first maximum is position 0.
        return (matches * self.ranks[:length, :length]).argmax(-1)


@dataclass(frozen=True)
class ScoreHead(ChoosingHead):
    """Select the visible position of the highest score, the leftmost on ties.

    Attributes:
        ranks: Each query value's ranking of the key values, `[d_var, d_var]`, from 0; those of
            equal scores are equal.
    """

    ranks: Tensor

    def chosen(self, query: Tensor, key: Tensor, visible: Tensor) -> Tensor:
        """The visible position of the highest score."""
        ranks = self.ranks[query.unsqueeze(2), key.unsqueeze(1)] + 1
        return (visible * ranks).argmax(-1)


@dataclass(frozen=True)
class SumHead(Head):
    """Sum a numerical variable over all matching positions.

    Attributes:
        predicate: The key value that each query value matches, `[d_var]`.
    """

    predicate: Tensor

    def run(self, query: Tensor, key: Tensor, value: Tensor, visible: Tensor) -> Tensor:
        """The sum of the values at the visible matches."""
        matches = self.attends(query, key, visible)
        return (matches.to(value.dtype) @ value.unsqueeze(-1)).squeeze(-1)

    def attends(self, query: Tensor, key: Tensor, visible: Tensor) -> Tensor:
        """All visible matches."""
        return _matches(self.predicate, query, key) & visible


def _matches(predicate: Tensor, query: Tensor, key: Tensor) -> Tensor:
    return predicate[query].unsqueeze(2) == key.unsqueeze(1)


def discretise_head(
    config: ModelConfig, weights: Mapping[str, Tensor], component: Component
) -> Head:
    """The head that these weights, by upstream's names, make once discretised."""
    prefix, index = component.prefix, component.index
    variables = readable(config, component)
    query, key, value = (
        int(weights[f"{prefix}.{read}.W"][index].argmax()) for read in ("W_Q", "W_K", "W_V")
    )
    reads = variables[query], variables[key], head_values(config, component)[value]
    predicate = weights[f"{prefix}.W_pred.W"][index]
    if component.kind.is_numerical:
        return SumHead(*reads, predicate=predicate.argmax(-1))
    if config.attention_type == "score":
        return ScoreHead(*reads, ranks=torch.stack([_dense_ranks(row) for row in predicate]))
    biases = weights.get(f"{prefix}.rel_pos_bias.bias")
    ranks = position_ranks(config, None if biases is None else biases[index])
    return SelectHead(*reads, predicate=predicate.argmax(-1), ranks=ranks)


def visible_keys(config: ModelConfig, mask: Tensor) -> Tensor:
    """Whether query `i` may see key `j`, `[batch, i, j]`, given where there are tokens."""
    visible = mask.unsqueeze(1).expand(-1, mask.shape[1], -1)
    return visible.tril() if config.autoregressive else torch.as_tensor(visible)


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
        return _dense_ranks(clipped)[_offsets(n_ctx) % (2 * n_ctx)] * n_ctx + leftmost_first
    if config.rel_pos_bias == "fixed":
        return closest_ranks(n_ctx)
    return leftmost_first.expand(n_ctx, n_ctx)


def _dense_ranks(values: Tensor) -> Tensor:
    """The rank of each value among the distinct ones, from 0 for the lowest."""
    return torch.as_tensor(torch.unique(values, return_inverse=True)[1], dtype=torch.int32)


def _offsets(n_ctx: int, device: torch.device | None = None) -> Tensor:
    """Key position minus query position, `[query, key]`."""
    positions = torch.arange(n_ctx, dtype=torch.int32, device=device)
    return positions.unsqueeze(0) - positions.unsqueeze(1)
