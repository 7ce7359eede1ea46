"""The training loop: one call is one epoch, from one state to the next."""

from __future__ import annotations

import math
from collections.abc import Mapping

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
from tpc.training.grades import graded, graded_weights, voting_classes
from tpc.training.loss import (
    discrete_score,
    relaxed_score,
    sequence_losses,
    with_positions,
)
from tpc.training.offsets import whole_offsets
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.plain import plain_network
from tpc.training.search.rounds import search_round
from tpc.training.search.rows import Rows
from tpc.training.search.settings import DEFAULT, Search, Settings, Start
from tpc.training.search.simplify import simplified
from tpc.training.state import (
    Best,
    EpochMetrics,
    Say,
    Training,
    TrainingState,
    initial_state,
    seeded_generator,
    silent,
)
from tpc.training.word_scores import Window, word_scores


class DivergedError(TpcError):
    """A loss or a gradient became infinite or NaN; the best network so far is kept."""


def begun(
    training: Training, say: Say = silent, start: Mapping[str, Tensor] | None = None
) -> TrainingState:
    """The state of a run that has not begun; its network is the best so far.

    Args:
        training: What is trained.
        say: As `initial_state` takes it.
        start: Weights of an earlier network to go on from, if it has the same shapes.

    Raises:
        TpcError: As `initial_state`.
    """
    state = initial_state(training.plan, training.space, say)
    shapes = training.space.shapes
    if start is not None and all(
        name in start and start[name].shape == shape for name, shape in shapes.items()
    ):
        state.parameters = training.space.pack(dict(start))
    finish_epoch(training, state, training.plan.recipe.tau_init, None)
    return state


def is_done(plan: Plan, state: TrainingState) -> bool:
    """Whether all epochs and rounds of search are over, or nothing is left to search for."""
    if state.epoch >= plan.recipe.n_rounds:
        return True
    nothing_wrong = bool(state.history) and state.history[-1].train_errors == 0
    return state.schedule.phase == "over" or nothing_wrong or _is_patient_no_more(plan, state)


def _is_patient_no_more(plan: Plan, state: TrainingState) -> bool:
    """Whether the last rounds of search have brought no better score on the validation split."""
    patience, first = plan.recipe.patience, plan.recipe.n_epochs + 1
    scores = [line.discrete.merit[0] for line in state.history[first:]]
    return 0 < patience < len(scores) and max(scores[-patience:]) <= max(scores[:-patience])


def advance(training: Training, state: TrainingState) -> EpochMetrics:
    """One epoch of training; after the last one, a fit of the classifier or a round of search.

    Raises:
        DivergedError: As `run_epoch`.
    """
    recipe = training.plan.recipe
    if recipe.grades:
        return run_grading(training, state)
    if state.epoch < recipe.n_epochs:
        return run_epoch(training, state)
    return (run_refit if recipe.refit else run_search)(training, state)


def check_search(plan: Plan) -> None:
    """Raise TpcError if the recipe has a search and the network no choices to search among."""
    if plan.recipe.search and not (isinstance(plan.model, ModelConfig) and supports(plan.model)):
        raise TpcError(
            "this network's choices cannot be searched: that takes one-hot embeddings, counts, "
            "predicates, tables that are not too large, and heads that see all tokens if a row "
            "has one label",
            hint="--recipe paper, or --search 0, trains by gradients alone",
        )


def run_refit(training: Training, state: TrainingState) -> EpochMetrics:
    """Fit the classifier of the best network so far to its discretised variables.

    Where heads are to look equally far from everywhere, they do so before, and what comes out is
    kept, even if it is a little worse.
    """
    config, space, recipe = training.program, training.space, training.plan.recipe
    parameters = state.kept.parameters
    if recipe.whole_offsets:
        predicates = whole_offsets(config, space.unpack(parameters), training.train.ids)
        for name, predicate in predicates.items():
            parameters = space.with_part(parameters, name, predicate)
        state.best = None
    weights = space.unpack(parameters)
    fitted = fit_classifier(config, weights, training.train, training.val, recipe.loss_agg)
    state.parameters = space.with_part(parameters, "unembed.W_U", fitted.classifier)
    state.epoch += 1
    return finish_epoch(training, state, recipe.tau_end, fitted.train_loss)


def run_grading(training: Training, state: TrainingState) -> EpochMetrics:
    """Learn what words say, grade them by it, and make the network of it."""
    config, space, recipe = training.program, training.space, training.plan.recipe
    train, val = training.train, training.val
    assert space.features is not None, "what words say is learned from features"
    classes = voting_classes(train, config.masked_classes)
    window = Window.around(
        recipe.window, config.n_classes, config.masked_classes, config.pool_outputs
    )
    kept = torch.zeros(len(window.offsets), config.n_classes)
    kept[:, classes] = 1
    scores = word_scores(space.features, train, window, recipe, kept)
    found = graded(scores, window, classes, recipe.grades, train, val, recipe.loss_agg)
    weights = space.parts(state.parameters)
    state.parameters = space.pack(graded_weights(config, weights, found, classes, window))
    state.best = None
    state.epoch += 1
    return finish_epoch(training, state, recipe.tau_end, None)


