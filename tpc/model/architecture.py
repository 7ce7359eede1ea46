"""What training needs of an architecture, whether it is a Transformer Program or ordinary."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor

from tpc.model import initial, layout, standard
from tpc.model.config import ModelConfig
from tpc.model.relaxed import Batch, Weights, relaxed_logits
from tpc.model.sampling import Sampler
from tpc.model.standard import StandardConfig

Architecture: TypeAlias = ModelConfig | StandardConfig
Forward: TypeAlias = Callable[[Weights, Sampler], Tensor]
"""From weights to logits `[..., position, class, example]`, `[..., class, example]` if pooled."""


def weight_shapes(config: Architecture) -> dict[str, tuple[int, ...]]:
    """Names and shapes of every tensor."""
    if isinstance(config, StandardConfig):
        return standard.weight_shapes(config)
    return layout.weight_shapes(config)


def initial_weights(config: Architecture, generator: torch.Generator) -> dict[str, Tensor]:
    """Random weights by name."""
    if isinstance(config, StandardConfig):
        return standard.initial_weights(config, generator)
    return initial.initial_weights(config, generator)


def is_trained(config: Architecture, name: str) -> bool:
    """Whether training changes this tensor."""
    return isinstance(config, StandardConfig) or initial.is_trained(config, name)


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
