"""A training run from its first epoch, or its last checkpoint, to a run directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from tpc.data.splits import SPLIT_NAMES, SplitName
from tpc.model.standard import StandardConfig
from tpc.training import checkpoint, run_writer
from tpc.training.clock import Clock
from tpc.training.encoding import Encoded, encode
from tpc.training.evaluate import discrete_score
from tpc.training.loop import (
    DivergedError,
    advance,
    check_search,
    evaluate_epoch,
    is_done,
    record_epoch,
    simplify,
)
from tpc.training.loss import Score
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan, read_plan
from tpc.training.recipe import Recipe
from tpc.training.state import (
    Best,
    EpochMetrics,
    Say,
    TrainingState,
    initial_state,
    parameter_space,
    silent,
)

Status = Literal["finished", "interrupted", "diverged", "stopped"]
Listener = Callable[[EpochMetrics], None]


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: Finished, or stopped by Ctrl-C.
        recipe: How it was trained.
        steps: Epochs, fits of the classifier and rounds of search, all together.
        best: The network that was kept.
        scores: The kept network, discretised, on each split.
        seconds: Wall time, of all sessions.
    """

    status: Status
    recipe: Recipe
    steps: int
    best: Best
    scores: dict[SplitName, Score]
    seconds: float


def start_run(
    plan: Plan, path: Path, listener: Listener, overwrite: bool = False, say: Say = silent
) -> Outcome:
    """Train by a plan into a new run directory.

    Args:
        plan: Data, architecture and recipe.
        path: The run directory to make.
        listener: Called after every epoch.
        overwrite: Replace a run that is there already.
        say: Told how many words have vectors.

    Raises:
        TpcError: The directory cannot be used.
        DivergedError: Training diverged; the directory holds the best network before.
    """
    data = {name: encode(plan.dataset, name) for name in SPLIT_NAMES}
    check_search(plan)
    run_writer.check_directory(path, overwrite)
    space = parameter_space(plan, say)
    state = initial_state(plan, space, say)
    before = evaluate_epoch(plan, space, state, data["val"], plan.recipe.tau_init, None)
    record_epoch(state, before)
    with run_writer.new_directories([path], overwrite, path / checkpoint.FILE):
        plan.write(path)
        return _run(plan, path, space, state, data, listener)


def resume_run(path: Path, listener: Listener) -> Outcome:
    """Go on with a run that was killed or interrupted, from its last checkpoint.

    Raises:
        TpcError: The directory has no checkpoint, or is damaged.
        DivergedError: As `start_run`.
    """
    plan = read_plan(path)
    space = parameter_space(plan)
    data = {name: encode(plan.dataset, name) for name in SPLIT_NAMES}
    with run_writer.locked(path):
        state = checkpoint.read_checkpoint(path / checkpoint.FILE, space)
        return _run(plan, path, space, state, data, listener)


def _run(
    plan: Plan,
    path: Path,
    space: ParameterSpace,
    state: TrainingState,
    data: dict[SplitName, Encoded],
    listener: Listener,
) -> Outcome:
    clock = Clock(state.spent)
    torch.set_num_threads(plan.recipe.threads)
    status: Status = "finished"
    save_run(path, space, state, improved=True)
    try:
        while not is_done(plan, state):
            metrics = advance(plan, space, state, data["train"], data["val"])
            state.spent = clock.spent()
            save_run(path, space, state, improved=_best(state).epoch == state.epoch)
            listener(metrics)
    except KeyboardInterrupt:
        status = "interrupted"
    except DivergedError:
        finish_run(plan, path, space, state, data, "diverged", clock)
        raise
    return finish_run(plan, path, space, state, data, status, clock)


def save_run(path: Path, space: ParameterSpace, state: TrainingState, improved: bool) -> None:
    """Write what a run has come to, so that it can be used and gone on with."""
    if improved:
        run_writer.write_best(path, space, _best(state))
    run_writer.write_metrics(path, state.history)
    checkpoint.write_checkpoint(path / checkpoint.FILE, state)


def finish_run(
    plan: Plan,
    path: Path,
    space: ParameterSpace,
    state: TrainingState,
    data: dict[SplitName, Encoded],
    status: Status,
    clock: Clock,
) -> Outcome:
    """Score the best network on every split, and export it if it is a Transformer Program's.

    A search that came to its end is simplified before.
    """
    if status == "finished" and plan.recipe.search:
        simplify(plan, space, state, data["train"], data["val"])
    best = _best(state)
    run_writer.write_best(path, space, best)
    weights = space.unpack(best.parameters)
    aggregation = plan.recipe.loss_agg
    scores = {
        name: discrete_score(plan.model, weights, split, aggregation, torch.float64)
        for name, split in data.items()
    }
    spent = clock.spent()
    run_writer.write_summary(path, status, plan.recipe, state.epoch, best, scores, spent)
    if not isinstance(plan.model, StandardConfig):
        # After the summary: the program quotes its accuracies.
        run_writer.write_program(path)
    if status == "finished":
        (path / checkpoint.FILE).unlink(missing_ok=True)
    return Outcome(status, plan.recipe, state.epoch, best, scores, spent.wall)


def _best(state: TrainingState) -> Best:
    if state.best is None:
        raise ValueError("the network before training has not been evaluated")
    return state.best