def run_search(
    training: Training, state: TrainingState, settings: Settings = DEFAULT
) -> EpochMetrics:
    """One round of search for a better discretised network; what it finds becomes the weights."""
    check_search(training.plan)
    recipe, train = training.plan.recipe, training.train
    search = Search(seeded_generator(recipe.seed, f"search {state.epoch}"), settings)
    start = _start(training, state)
    weights = training.space.unpack(state.parameters)
    choices = Choices.of(training.program, weights)
    if start in ("empty", "full"):
        choices = plain_network(choices, torch.unique(train.ids[train.ids != 0]), search)
    found = search_round(choices, train, recipe.loss_agg, search, start)
    state.parameters = training.space.pack(realised(found.choices, weights))
    state.epoch += 1
    metrics = finish_epoch(training, state, recipe.tau_end, found.loss, found.errors)
    accuracy = metrics.discrete.token_accuracy
    state.schedule = state.schedule.after(found.loss, accuracy, settings)
    return metrics


def simplify(training: Training, state: TrainingState) -> None:
    """Leave out of the best network so far what is not needed to be right."""
    config, space, best = training.program, training.space, state.kept
    weights, aggregation = space.unpack(best.parameters), training.plan.recipe.loss_agg
    rows, others = (Rows.of(config, split, aggregation) for split in (training.train, training.val))
    found = simplified(Evaluation.of(Choices.of(config, weights), rows), others)
    parameters = space.pack(realised(found.choices, weights))
    score = discrete_score(config, space.unpack(parameters), training.val, aggregation)
    if score.merit[0] >= best.score.merit[0]:
        state.best = Best(best.epoch, parameters, score)


def _start(training: Training, state: TrainingState) -> Start:
    """What a round starts from; the state's weights become those, unless all choices are new."""
    start = state.schedule.start(trained=training.plan.recipe.n_epochs > 0)
    if start == "simplified":
        simplify(training, state)
    if start in ("trained", "best", "simplified"):
        state.parameters = state.kept.parameters.clone()
    return start


def run_epoch(training: Training, state: TrainingState) -> EpochMetrics:
    """Train for one epoch, score the result on the validation split, and record both.

    Raises:
        DivergedError: A loss or a gradient is not finite.
    """
    recipe, space, train = training.plan.recipe, training.space, training.train
    hard_reads = recipe.reads_hard(state.epoch)
    sampler = Sampler(recipe.sample_fn, state.noise, recipe.dropout, hard_reads)
    order = torch.randperm(len(train), generator=state.order)
    batches = torch.split(order, recipe.batch_size)
    temperatures = recipe.temperatures(state.epoch, len(batches))
    scales, rates = recipe.step_scales(state.epoch, len(batches)), space.rates(recipe)
    total = 0.0
    for step, (rows, tau) in enumerate(zip(batches, temperatures, strict=True)):
        sampler.tau = tau
        loss, gradient = _loss_and_gradient(training, state, train.take(rows), sampler)
        if not math.isfinite(loss) or not bool(gradient.isfinite().all()):
            raise diverged(space, state.epoch + 1, step + 1, loss, gradient)
        state.adam_step(clipped(gradient, recipe.max_grad_norm), recipe.lr * scales[step], rates)
        total += loss * len(rows)
    state.epoch += 1
    return finish_epoch(training, state, sampler.tau, total / len(train))


def finish_epoch(
    training: Training,
    state: TrainingState,
    tau: float,
    train_loss: float | None,
    train_errors: int | None = None,
) -> EpochMetrics:
    """Score the network as it is now on the validation split, and record that."""
    plan, val = training.plan, training.val
    recipe, weights = plan.recipe, training.space.unpack(state.parameters)
    # Noise of its own, so that evaluating does not change the training that follows.
    noise = seeded_generator(recipe.seed, f"evaluation {state.epoch}")
    hard_reads = recipe.reads_hard(max(0, state.epoch - 1))
    sampler = Sampler(recipe.sample_fn, noise, hard_reads=hard_reads)
    sampler.tau = tau
    discrete = discrete_score(plan.model, weights, val, recipe.loss_agg)
    # Of graded words nothing is relaxed.
    soft = discrete
    if not recipe.grades:
        soft = relaxed_score(plan.model, weights, val, sampler, recipe.batch_size, recipe.loss_agg)
    shown_tau = None if isinstance(plan.model, StandardConfig) else tau
    metrics = EpochMetrics(state.epoch, shown_tau, train_loss, soft, discrete, train_errors)
    record_epoch(state, metrics)
    return metrics


def record_epoch(state: TrainingState, metrics: EpochMetrics) -> None:
    """Add an epoch to the history, and keep its network if none was better."""
    state.history.append(metrics)
    if state.best is None or state.best.beaten_by(metrics.discrete):
        state.best = Best(metrics.epoch, state.parameters.clone(), metrics.discrete)


def _loss_and_gradient(
    training: Training, state: TrainingState, batch: Encoded, sampler: Sampler
) -> tuple[float, Tensor]:
    """The loss averaged over the Gumbel samples, and its gradient as one vector."""
    plan, recipe, space, ids = training.plan, training.plan.recipe, training.space, batch.ids
    if space.features is not None:
        words = torch.unique(torch.cat([ids.new_zeros(1), ids.flatten()]))
        space, ids = space.on_words(words), torch.searchsorted(words, ids)
        space = space.without(ids, batch.tags)
    forward = forward_pass(plan.model, ids)
    leaf = state.parameters.detach().requires_grad_()
    total, gradient = 0.0, torch.zeros_like(state.parameters)
    for _ in range(recipe.gumbel_samples):
        weights = space.dropped(recipe.embed_dropout, state.noise).unpack(leaf)
        logits = with_positions(forward(weights, sampler), pooled=plan.model.pool_outputs)
        losses = sequence_losses(logits, batch.tags, recipe.loss_agg, batch.class_weights)
        loss = losses.mean() / recipe.gumbel_samples
        gradient += torch.autograd.grad(loss, leaf)[0]
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
