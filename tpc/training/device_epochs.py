"""Epochs of several seeds on a GPU: their steps, and their scores on the validation rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from tpc.diagnostics import TpcError
from tpc.model.architecture import forward_pass
from tpc.model.sampling import ArgmaxSampler, Sampler
from tpc.training.device_steps import Steps
from tpc.training.encoding import Encoded
from tpc.training.loop import DivergedError, diverged
from tpc.training.loss import Score, scores, sequence_losses, with_positions
from tpc.training.state import ADAM_BETAS, EpochMetrics, Training, TrainingState, derived_seed

SCORED_ROWS = 32_768
"""Rows that are scored at once, those of all seeds together."""


class DeviceEpochs:
    """Trains and scores seeds of one plan on a device.

    Args:
        training: Of all seeds, whatever its own.
        device: Where to compute.
        captured: Whether steps are captured as a CUDA graph; else each call is made anew.
    """

    def __init__(self, training: Training, device: torch.device, captured: bool = True) -> None:
        space = training.space
        fixed = {name: tensor.to(device) for name, tensor in space.fixed.items()}
        self._plan, self._host_space = training.plan, space
        self._space = replace(space, fixed=fixed)
        self._train, self._val = _moved(training.train, device), _moved(training.val, device)
        self._device = device
        self._captured = captured and device.type == "cuda"
        self._steps: Steps | None = None

    def run(
        self, trainings: Sequence[Training], states: Sequence[TrainingState]
    ) -> list[EpochMetrics | DivergedError]:
        """An epoch for every state, all at the same one; they are changed in place.

        Raises:
            TpcError: The device has too little memory.
        """
        try:
            return self._run(trainings, states)
        except torch.cuda.OutOfMemoryError as error:
            raise TpcError(
                f"{len(states)} seeds at once do not fit in the GPU's memory",
                hint="fewer --seeds, a smaller --batch-size, or --device cpu",
            ) from error

    def scores(
        self, trainings: Sequence[Training], states: Sequence[TrainingState], tau: float
    ) -> list[tuple[Score, Score]]:
        """Each seed's score on the validation rows, relaxed and discretised."""
        recipe, n_seeds = self._plan.recipe, len(states)
        parameters = torch.stack([state.parameters for state in states]).to(self._device)
        weights = self._space.unpack(parameters)
        noise = self._generators(trainings, states, "evaluation")
        epoch = max(state.epoch for state in states)
        hard_reads = recipe.reads_hard(max(0, epoch - 1))
        relaxed = Sampler(recipe.sample_fn, noise, hard_reads=hard_reads)
        relaxed.tau = tau
        found = []
        for sampler in (relaxed, ArgmaxSampler()):
            logits = []
            with torch.no_grad():
                for batch in self._val.batches(max(1, SCORED_ROWS // n_seeds)):
                    ids = batch.ids.expand(n_seeds, *batch.ids.shape)
                    logits.append(self._logits(ids, weights, sampler))
                found.append(scores(torch.cat(logits, -1), self._val.tags, recipe.loss_agg))
        return list(zip(*found, strict=True))

    def _run(
        self, trainings: Sequence[Training], states: Sequence[TrainingState]
    ) -> list[EpochMetrics | DivergedError]:
        recipe, epoch, n_rows = self._plan.recipe, states[0].epoch, len(self._train)
        steps = self._prepared(len(states), recipe.reads_hard(epoch))
        steps.load(states)
        noise = self._generators(trainings, states, "noise of epoch")
        orders = torch.stack([torch.randperm(n_rows, generator=state.order) for state in states])
        batches = torch.split(orders.to(self._device), recipe.batch_size, dim=1)
        temperatures = recipe.temperatures(epoch, len(batches))
        rates = [recipe.lr * scale for scale in recipe.step_scales(epoch, len(batches))]
        schedule = _schedule(temperatures, rates, states[0].steps).to(self._device)
        for rows, now in zip(batches, schedule, strict=True):
            steps.take(rows, now, noise)
        losses, broken = steps.store(states, len(batches))
        found: list[EpochMetrics | DivergedError] = []
        for index, state in enumerate(states):
            # It counts as an epoch only if it could be finished.
            state.epoch += index not in broken
        scored = self.scores(trainings, states, temperatures[-1])
        for index, state in enumerate(states):
            if index in broken:
                step, loss, gradient = broken[index]
                found.append(diverged(self._host_space, epoch + 1, step, loss, gradient))
                continue
            soft, discrete = scored[index]
            loss = losses[index] / n_rows
            found.append(EpochMetrics(state.epoch, temperatures[-1], loss, soft, discrete))
        return found

    def _prepared(self, n_seeds: int, hard_reads: bool) -> Steps:
        """The steps of so many seeds; captured anew when their number changes."""
        steps = self._steps
        if steps is None or (steps.n_seeds, steps.hard_reads) != (n_seeds, hard_reads):
            # The old one's memory is free before the new one asks for its own.
            self._steps = None
            shape, device = (n_seeds, self._space.size), self._device
            recipe, captured = self._plan.recipe, self._captured
            steps = Steps(self._losses, recipe, shape, hard_reads, device, captured)
            self._steps = steps
        return steps

    def _generators(
        self, trainings: Sequence[Training], states: Sequence[TrainingState], purpose: str
    ) -> list[torch.Generator]:
        """Each seed's source of noise: one for every epoch, so that none has to be stored."""
        return [
            torch.Generator(self._device).manual_seed(
                derived_seed(training.plan.recipe.seed, f"{purpose} {state.epoch}")
            )
            for training, state in zip(trainings, states, strict=True)
        ]

    def _losses(self, parameters: Tensor, rows: Tensor, sampler: Sampler) -> Tensor:
        """The loss of each seed on its rows `[seed, row]`."""
        ids, tags = (
            torch.unflatten(of_all.index_select(1, rows.flatten()), 1, rows.shape).movedim(1, 0)
            for of_all in (self._train.ids, self._train.tags)
        )
        logits = self._logits(ids.contiguous(), self._space.unpack(parameters), sampler)
        return sequence_losses(logits, tags, self._plan.recipe.loss_agg).mean(-1)

    def _logits(self, ids: Tensor, weights: dict[str, Tensor], sampler: Sampler) -> Tensor:
        logits = forward_pass(self._plan.model, ids)(weights, sampler)
        return with_positions(logits, pooled=self._plan.model.pool_outputs)


def _schedule(temperatures: Sequence[float], rates: Sequence[float], steps: int) -> Tensor:
    """What `Steps` has in `_now`, `[step, 3]`."""
    beta1, beta2 = ADAM_BETAS
    lines = [
        (1 / tau, rate / (1 - beta1 ** (steps + number)), 1 - beta2 ** (steps + number))
        for number, (tau, rate) in enumerate(zip(temperatures, rates, strict=True), 1)
    ]
    return torch.tensor(lines)


def _moved(split: Encoded, device: torch.device) -> Encoded:
    return replace(split, ids=split.ids.to(device), tags=split.tags.to(device))
