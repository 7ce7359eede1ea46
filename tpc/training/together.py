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
from tpc.training.encoding import Encoded
from tpc.training.loop import (
    DivergedError,
    advance,
    clipped,
    diverged,
    evaluate_epoch,
    record_epoch,
)
from tpc.training.loss import losses_and_gradients, sequence_losses
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan
from tpc.training.state import EpochMetrics, TrainingState, adam_update


def shares_batches(plan: Plan, train: Encoded) -> bool:
    """Whether the batches of different seeds have one shape, and so the noise in them.

    Batches of text are as long as their longest row, and draw noise for the words that they have.
    """
    return isinstance(plan.model, ModelConfig) and plan.model.one_hot_embed and not train.trims


def advance_together(
    plans: Sequence[Plan],
    space: ParameterSpace,
    states: Sequence[TrainingState],
    train: Encoded,
    val: Encoded,
    on_device: DeviceEpochs | None = None,
) -> list[EpochMetrics | DivergedError]:
    """One epoch or one round of search for each seed, all of which are at the same epoch.

    Args:
        plans: The plan of each seed; only their seeds differ.
        space: Of their networks.
        states: Of each seed, changed in place.
        train: The training rows.
        val: The validation rows.
        on_device: Computes epochs, if another device than the processor is to; searches are the
            processor's.

    Returns:
        What `advance` returns, or raises, for each.

    Raises:
        TpcError: The device has too little memory.
    """
    searches = states[0].epoch >= plans[0].recipe.n_epochs
    if on_device is not None and not searches:
        found = on_device.run(plans, states)
        for state, metrics in zip(states, found, strict=True):
            if isinstance(metrics, EpochMetrics):
                record_epoch(state, metrics)
        return found
    if searches or len(plans) == 1 or not shares_batches(plans[0], train):
        return [
            _advanced(plan, space, state, train, val)
            for plan, state in zip(plans, states, strict=True)
        ]
    losses, errors = _train_together(plans, space, states, train)
    found = []
    for index, (plan, state) in enumerate(zip(plans, states, strict=True)):
        if index in errors:
            found.append(errors[index])
            continue
        state.epoch += 1
        n_steps = math.ceil(len(train) / plan.recipe.batch_size)
        tau = plan.recipe.temperatures(state.epoch - 1, n_steps)[-1]
        metrics = evaluate_epoch(plan, space, state, val, tau, losses[index])
        record_epoch(state, metrics)
        found.append(metrics)
    return found


def _advanced(
    plan: Plan, space: ParameterSpace, state: TrainingState, train: Encoded, val: Encoded
) -> EpochMetrics | DivergedError:
    try:
        return advance(plan, space, state, train, val)
    except DivergedError as error:
        return error


def _train_together(
    plans: Sequence[Plan],
    space: ParameterSpace,
    states: Sequence[TrainingState],
    train: Encoded,
) -> tuple[list[float], dict[int, DivergedError]]:
    """Mean losses of an epoch, and the seeds that diverged; the states are changed in place."""
    recipe, n_seeds = plans[0].recipe, len(states)
    hard_reads = recipe.reads_hard(states[0].epoch)
    noise = [state.noise for state in states]
    sampler = Sampler(recipe.sample_fn, noise, recipe.dropout, hard_reads)
    orders = torch.stack([torch.randperm(len(train), generator=state.order) for state in states])
    vectors = [
        torch.stack([getattr(state, name) for state in states])
        for name in ("parameters", "first_moment", "second_moment")
    ]
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
            _losses_of(plans[0], space, ids, tags, sampler), vectors[0], recipe.gumbel_samples
        )
        finite = losses.isfinite() & gradients.isfinite().all(1)
        if not bool(finite.all()):
            for index in (~finite).nonzero().squeeze(1).tolist():
                where = (states[index].epoch + 1, step + 1, float(losses[index]))
                errors.setdefault(index, diverged(space, *where, gradients[index]))
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
    for name, stacked in zip(("parameters", "first_moment", "second_moment"), vectors, strict=True):
        for state, vector in zip(states, stacked.unbind(), strict=True):
            setattr(state, name, vector.clone())
    return (total / len(train)).tolist(), errors


def _losses_of(
    plan: Plan, space: ParameterSpace, ids: Tensor, tags: Tensor, sampler: Sampler
) -> Callable[[Tensor], Tensor]:
    """From parameters `[seed, parameter]` to losses on these rows, `[seed]`."""
    forward, aggregation = forward_pass(plan.model, ids), plan.recipe.loss_agg

    def losses(parameters: Tensor) -> Tensor:
        logits = forward(space.unpack(parameters), sampler)
        return sequence_losses(logits, tags, aggregation).mean(-1)

    return losses
