"""Several seeds as one batched network: an epoch for all of them in one loop.

Every seed has its own weights, order of rows and noise, and ends where it would end alone, up to
the rounding of products that are computed together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from tpc.model.architecture import forward_pass
from tpc.model.config import ModelConfig
from tpc.model.sampling import Sampler
from tpc.training.device_epochs import DeviceEpochs
from tpc.training.device_steps import VECTORS
from tpc.training.loop import DivergedError, advance, clipped, diverged, finish_epoch, record_epoch
from tpc.training.loss import losses_and_gradients, sequence_losses
from tpc.training.state import EpochMetrics, Training, TrainingState, adam_update


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

    def losses(parameters: Tensor) -> Tensor:
        logits = forward(training.space.unpack(parameters), sampler)
        return sequence_losses(logits, tags, aggregation).mean(-1)

    return losses
