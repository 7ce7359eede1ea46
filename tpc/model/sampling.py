"""Relaxed choices: how a row of logits becomes a distribution that training can follow.

Section 3 of the paper: every discrete choice is a categorical distribution, relaxed with the
Gumbel-softmax trick. All randomness comes from explicit generators.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from tpc.model.config import SampleFunction

SMALLEST_UNIFORM = 1e-30


class Sampler:
    """Draws relaxed one-hot choices at the current temperature.

    Args:
        function: Gumbel noise with soft samples, with hard straight-through ones, or no noise.
        generator: Source of the noise; for several networks at once, along the first axis of
            all that is drawn, as many sources, so that each has the noise that it has alone.
        dropout: Share of the values that `dropped` sets to zero; 0 draws nothing.
        hard_reads: Whether what a head or an MLP reads is one variable, straight-through, and
            never a mixture.

    Attributes:
        tau: The temperature, which training lowers as it goes.
    """

    def __init__(
        self,
        function: SampleFunction,
        generator: torch.Generator | Sequence[torch.Generator],
        dropout: float = 0.0,
        hard_reads: bool = False,
    ) -> None:
        self.function = function
        self.generator = generator
        self.dropout = dropout
        self.hard_reads = hard_reads
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
        soft = self._soft(logits, dim, scale, offset)
        return _straight_through(soft, dim) if self.function == "gumbel_hard" else soft

    def read(self, logits: Tensor) -> Tensor:
        """A choice of variables, along the last axis."""
        if self.hard_reads:
            return _straight_through(self._soft(logits, -1), -1)
        return self(logits)

    def dropped(self, values: Tensor) -> Tensor:
        """The values with some of them zero and the others larger, so that their mean stays."""
        if self.dropout == 0:
            return values
        kept = torch.empty_like(values, requires_grad=False)
        for part, generator in self._parts(kept):
            part.bernoulli_(1 - self.dropout, generator=generator)
        return values * kept.div_(1 - self.dropout)

    def _soft(
        self, logits: Tensor, dim: int, scale: float = 1.0, offset: Tensor | None = None
    ) -> Tensor:
        constant = self._constant(logits, offset)
        return torch.add(constant, logits, alpha=scale / self.tau).softmax(dim)

    def _parts(self, values: Tensor) -> Iterator[tuple[Tensor, torch.Generator]]:
        """What each source fills."""
        if isinstance(self.generator, torch.Generator):
            return iter([(values, self.generator)])
        return zip(values, self.generator, strict=True)

    def _constant(self, logits: Tensor, offset: Tensor | None) -> Tensor:
        """Gumbel noise and offset, divided by the temperature, of the shape of the logits.

        They are scaled apart from the logits, so that the gradient records a single operation.
        """
        constant = torch.zeros_like(logits, requires_grad=False)
        if self.function != "softmax":
            # A uniform draw of 0 would make the noise infinite.
            for part, generator in self._parts(constant):
                part.uniform_(SMALLEST_UNIFORM, 1.0, generator=generator)
            constant.log_().neg_().log_().mul_(-1 / self.tau)
        return constant if offset is None else constant.add_(offset, alpha=1 / self.tau)


class ArgmaxSampler(Sampler):
    """Every choice is its argmax: with it the relaxed network computes what the discretised does.

    That is one computation for several networks at once, up to rounding in the MLPs.
    """

    def __init__(self) -> None:
        super().__init__("softmax", ())

    def _soft(
        self, logits: Tensor, dim: int, scale: float = 1.0, offset: Tensor | None = None
    ) -> Tensor:
        return _one_hot(logits if offset is None else logits * scale + offset, dim)


class Tape:
    """Uniform numbers of several networks, drawn before a step, which takes them in order.

    A CUDA graph replays kernels, not calls: generators of many networks would have to be registered
    with it, and asked one by one for every tensor. A tape takes one draw a network for a whole
    step, which is then arithmetic alone.

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

    size = 0

    def _parts(self, values: Tensor) -> Iterator[tuple[Tensor, torch.Generator]]:
        self.size += values[0].numel()
        return iter(())


def _straight_through(soft: Tensor, dim: int) -> Tensor:
    """The one-hot argmax, whose gradient is that of the relaxed choice."""
    return _one_hot(soft, dim) - soft.detach() + soft


def _one_hot(values: Tensor, dim: int) -> Tensor:
    return torch.zeros_like(values).scatter_(dim, values.argmax(dim, keepdim=True), 1.0)
