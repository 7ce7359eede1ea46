"""Initial weights, distributed as upstream's, and which of them are learned."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from tpc.model.config import ModelConfig
from tpc.model.layout import weight_shapes

FIXED_LOGIT = 10.0
"""Fixed one-hot choices stand as this logit against its negative, and are sampled like others."""


def initial_weights(config: ModelConfig, generator: torch.Generator) -> dict[str, Tensor]:
    """Random weights by upstream's names, drawn in the order of `weight_shapes`."""
    return {
        name: _initial(config, name, shape, generator)
        for name, shape in weight_shapes(config).items()
    }


def is_trained(config: ModelConfig, name: str) -> bool:
    """Whether training changes this tensor."""
    if name == "embed.W_E":
        return not config.one_hot_embed
    if name == "num_embed.W_E":
        return not config.count_only
    if name.endswith("rel_pos_bias.bias"):
        return config.rel_pos_bias == "clipped"
    return not (config.selector_width and name.endswith("num_attn.W_V.W"))


def _initial(
    config: ModelConfig, name: str, shape: tuple[int, ...], generator: torch.Generator
) -> Tensor:
    if not is_trained(config, name):
        return _fixed(config, name, shape)
    if name.endswith(("b_in", "b_out", "rel_pos_bias.bias")):
        return torch.zeros(shape)
    return torch.randn(shape, generator=generator) / math.sqrt(_fan(name, shape))


def _fan(name: str, shape: tuple[int, ...]) -> int:
    """Upstream divides by the root of a size that is not always the fan-in."""
    if name == "embed.W_E" or name.endswith(("W_in", "W_out")):
        return shape[0]
    return shape[-1]


def _fixed(config: ModelConfig, name: str, shape: tuple[int, ...]) -> Tensor:
    if name == "num_embed.W_E":
        return torch.ones(shape)
    if name == "embed.W_E":
        return (2 * torch.eye(config.d_var)[:, : config.vocabulary_size] - 1) * FIXED_LOGIT
    weights = torch.full(shape, -FIXED_LOGIT)
    weights[:, 0] = FIXED_LOGIT
    return weights
