"""The training loop: one call is one epoch, from one state to the next."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from tpc.diagnostics import TpcError
from tpc.model.architecture import forward_pass
from tpc.model.choices import Choices, realised, supports
from tpc.model.config import ModelConfig
from tpc.model.sampling import Sampler
from tpc.model.standard import StandardConfig
from tpc.training.classifier import fit_classifier
from tpc.training.encoding import Encoded
from tpc.training.loss import discrete_score, relaxed_score, sequence_losses, with_positions
from tpc.training.offsets import whole_offsets
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.plain import plain_network
from tpc.training.search.rounds import search_round
from tpc.training.search.rows import Rows
from tpc.training.search.schedule import Start
from tpc.training.search.settings import DEFAULT, Search, Settings
from tpc.training.search.simplify import simplified
from tpc.training.state import Best, EpochMetrics, TrainingState, seeded_generator


class DivergedError(TpcError):
    """A loss or a gradient became infinite or NaN; the best network so far is kept."""


def is_done(plan: Plan, state: TrainingState) -> bool:
    """Whether all epochs and rounds of search are over, or nothing is left to search for."""
    if state.epoch >= plan.recipe.n_rounds:
        return True
    nothing_wrong = bool(state.history) and state.history[-1].train_errors == 0
    return state.schedule.phase == "over" or nothing_wrong


def advance(
    plan: Plan, space: ParameterSpace, state: TrainingState, train: Encoded, val: Encoded
) -> EpochMetrics:
    """One epoch of training; after the last one, a fit of the classifier or a round of search.

    Raises:
        DivergedError: As `run_epoch`.
    """
    if state.epoch < plan.recipe.n_epochs:
        return run_epoch(plan, space, state, train, val)
    return (run_refit if plan.recipe.refit else run_search)(plan, space, state, train, val)


def check_search(plan: Plan) -> None:
    """Raise TpcError if the recipe has a search and the network no choices to search among."""
    if plan.recipe.search and not (isinstance(plan.model, ModelConfig) and supports(plan.model)):
        raise TpcError(
            "this network's choices cannot be searched: that takes one-hot embeddings, counts, "
            "predicates, one label a token, and tables that are not too large",
            hint="--recipe paper, or --search 0, trains by gradients alone",
        )


def run_refit(
    plan: Plan, space: ParameterSpace, state: TrainingState, train: Encoded, val: Encoded
) -> EpochMetrics:
    """Fit the classifier of the best network so far to its discretised variables.

    Where heads are to look equally far from everywhere, they do so before, and what comes out is
    kept, even if it is a little worse.
    """
    config, best = plan.model, state.best
    assert isinstance(config, ModelConfig), "an ordinary Transformer has no discrete variables"
    assert best is not None, "the network before training has been evaluated"
    parameters = best.parameters
    if plan.recipe.whole_offsets:
        predicates = whole_offsets(config, space.unpack(parameters), train.ids)
        for name, predicate in predicates.items():
            parameters = space.with_part(parameters, name, predicate)
        state.best = None
    weights = space.unpack(parameters)
    fitted = fit_classifier(config, weights, train, val, plan.recipe.loss_agg)
    state.parameters = space.with_part(parameters, "unembed.W_U", fitted.classifier)
    state.epoch += 1
    metrics = evaluate_epoch(plan, space, state, val, plan.recipe.tau_end, fitted.train_loss)
    record_epoch(state, metrics)
    return metrics


def run_search(
    plan: Plan,
    space: ParameterSpace,
    state: TrainingState,
    train: Encoded,
    val: Encoded,
    settings: Settings = DEFAULT,
) -> EpochMetrics:
    """One round of search for a better discretised network; what it finds becomes the weights."""
    check_search(plan)
    config, recipe = plan.model, plan.recipe
    assert isinstance(config, ModelConfig), "what cannot be searched is refused"
    search = Search(seeded_generator(recipe.seed, f"search {state.epoch}"), settings)
    start = _start(plan, space, state, train, val)
    weights = space.unpack(state.parameters)
    choices = Choices.of(config, weights)
    if start in ("empty", "full"):
        choices = plain_network(choices, torch.unique(train.ids[train.ids != 0]), search)
    found = search_round(choices, train, recipe.loss_agg, search, start)
    state.parameters = space.pack(realised(found.choices, weights))
    state.epoch += 1
    metrics = evaluate_epoch(plan, space, state, val, recipe.tau_end, found.loss)
    metrics = replace(metrics, train_errors=found.errors)
    accuracy = metrics.discrete.token_accuracy
    state.schedule = state.schedule.after(found.loss, accuracy, settings)
    record_epoch(state, metrics)
    return metrics


def simplify(
    plan: Plan, space: ParameterSpace, state: TrainingState, train: Encoded, val: Encoded
) -> None:
    """Leave out of the best network so far what is not needed to be right."""
    config, best = plan.model, state.best
    assert isinstance(config, ModelConfig), "what cannot be searched is refused"
    assert best is not None, "the network before training has been evaluated"
    weights, aggregation = space.unpack(best.parameters), plan.recipe.loss_agg
    rows, others = (Rows.of(config, split, aggregation) for split in (train, val))
    found = simplified(Evaluation.of(Choices.of(config, weights), rows), others)
    parameters = space.pack(realised(found.choices, weights))
    score = discrete_score(config, space.unpack(parameters), val, aggregation)
    if score.token_accuracy >= best.score.token_accuracy:
        state.best = Best(best.epoch, parameters, score)


def _start(
    plan: Plan, space: ParameterSpace, state: TrainingState, train: Encoded, val: Encoded
) -> Start:
    """What a round starts from; the state's weights become those, unless all choices are new."""
    start = state.schedule.start(trained=plan.recipe.n_epochs > 0)
    if start == "simplified":
        simplify(plan, space, state, train, val)
    if start in ("trained", "best", "simplified"):
        assert state.best is not None, "the network before training has been evaluated"
        state.parameters = state.best.parameters.clone()
    return start


