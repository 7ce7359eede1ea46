"""Discretised attention heads: each reads one query, one key and one value variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model.config import ModelConfig
from tpc.model.layout import Component, head_values, readable
from tpc.model.selection import dense_ranks, position_ranks


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


@dataclass(frozen=True)
class SelectHead(Head):
    """Select one matching position by its rank, or position 0, and aggregate its value.

    Attributes:
        predicate: The key value that each query value matches, `[d_var]`.
        ranks: Positive preferences `[n_ctx, n_ctx]` by query and key position.
    """

    predicate: Tensor
    ranks: Tensor

    def run(self, query: Tensor, key: Tensor, value: Tensor, visible: Tensor) -> Tensor:
        """The value at the visible match of the highest rank."""
        matches = _matches(self.predicate, query, key) & visible
        length = query.shape[1]
        # Where nothing matches all ranks are 0, and the first maximum is position 0.
        chosen = (matches * self.ranks[:length, :length]).argmax(-1)
        return value.gather(1, chosen)


@dataclass(frozen=True)
class ScoreHead(Head):
    """Select the visible position of the highest score, the leftmost on ties.

    Attributes:
        ranks: Each query value's ranking of the key values, `[d_var, d_var]`, from 0; those of
            equal scores are equal.
    """

    ranks: Tensor

    def run(self, query: Tensor, key: Tensor, value: Tensor, visible: Tensor) -> Tensor:
        """The value at the visible position of the highest score."""
        ranks = self.ranks[query.unsqueeze(2), key.unsqueeze(1)] + 1
        return value.gather(1, (visible * ranks).argmax(-1))


@dataclass(frozen=True)
class SumHead(Head):
    """Sum a numerical variable over all matching positions.

    Attributes:
        predicate: The key value that each query value matches, `[d_var]`.
    """

    predicate: Tensor

    def run(self, query: Tensor, key: Tensor, value: Tensor, visible: Tensor) -> Tensor:
        """The sum of the values at the visible matches."""
        matches = _matches(self.predicate, query, key) & visible
        return (matches.to(value.dtype) @ value.unsqueeze(-1)).squeeze(-1)


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
        return ScoreHead(*reads, ranks=torch.stack([dense_ranks(row) for row in predicate]))
    biases = weights.get(f"{prefix}.rel_pos_bias.bias")
    ranks = position_ranks(config, None if biases is None else biases[index])
    return SelectHead(*reads, predicate=predicate.argmax(-1), ranks=ranks)


def visible_keys(config: ModelConfig, mask: Tensor) -> Tensor:
    """Whether query `i` may see key `j`, `[batch, i, j]`, given where there are tokens."""
    visible = mask.unsqueeze(1).expand(-1, mask.shape[1], -1)
    return visible.tril() if config.autoregressive else torch.as_tensor(visible)
