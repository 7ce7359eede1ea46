"""Relaxed choices: how a row of logits becomes a distribution that training can follow.

Section 3 of the paper: every discrete choice is a categorical distribution, relaxed with the
Gumbel-softmax trick. All randomness comes from one explicit generator.
"""

from __future__ import annotations

import torch
from torch import Tensor

from tpc.model.config import SampleFunction

# Uniform draws can be 0, whose Gumbel value would be minus infinity.
_SMALLEST_UNIFORM = 1e-30


class Sampler:
    """Draws relaxed one-hot choices at the current temperature.

    Args:
        function: Gumbel noise with soft samples, with hard straight-through ones, or no noise.
        generator: Source of the noise.

    Attributes:
        tau: The temperature, which training lowers as it goes.
    """

    def __init__(self, function: SampleFunction, generator: torch.Generator) -> None:
        self.function = function
        self.generator = generator
        self.tau = 1.0

    def __call__(
        self, logits: Tensor, dim: int = -1, scale: float = 1.0, offset: Tensor | None = None
    ) -> Tensor:
        """A relaxed choice along one axis of `scale * logits + offset`.

        Args:
            logits: Any shape.
            dim: The axis of the choices.
            scale: Multiplies the logits.
            offset: Constant logits to add, broadcast to the shape of `logits`.
        """
        constant = torch.zeros_like(logits) if self.function == "softmax" else self._noise(logits)
        if offset is not None:
            constant.add_(offset)
        # The constants are scaled apart, so that only one operation is recorded for the gradient.
        constant.mul_(1 / self.tau)
        soft = torch.add(constant, logits, alpha=scale / self.tau).softmax(dim)
        if self.function != "gumbel_hard":
            return soft
        hard = torch.zeros_like(soft).scatter_(dim, soft.argmax(dim, keepdim=True), 1.0)
        return hard - soft.detach() + soft

    def _noise(self, logits: Tensor) -> Tensor:
        """Gumbel noise of the shape of the logits."""
        noise = torch.empty_like(logits, requires_grad=False).uniform_(generator=self.generator)
        return noise.clamp_min_(_SMALLEST_UNIFORM).log_().neg_().log_().neg_()
