"""The network as a module: upstream's state-dict names, so that one class loads every run."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork, Trace
from tpc.model.initial import initial_weights, is_trained


class TransformerProgramNetwork(nn.Module):
    """The weights of one Transformer Program network and its two ways of running.

    Args:
        config: The architecture.
        weights: Tensors by upstream's names, as `checked_weights` returns them; random ones, drawn
            from `generator`, if not given.
        generator: Source of the initial weights.
    """

    def __init__(
        self,
        config: ModelConfig,
        weights: Mapping[str, Tensor] | None = None,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        if weights is None:
            weights = initial_weights(config, generator or torch.Generator().manual_seed(0))
        for name, tensor in weights.items():
            trained = is_trained(config, name)
            _place(self, name.split("."), nn.Parameter(tensor.clone(), requires_grad=trained))

    def weights(self) -> dict[str, Tensor]:
        """The tensors by upstream's names, sharing their memory with the module's."""
        return dict(self.named_parameters())

    def discretise(self, dtype: torch.dtype = torch.float64) -> DiscreteNetwork:
        """The discretised network of the weights as they are now."""
        return DiscreteNetwork(self.config, self.weights(), dtype)

    def trace(self, ids: Tensor, mask: Tensor, dtype: torch.dtype = torch.float64) -> Trace:
        """Every variable of the discretised network on a batch; see `DiscreteNetwork.trace`."""
        return self.discretise(dtype).trace(ids, mask)


def _place(module: nn.Module, path: list[str], parameter: nn.Parameter) -> None:
    """Register a parameter under a dotted name, with plain modules for the parts of its path."""
    *parents, name = path
    for part in parents:
        if part not in dict(module.named_children()):
            module.add_module(part, nn.Module())
        module = module.get_submodule(part)
    module.register_parameter(name, parameter)
