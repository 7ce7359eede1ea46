"""Several seeds as one batched network: an epoch for all of them in one loop.

Every seed has its own weights, order of rows and noise, and ends where it would end alone, up to
the rounding of products that are computed together. The loop is the processor's, or a GPU's, which
scores them on the validation rows as well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from tpc.diagnostics import TpcError
from tpc.model.architecture import forward_pass
from tpc.model.config import ModelConfig
from tpc.model.sampling import ArgmaxSampler, Sampler
from tpc.training.device_steps import VECTORS, Steps
from tpc.training.encoding import Encoded
from tpc.training.loop import DivergedError, advance, clipped, diverged, finish_epoch, record_epoch
from tpc.training.loss import Score, losses_and_gradients, scores, sequence_losses, with_positions
from tpc.training.state import (
    ADAM_BETAS,
    EpochMetrics,
    Training,
    TrainingState,
    adam_update,
    derived_seed,
)

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
                found.append(scores(torch.cat(logits, -1), self._val, recipe.loss_agg))
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
        weights = self._train.class_weights
        return sequence_losses(logits, tags, self._plan.recipe.loss_agg, weights).mean(-1)

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
    weights = split.class_weights
    return replace(
        split,
        ids=split.ids.to(device),
        tags=split.tags.to(device),
        class_weights=None if weights is None else weights.to(device),
    )


def shares_batches(training: Training) -> bool:
    """Whether the batches of different seeds have one shape, and so the noise in them.

    Batches of text are as long as their longest row, and draw noise for the words that they have.
    """
    model = training.plan.model
    return isinstance(model, ModelConfig) and model.one_hot_embed and not training.train.trims


def advance_together(
    trainings: Sequence[Training],
    states: Sequence[TrainingState],
    on_device: DeviceEpochs | None = None,
) -> list[EpochMetrics | DivergedError]:
    """One epoch or one round of search for each seed, all of which are at the same epoch.

    Args:
        trainings: Of each seed; only their seeds differ.
        states: Of each seed, changed in place.
        on_device: Computes epochs, if another device than the processor is to; searches are the
            processor's.

    Returns:
        What `advance` returns, or raises, for each.

    Raises:
        TpcError: The device has too little memory.
    """
    first, epoch = trainings[0], states[0].epoch
    recipe = first.plan.recipe
    searches = epoch >= recipe.n_epochs
    if on_device is not None and not searches:
        found = on_device.run(trainings, states)
        for state, metrics in zip(states, found, strict=True):
            if isinstance(metrics, EpochMetrics):
                record_epoch(state, metrics)
        return found
    if searches or len(states) == 1 or not shares_batches(first):
        return [*map(_advanced, trainings, states)]
    losses, errors = _train_together(first, states)
    found = []
    for index, (training, state) in enumerate(zip(trainings, states, strict=True)):
        if index in errors:
            found.append(errors[index])
            continue
        state.epoch += 1
        n_steps = math.ceil(len(first.train) / recipe.batch_size)
        tau = recipe.temperatures(epoch, n_steps)[-1]
        found.append(finish_epoch(training, state, tau, losses[index]))
    return found


def _advanced(training: Training, state: TrainingState) -> EpochMetrics | DivergedError:
    try:
        return advance(training, state)
    except DivergedError as error:
        return error


def _train_together(
    training: Training, states: Sequence[TrainingState]
) -> tuple[list[float], dict[int, DivergedError]]:
    """Mean losses of an epoch, and the seeds that diverged; the states are changed in place."""
    recipe, train, n_seeds = training.plan.recipe, training.train, len(states)
    hard_reads = recipe.reads_hard(states[0].epoch)
    noise = [state.noise for state in states]
    sampler = Sampler(recipe.sample_fn, noise, recipe.dropout, hard_reads)
    orders = torch.stack([torch.randperm(len(train), generator=state.order) for state in states])
    vectors = [torch.stack([getattr(state, name) for state in states]) for name in VECTORS]
    batches = torch.split(orders, recipe.batch_size, dim=1)
    total = torch.zeros(n_seeds)
    errors: dict[int, DivergedError] = {}
    temperatures = recipe.temperatures(states[0].epoch, len(batches))
    scales = recipe.step_scales(states[0].epoch, len(batches))
    for step, (rows, tau) in enumerate(zip(batches, temperatures, strict=True)):
        sampler.tau = tau
        taken = [train.take(of_seed) for of_seed in rows]
        ids, tags = (
            torch.stack([getattr(batch, name) for batch in taken]) for name in ("ids", "tags")
        )
        losses, gradients = losses_and_gradients(
            _losses_of(training, ids, tags, sampler), vectors[0], recipe.gumbel_samples
        )
        finite = losses.isfinite() & gradients.isfinite().all(1)
        if not bool(finite.all()):
            for index in (~finite).nonzero().squeeze(1).tolist():
                where = (states[index].epoch + 1, step + 1, float(losses[index]))
                errors.setdefault(index, diverged(training.space, *where, gradients[index]))
            # What diverged goes on as nothing, beside the others.
            gradients = gradients.where(finite.unsqueeze(1), 0)
        if recipe.max_grad_norm is not None:
            norm = recipe.max_grad_norm
            gradients = torch.stack([clipped(gradient, norm) for gradient in gradients])
        for state in states:
            state.steps += 1
        parameters, first, second = vectors
        adam_update(parameters, first, second, gradients, states[0].steps, recipe.lr * scales[step])
        total += losses * rows.shape[1]
    for name, stacked in zip(VECTORS, vectors, strict=True):
        for state, vector in zip(states, stacked.unbind(), strict=True):
            setattr(state, name, vector.clone())
    return (total / len(train)).tolist(), errors


def _losses_of(
    training: Training, ids: Tensor, tags: Tensor, sampler: Sampler
) -> Callable[[Tensor], Tensor]:
    """From parameters `[seed, parameter]` to losses on these rows, `[seed]`."""
    forward, aggregation = forward_pass(training.plan.model, ids), training.plan.recipe.loss_agg
    class_weights = training.train.class_weights

    def losses(parameters: Tensor) -> Tensor:
        logits = forward(training.space.unpack(parameters), sampler)
        return sequence_losses(logits, tags, aggregation, class_weights).mean(-1)

    return losses
