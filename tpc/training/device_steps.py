"""Steps of several seeds on a GPU, where calls are what takes the time, not what they compute.

A step of all seeds is captured once as a CUDA graph, and then replayed by a single call. What
changes from step to step lies in tensors that the graph reads: rows, noise, temperature, step
size. What comes of it, Adam's moments included, stays on the GPU for an epoch.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.diagnostics import TpcWarning
from tpc.model.sampling import Measure, Sampler, Tape, TapeSampler
from tpc.training.loss import losses_and_gradients
from tpc.training.recipe import Recipe
from tpc.training.state import ADAM_BETAS, ADAM_EPSILON, TrainingState

_WARM_UP = 3
"""Steps outside the graph before it is captured, as libraries set themselves up in the first."""

VECTORS = ("parameters", "first_moment", "second_moment")
"""What an epoch changes of a state."""


@dataclass(frozen=True)
class _Step:
    """A step on batches of one size: where it reads its rows and its noise, and how it is taken."""

    rows: Tensor
    tape: Tape
    take: Callable[[], None]


class Steps:
    """Steps of so many seeds, and the tensors that they change.

    Args:
        losses: From parameters, rows and a sampler to the loss of each seed.
        recipe: Of all seeds.
        shape: How many seeds there are, and parameters of each.
        hard_reads: Whether reads are of one variable.
        device: Where to compute.
        captured: Whether steps become CUDA graphs.
    """

    def __init__(
        self,
        losses: Callable[[Tensor, Tensor, Sampler], Tensor],
        recipe: Recipe,
        shape: tuple[int, int],
        hard_reads: bool,
        device: torch.device,
        captured: bool,
    ) -> None:
        n_seeds = shape[0]
        self.n_seeds, self.hard_reads, self._captured = n_seeds, hard_reads, captured
        self._losses, self._recipe, self._device = losses, recipe, device
        self._by_size: dict[int, _Step] = {}
        vectors = torch.zeros(4, *shape, device=device)
        self._parameters, self._first, self._second, self._broken_gradient = vectors
        self._total, self._broken_loss = torch.zeros(2, n_seeds, device=device)
        # The first step of the epoch that was not finite, counted from 1.
        self._broken_step = torch.zeros(n_seeds, dtype=torch.int64, device=device)
        # One over the temperature; Adam's step size; what its second moment is divided by.
        self._now = torch.ones(3, device=device)
        self._count = torch.zeros((), dtype=torch.int64, device=device)

    def load(self, states: Sequence[TrainingState]) -> None:
        """Begin an epoch with these states."""
        vectors = (self._parameters, self._first, self._second)
        for name, vector in zip(VECTORS, vectors, strict=True):
            vector.copy_(torch.stack([getattr(state, name) for state in states]))
        for number in (self._total, self._broken_step, self._count):
            number.zero_()

    def take(self, rows: Tensor, now: Tensor, noise: Sequence[torch.Generator]) -> None:
        """A step on rows `[seed, row]`."""
        if rows.shape[1] not in self._by_size:
            self._by_size[rows.shape[1]] = self._made(rows)
        step = self._by_size[rows.shape[1]]
        step.rows.copy_(rows)
        self._now.copy_(now)
        step.tape.draw(noise)
        step.take()

    def store(
        self, states: Sequence[TrainingState], n_steps: int
    ) -> tuple[list[float], dict[int, tuple[int, float, Tensor]]]:
        """End an epoch: put what was learned into the states.

        Returns:
            The losses, summed over the rows; and of seeds that diverged the step, the loss and
            the gradient.
        """
        vectors = (self._parameters, self._first, self._second)
        for name, vector in zip(VECTORS, vectors, strict=True):
            for state, of_seed in zip(states, vector.cpu().unbind(), strict=True):
                setattr(state, name, of_seed.clone())
        for state in states:
            state.steps += n_steps
        broken = {
            index: (step, float(self._broken_loss[index]), self._broken_gradient[index].cpu())
            for index, step in enumerate(self._broken_step.tolist())
            if step
        }
        return self._total.tolist(), broken

    def _made(self, rows: Tensor) -> _Step:
        recipe = self._recipe
        own_rows = rows.clone()
        measure = Measure(recipe.sample_fn, (), recipe.dropout, self.hard_reads)
        with torch.no_grad():
            for _ in range(recipe.gumbel_samples):
                self._losses(self._parameters, own_rows, measure)
        tape = Tape(self.n_seeds, measure.size, self._device)
        sampler = TapeSampler(recipe.sample_fn, tape, self._now[0], recipe.dropout, self.hard_reads)

        def plain() -> None:
            tape.rewind()
            self._update(own_rows, sampler)

        return _Step(own_rows, tape, self._replayed(plain) if self._captured else plain)

    def _replayed(self, step: Callable[[], None]) -> Callable[[], None]:
        """The step as a CUDA graph; as it is, if that cannot be."""
        vectors = (self._parameters, self._first, self._second, self._broken_gradient)
        numbers = (self._total, self._broken_loss, self._broken_step, self._count)
        changed = (*vectors, *numbers)
        kept = [tensor.clone() for tensor in changed]
        try:
            graph = _capture(step)
        except torch.cuda.OutOfMemoryError:
            raise
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            text = f"slower, as steps cannot be captured: {reason}"
            warnings.warn(text, TpcWarning, stacklevel=2)
            self._captured = False
            return step
        finally:
            for tensor, value in zip(changed, kept, strict=True):
                tensor.copy_(value)
        return graph.replay

    def _update(self, rows: Tensor, sampler: Sampler) -> None:
        """A step of Adam for every seed, on tensors alone."""
        recipe = self._recipe
        total, gradients = losses_and_gradients(
            lambda parameters: self._losses(parameters, rows, sampler),
            self._parameters,
            recipe.gumbel_samples,
        )
        finite = total.isfinite() & gradients.isfinite().all(1)
        self._note_broken(finite, total, gradients)
        # What diverged goes on as nothing, beside the others.
        gradients = gradients.where(finite.unsqueeze(1), 0)
        if recipe.max_grad_norm is not None:
            norms = torch.linalg.vector_norm(gradients, dim=1, keepdim=True)
            gradients = gradients * (recipe.max_grad_norm / (norms + 1e-6)).clamp(max=1)
        beta1, beta2 = ADAM_BETAS
        self._first.lerp_(gradients, 1 - beta1)
        self._second.mul_(beta2).addcmul_(gradients, gradients, value=1 - beta2)
        scale = (self._second / self._now[2]).sqrt_().add_(ADAM_EPSILON)
        self._parameters.sub_(self._first / scale * self._now[1])
        self._total += total * rows.shape[1]

    def _note_broken(self, finite: Tensor, losses: Tensor, gradients: Tensor) -> None:
        self._count += 1
        first = ~finite & (self._broken_step == 0)
        for kept, value in (
            (self._broken_step, self._count),
            (self._broken_loss, losses),
            (self._broken_gradient, gradients),
        ):
            where = first.unsqueeze(1) if kept.dim() == 2 else first
            kept.copy_(torch.where(where, value, kept))


def _capture(step: Callable[[], None]) -> torch.cuda.CUDAGraph:
    stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM_UP):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph
