"""All trained tensors of a network as one vector, so that the loop's state is in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model.architecture import Architecture, initial_weights, is_trained, weight_shapes


@dataclass(frozen=True)
class ParameterSpace:
    """Where each tensor lies in the vector of all trained ones.

    Attributes:
        shapes: Trained tensors by name, in the order of the vector.
        fixed: The tensors that training leaves alone.
    """

    shapes: dict[str, tuple[int, ...]]
    fixed: dict[str, Tensor]

    @staticmethod
    def of(config: Architecture) -> ParameterSpace:
        """The space of a configuration's networks."""
        shapes = weight_shapes(config)
        initial = initial_weights(config, torch.Generator().manual_seed(0))
        return ParameterSpace(
            {name: shape for name, shape in shapes.items() if is_trained(config, name)},
            {name: tensor for name, tensor in initial.items() if not is_trained(config, name)},
        )

    @property
    def size(self) -> int:
        """Trained numbers."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def pack(self, weights: dict[str, Tensor]) -> Tensor:
        """The vector of these weights."""
        return torch.cat([weights[name].flatten() for name in self.shapes])

    def unpack(self, vector: Tensor) -> dict[str, Tensor]:
        """All weights by name: views of the vector `[..., parameters]`, and the fixed tensors."""
        sizes = [math.prod(shape) for shape in self.shapes.values()]
        parts = torch.split(vector, sizes, -1)
        trained = {
            name: torch.unflatten(part, -1, shape)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }
        fixed = {
            name: tensor.expand(*vector.shape[:-1], *tensor.shape).to(vector.device)
            for name, tensor in self.fixed.items()
        }
        return trained | fixed