def run_epoch(
    plan: Plan, space: ParameterSpace, state: TrainingState, train: Encoded, val: Encoded
) -> EpochMetrics:
    """Train for one epoch, score the result on the validation split, and record both.

    Raises:
        DivergedError: A loss or a gradient is not finite.
    """
    recipe = plan.recipe
    hard_reads = recipe.reads_hard(state.epoch)
    sampler = Sampler(recipe.sample_fn, state.noise, recipe.dropout, hard_reads)
    order = torch.randperm(len(train), generator=state.order)
    batches = torch.split(order, recipe.batch_size)
    temperatures = recipe.temperatures(state.epoch, len(batches))
    scales, rates = recipe.step_scales(state.epoch, len(batches)), space.rates(recipe)
    total = 0.0
    for step, (rows, tau) in enumerate(zip(batches, temperatures, strict=True)):
        sampler.tau = tau
        loss, gradient = _loss_and_gradient(
            plan, space, state.parameters, train.take(rows), sampler, state.noise
        )
        if not math.isfinite(loss) or not bool(gradient.isfinite().all()):
            raise diverged(space, state.epoch + 1, step + 1, loss, gradient)
        state.adam_step(clipped(gradient, recipe.max_grad_norm), recipe.lr * scales[step], rates)
        total += loss * len(rows)
    state.epoch += 1
    metrics = evaluate_epoch(plan, space, state, val, sampler.tau, total / len(train))
    record_epoch(state, metrics)
    return metrics


def evaluate_epoch(
    plan: Plan,
    space: ParameterSpace,
    state: TrainingState,
    val: Encoded,
    tau: float,
    train_loss: float | None,
) -> EpochMetrics:
    """Score the network as it is now on the validation split."""
    recipe, weights = plan.recipe, space.unpack(state.parameters)
    # Noise of its own, so that evaluating does not change the training that follows.
    noise = seeded_generator(recipe.seed, f"evaluation {state.epoch}")
    hard_reads = recipe.reads_hard(max(0, state.epoch - 1))
    sampler = Sampler(recipe.sample_fn, noise, hard_reads=hard_reads)
    sampler.tau = tau
    aggregation = recipe.loss_agg
    soft = relaxed_score(plan.model, weights, val, sampler, recipe.batch_size, aggregation)
    discrete = discrete_score(plan.model, weights, val, aggregation)
    relaxed = not isinstance(plan.model, StandardConfig)
    return EpochMetrics(state.epoch, tau if relaxed else None, train_loss, soft, discrete)


def record_epoch(state: TrainingState, metrics: EpochMetrics) -> None:
    """Add an epoch to the history, and keep its network if none was better."""
    state.history.append(metrics)
    if state.best is None or state.best.beaten_by(metrics.discrete):
        state.best = Best(metrics.epoch, state.parameters.clone(), metrics.discrete)


def _loss_and_gradient(
    plan: Plan,
    space: ParameterSpace,
    parameters: Tensor,
    batch: Encoded,
    sampler: Sampler,
    noise: torch.Generator,
) -> tuple[float, Tensor]:
    """The loss averaged over the Gumbel samples, and its gradient as one vector."""
    recipe = plan.recipe
    leaf = parameters.detach().requires_grad_()
    ids = batch.ids
    if space.features is not None:
        words = torch.unique(torch.cat([ids.new_zeros(1), ids.flatten()]))
        space, ids = space.on_words(words), torch.searchsorted(words, ids)
    forward = forward_pass(plan.model, ids)
    total, gradient = 0.0, torch.zeros_like(parameters)
    for _ in range(recipe.gumbel_samples):
        weights = space.dropped(recipe.embed_dropout, noise).unpack(leaf)
        logits = forward(weights, sampler)
        logits = with_positions(logits, pooled=plan.model.pool_outputs)
        losses = sequence_losses(logits, batch.tags, recipe.loss_agg)
        loss = losses.mean() / recipe.gumbel_samples
        (of_sample,) = torch.autograd.grad(loss, leaf)
        gradient += of_sample
        total += float(loss.detach())
    return total, gradient


def clipped(gradient: Tensor, max_norm: float | None) -> Tensor:
    """A gradient no longer than this."""
    if max_norm is None:
        return gradient
    norm = float(torch.linalg.vector_norm(gradient))
    return gradient * min(1.0, max_norm / (norm + 1e-6))


def diverged(
    space: ParameterSpace, epoch: int, step: int, loss: float, gradient: Tensor
) -> DivergedError:
    """What is wrong with a loss or a gradient, and where."""
    gradients = space.unpack(gradient)
    broken = [name for name in space.shapes if not bool(gradients[name].isfinite().all())]
    where = f", and the gradient of {broken[0]} is not finite" if broken else ""
    return DivergedError(
        f"training diverged in epoch {epoch}, batch {step}: the loss is {loss:g}{where}",
        hint="the run directory holds the best network of the epochs before; a smaller --lr, "
        "--max-grad-norm 1 or a higher --tau-end may keep it from diverging",
    )
