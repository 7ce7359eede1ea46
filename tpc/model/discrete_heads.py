"""Discretised attention heads: each reads one query, one key and one value variable."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model import selection
from tpc.model.config import ModelConfig


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
        ranks: Each query value's ranking of the key values, `[d_var, d_var]`, from 0.
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


def position_ranks(config: ModelConfig, bias: Tensor | None) -> Tensor:
    """How a predicate head ranks its matches, by query and key position.

    Args:
        config: The architecture.
        bias: The head's bias `[2 * n_ctx]`, where the run has one: learned if `rel_pos_bias` is
            `clipped`, else as upstream saved it.
    """
    if bias is not None:
        clipped = config.rel_pos_bias == "clipped"
        return selection.clipped_ranks(bias) if clipped else selection.bias_ranks(bias)
    if config.rel_pos_bias == "fixed":
        return selection.closest_ranks(config.n_ctx)
    return selection.first_ranks(config.n_ctx)


def discretise_heads(
    config: ModelConfig,
    weights: dict[str, Tensor],
    prefix: str,
    keys: tuple[str, ...],
    values: tuple[str, ...],
) -> list[Head]:
    """The heads of `prefix`, categorical (`values == keys`) or numerical.

    Args:
        config: The architecture.
        weights: Tensors by upstream's names.
        prefix: `blocks.{l}.cat_attn` or `blocks.{l}.num_attn`.
        keys: Categorical variables, which queries and keys are read from.
        values: Variables that the value is read from.
    """
    heads: list[Head] = []
    predicates = weights[f"{prefix}.W_pred.W"]
    biases = weights.get(f"{prefix}.rel_pos_bias.bias")
    queries, keys_read, values_read = (
        weights[f"{prefix}.{read}.W"].argmax(-1).tolist() for read in ("W_Q", "W_K", "W_V")
    )
    for head, predicate in enumerate(predicates):
        reads = (keys[queries[head]], keys[keys_read[head]], values[values_read[head]])
        if prefix.endswith("num_attn"):
            heads.append(SumHead(*reads, predicate=predicate.argmax(-1)))
        elif config.attention_type == "score":
            heads.append(ScoreHead(*reads, ranks=selection.score_ranks(predicate)))
        else:
            bias = None if biases is None else biases[head]
            ranks = position_ranks(config, bias)
            heads.append(SelectHead(*reads, predicate=predicate.argmax(-1), ranks=ranks))
    return heads


def visible_keys(config: ModelConfig, mask: Tensor) -> Tensor:
    """Whether query `i` may see key `j`, `[batch, i, j]`, given where there are tokens."""
    visible = mask.unsqueeze(1).expand(-1, mask.shape[1], -1)
    return visible.tril() if config.autoregressive else torch.as_tensor(visible)
