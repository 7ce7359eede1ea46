"""What training needs of an architecture, whether it is a Transformer Program or ordinary."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from tpc.model import layout, standard
from tpc.model.config import ModelConfig
from tpc.model.relaxed import Batch, Weights, relaxed_logits
from tpc.model.sampling import Sampler
from tpc.model.standard import StandardConfig

Architecture: TypeAlias = ModelConfig | StandardConfig
Forward: TypeAlias = Callable[[Weights, Sampler], Tensor]
"""From weights to logits `[..., position, class, example]`, `[..., class, example]` if pooled."""

FIXED_LOGIT = 10.0
"""Fixed one-hot choices stand as this logit against its negative, and are sampled like others."""


def weight_shapes(config: Architecture) -> dict[str, tuple[int, ...]]:
    """Names and shapes of every tensor."""
    if isinstance(config, StandardConfig):
        return standard.weight_shapes(config)
    return layout.weight_shapes(config)


def initial_weights(config: Architecture, generator: torch.Generator) -> dict[str, Tensor]:
    """Random weights by name, distributed as upstream's; drawn in the order of `weight_shapes`."""
    if isinstance(config, StandardConfig):
        return standard.initial_weights(config, generator)
    return {
        name: _initial(config, name, shape, generator)
        for name, shape in layout.weight_shapes(config).items()
    }


def is_trained(config: Architecture, name: str) -> bool:
    """Whether training changes this tensor."""
    if isinstance(config, StandardConfig):
        return True
    if name == "embed.W_E":
        return not config.one_hot_embed
    if name == "num_embed.W_E":
        return not config.count_only
    if name.endswith("rel_pos_bias.bias"):
        return config.rel_pos_bias == "clipped"
    return not (config.selector_width and name.endswith("num_attn.W_V.W"))


def forward_pass(config: Architecture, ids: Tensor) -> Forward:
    """The network that training differentiates, on a batch; what depends on ids alone is shared.

    Args:
        config: The architecture.
        ids: Token ids `[position, example]`, 0 where there is padding.
    """
    if isinstance(config, StandardConfig):
        ordinary = config
        return lambda weights, sampler: standard.standard_logits(ordinary, weights, ids, sampler)
    program, masks = config, Batch.of(config, ids)
    return lambda weights, sampler: relaxed_logits(program, weights, masks, sampler)


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
