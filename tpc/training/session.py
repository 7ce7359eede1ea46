"""A training run from its first epoch, or its last checkpoint, to a run directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from tpc.model.standard import StandardConfig
from tpc.training import checkpoint, run_writer
from tpc.training.budget import until
from tpc.training.loop import DivergedError, advance, begun, check_search, is_done, simplify
from tpc.training.loss import discrete_score
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan, read_plan
from tpc.training.run_writer import Outcome, Status
from tpc.training.state import Clock, EpochMetrics, Say, Training, TrainingState, silent
from tpc.training.trial import best_trial

Listener = Callable[[EpochMetrics], None]


def start_run(
    plan: Plan,
    path: Path,
    listener: Listener,
    overwrite: bool = False,
    say: Say = silent,
    deadline: float | None = None,
    start: Mapping[str, Tensor] | None = None,
    steps: int | None = None,
) -> Outcome:
    """Train by a plan into a new run directory.

    Args:
        plan: Data, architecture and recipe.
        path: The run directory to make.
        listener: Called after every epoch.
        overwrite: Replace a run that is there already.
        say: Told how many words have vectors.
        deadline: When it is interrupted, by `time.monotonic`.
        start: As `begun` takes it.
        steps: Epochs and rounds after which it is interrupted.

    Raises:
        TpcError: The directory cannot be used.
        DivergedError: Training diverged; the directory holds the best network before.
    """
    check_search(plan)
    run_writer.check_directory(path, overwrite)
    if plan.alternatives and start is None:
        trial = best_trial(plan, say, deadline)
        training, state = trial.training, trial.state
    else:
        training = Training.of(plan, say)
        state = begun(training, say, start)
    with run_writer.new_directories([path], overwrite, path / checkpoint.FILE):
        training.plan.write(path)
        return _run(training, path, state, listener, deadline, steps)


def resume_run(
    path: Path, listener: Listener, deadline: float | None = None, steps: int | None = None
) -> Outcome:
    """Go on with a run that was killed or interrupted, from its last checkpoint.

    `deadline` and `steps` are as `start_run` takes them.

    Raises:
        TpcError: The directory has no checkpoint, or is damaged.
        DivergedError: As `start_run`.
    """
    training = Training.of(read_plan(path))
    with run_writer.locked(path):
        state = checkpoint.read_checkpoint(path / checkpoint.FILE, training.space)
        return _run(training, path, state, listener, deadline, steps)


def _run(
    training: Training,
    path: Path,
    state: TrainingState,
    listener: Listener,
    deadline: float | None,
    steps: int | None,
) -> Outcome:
    clock = Clock(state.spent)
    torch.set_num_threads(training.plan.recipe.threads)
    status: Status = "finished"
    save_run(path, training.space, state, improved=True)
    try:
        with until(deadline):
            while not is_done(training.plan, state):
                if steps is not None and state.epoch >= steps:
                    status = "interrupted"
                    break
                metrics = advance(training, state)
                state.spent = clock.spent()
                save_run(path, training.space, state, improved=state.kept.epoch == state.epoch)
                listener(metrics)
    except KeyboardInterrupt:
        status = "interrupted"
    except DivergedError:
        finish_run(training, path, state, "diverged", clock)
        raise
    return finish_run(training, path, state, status, clock)


def save_run(path: Path, space: ParameterSpace, state: TrainingState, improved: bool) -> None:
    """Write what a run has come to, so that it can be used and gone on with."""
    if improved:
        run_writer.write_best(path, space, state.kept)
    run_writer.write_metrics(path, state.history)
    checkpoint.write_checkpoint(path / checkpoint.FILE, state)


def finish_run(
    training: Training, path: Path, state: TrainingState, status: Status, clock: Clock
) -> Outcome:
    """Score the best network on every split, and export it if it is a Transformer Program's.

    A search that came to its end is simplified before.
    """
    model, recipe = training.plan.model, training.plan.recipe
    if status == "finished" and recipe.search:
        simplify(training, state)
    best = state.kept
    run_writer.write_best(path, training.space, best)
    weights = training.space.unpack(best.parameters)
    scores = {
        name: discrete_score(model, weights, split, recipe.loss_agg, torch.float64)
        for name, split in training.data.items()
    }
    outcome = Outcome(status, recipe, state.epoch, best, scores, clock.spent())
    run_writer.write_summary(path, outcome)
    if not isinstance(model, StandardConfig):
        # After the summary: the program quotes its accuracies.
        run_writer.write_program(path)
    if status == "finished":
        (path / checkpoint.FILE).unlink(missing_ok=True)
    return outcome
