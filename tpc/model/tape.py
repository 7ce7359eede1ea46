"""Noise that is drawn before a step, so that the step itself is arithmetic alone.

A CUDA graph replays kernels, not calls: generators of many networks would have to be registered
with it, and asked one by one for every tensor. A tape takes one draw a network for a whole step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from tpc.model.config import SampleFunction
from tpc.model.sampling import SMALLEST_UNIFORM, Sampler


class Tape:
    """Uniform numbers of several networks, which a step takes in order.

    Args:
        n_networks: How many there are.
        size: Numbers that each of them needs for a step.
        device: Where they are.
    """

    def __init__(self, n_networks: int, size: int, device: torch.device) -> None:
        self._uniform = torch.zeros(n_networks, size, device=device)
        self._taken = 0

    def draw(self, generators: Sequence[torch.Generator]) -> None:
        """Fill the tape, each network's part from its own source."""
        for part, generator in zip(self._uniform, generators, strict=True):
            part.uniform_(SMALLEST_UNIFORM, 1.0, generator=generator)

    def rewind(self) -> None:
        """Begin a step."""
        self._taken = 0

    def take(self, like: Tensor) -> Tensor:
        """The next numbers, as many as `[network, ...]` has, in its shape."""
        start, self._taken = self._taken, self._taken + like[0].numel()
        return self._uniform[:, start : self._taken].view(like.shape)


class TapeSampler(Sampler):
    """A sampler whose noise is on a tape and whose temperature is a tensor.

    Args:
        function: As of any sampler.
        tape: Rewound before every step.
        inverse_tau: One over the temperature, a tensor without axes.
        dropout: As of any sampler.
        hard_reads: As of any sampler.
    """

    def __init__(
        self,
        function: SampleFunction,
        tape: Tape,
        inverse_tau: Tensor,
        dropout: float = 0.0,
        hard_reads: bool = False,
    ) -> None:
        super().__init__(function, (), dropout, hard_reads)
        self.tape, self.inverse_tau = tape, inverse_tau

    def dropped(self, values: Tensor) -> Tensor:
        """The values with some of them zero and the others larger, so that their mean stays."""
        if self.dropout == 0:
            return values
        return values * (self.tape.take(values) >= self.dropout) / (1 - self.dropout)

    def _soft(
        self, logits: Tensor, dim: int, scale: float = 1.0, offset: Tensor | None = None
    ) -> Tensor:
        factor = self.inverse_tau * scale
        constant = None
        if self.function != "softmax":
            constant = self.tape.take(logits).log().neg_().log_().neg_()
        if offset is not None:
            constant = offset if constant is None else constant.add_(offset)
        if constant is None:
            return (logits * factor).softmax(dim)
        return torch.addcmul(constant * self.inverse_tau, logits, factor).softmax(dim)


class Measure(Sampler):
    """Counts the numbers that a sampler would draw for each network; its choices mean nothing."""

    def __init__(self, function: SampleFunction, dropout: float, hard_reads: bool) -> None:
        super().__init__(function, (), dropout, hard_reads)
        self.size = 0

    def _parts(self, values: Tensor) -> Iterator[tuple[Tensor, torch.Generator]]:
        self.size += values[0].numel()
        return iter(())
