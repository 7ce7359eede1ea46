"""One task, many seeds: each its own run directory, the best by validation as the run itself.

RUN_DIR/seeds.json     which seeds, and how they are run
RUN_DIR/seed-3/...     the run of seed 3, as `tpc train --seed 3` with the same data makes it
RUN_DIR/...            the best of them, as any run directory; run.json has all
"""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from tpc.data.splits import SPLIT_NAMES
from tpc.diagnostics import TpcError
from tpc.files import read_json, write_atomic
from tpc.training import checkpoint, run_writer
from tpc.training.budget import until
from tpc.training.loop import DivergedError, begun, check_search, is_done
from tpc.training.options import SeedsOptions, find_device
from tpc.training.plan import Plan, read_plan
from tpc.training.run_writer import Status
from tpc.training.session import Listener, finish_run, save_run
from tpc.training.state import (
    NOTHING,
    Clock,
    EpochMetrics,
    Say,
    Training,
    TrainingState,
    silent,
)
from tpc.training.stored import value_of
from tpc.training.together import DeviceEpochs, advance_together, shares_batches
from tpc.training.trial import best_trial

FORMAT = "tpc-seeds 1"
DEVICES: tuple[str, ...] = ("cpu", "cuda")

_NUMBERS = ("epochs", "best_epoch", "seconds")
"""What the summary of all seeds has of that of each, besides the scores."""

HOPELESS = 0.1
"""A seed is stopped, if that is asked for, when its best network is so far behind the best of all
in accuracy on the validation split."""

MOST_ON_DEVICE = 64
"""Seeds that a GPU trains as one batch; by then it is busy, and more would only take memory."""

SAVE_EVERY = 2.0
"""Seconds between checkpoints of seeds on a GPU, whose epochs take less than writing them."""


def start_seeds(
    plan: Plan,
    path: Path,
    options: SeedsOptions,
    listener: Listener,
    overwrite: bool = False,
    say: Say = silent,
    deadline: float | None = None,
) -> dict[str, Any]:
    """Train all seeds.

    Args:
        plan: Of all of them, whatever its own seed.
        path: The directory to make.
        options: Which seeds, and how.
        listener: Called with the best metrics of each epoch.
        overwrite: Replace runs that are there already.
        say: Told how many words have vectors.
        deadline: When all are interrupted, by `time.monotonic`.

    Returns:
        What `run.json` says.

    Raises:
        TpcError: The directory cannot be used, or all seeds diverged.
    """
    check_search(plan)
    folders = {seed: path / f"seed-{seed}" for seed in options.seeds}
    directories = (path, *folders.values())
    for folder in directories:
        run_writer.check_directory(folder, overwrite)
    tried = bool(plan.alternatives)
    training = best_trial(plan, say, deadline).training if tried else Training.of(plan, say)
    trainings = {seed: _with_seed(training, seed) for seed in options.seeds}
    states: dict[int, TrainingState] = {}
    with run_writer.new_directories(directories, overwrite, path / run_writer.SEEDS):
        for seed, folder in folders.items():
            trainings[seed].plan.write(folder)
            states[seed] = begun(trainings[seed], silent if states else say)
            save_run(folder, training.space, states[seed], improved=True)
        if training.plan.asked is not None:
            training.plan.asked.write(path)
        content = {
            "format": FORMAT,
            "seeds": list(options.seeds),
            "device": options.device,
            "stop_hopeless": options.stop_hopeless,
        }
        write_atomic(path / run_writer.SEEDS, json.dumps(content, indent=1) + "\n")
        return _Seeds(path, options, trainings, states).run(listener, deadline)


def resume_seeds(path: Path, listener: Listener, deadline: float | None = None) -> dict[str, Any]:
    """Go on with seeds that were killed or interrupted, each from its last checkpoint.

    Raises:
        TpcError: The directory is damaged, or finished.
    """
    options = _read_options(path / run_writer.SEEDS)
    training = Training.of(read_plan(any_folder(path)))
    trainings = {seed: _with_seed(training, seed) for seed in options.seeds}
    folders = {seed: path / f"seed-{seed}" for seed in options.seeds}
    with ExitStack() as directories:
        for folder in (path, *folders.values()):
            directories.enter_context(run_writer.locked(folder))
        states = {}
        for seed, folder in folders.items():
            if (folder / checkpoint.FILE).is_file():
                states[seed] = checkpoint.read_checkpoint(folder / checkpoint.FILE, training.space)
            elif not (folder / run_writer.SUMMARY).is_file():
                raise TpcError(f"{folder} has neither a checkpoint nor a result")
        if not states and (path / run_writer.SUMMARY).is_file():
            hint = "there is nothing to go on with"
            raise TpcError(f"all seeds of {path} are finished", hint=hint)
        return _Seeds(path, options, trainings, states).run(listener, deadline)


def any_folder(path: Path) -> Path:
    """The run directory of one of the seeds.

    Raises:
        TpcError: The list of seeds is damaged.
    """
    return path / f"seed-{_read_options(path / run_writer.SEEDS).seeds[0]}"


def _read_options(path: Path) -> SeedsOptions:
    content = read_json(path)
    try:
        if content["format"] != FORMAT:
            raise TpcError(f"{path} is not of this version ({FORMAT})")
        seeds, device = value_of(tuple[int, ...], content["seeds"]), content["device"]
        options = SeedsOptions(seeds, content["stop_hopeless"] is True, device)
    except (ValueError, KeyError, TypeError) as error:
        raise TpcError(f"{path} is damaged: {error}") from error
    if not seeds or device not in DEVICES:
        raise TpcError(f"{path} is damaged: it names no seeds, or no device")
    if device == "cuda":
        # It may be gone on with on another machine.
        find_device(device)
    return options


def _with_seed(training: Training, seed: int) -> Training:
    plan = training.plan
    return replace(training, plan=replace(plan, recipe=replace(plan.recipe, seed=seed)))


class _Seeds:
    """Seeds on their way from states to run directories; `states` are of those not finished."""

    def __init__(
        self,
        path: Path,
        options: SeedsOptions,
        trainings: Mapping[int, Training],
        states: dict[int, TrainingState],
    ) -> None:
        self.path, self.options, self.trainings, self.states = path, options, trainings, states
        training = trainings[options.seeds[0]]
        self.recipe, self.together = training.plan.recipe, shares_batches(training)
        self.on_device: DeviceEpochs | None = None
        if options.device != "cpu" and self.together and self.recipe.n_epochs:
            self.on_device = DeviceEpochs(training, torch.device(options.device), options.captured)
        self.saved = time.monotonic()
        self.clock = Clock(max((state.spent for state in states.values()), default=NOTHING))

    def run(self, listener: Listener, deadline: float | None) -> dict[str, Any]:
        """Train what is not done, finish each, and make the best the run of the directory."""
        # Seeds share the threads, one each.
        torch.set_num_threads(1)
        status: Status = "finished"
        try:
            with until(deadline), ThreadPoolExecutor(self.recipe.threads) as pool:
                while self.states:
                    self._advance(pool, listener)
        except KeyboardInterrupt:
            status = "interrupted"
            for seed in tuple(self.states):
                self._finish(seed, status)
        return self._summarise(status)

    def _advance(self, pool: ThreadPoolExecutor, listener: Listener) -> None:
        """One epoch or round for the seeds that are least far; finish those that are done."""
        states = self.states
        done = [seed for seed, state in states.items() if is_done(self.trainings[seed].plan, state)]
        for _ in pool.map(lambda seed: self._finish(seed, "finished"), done):
            pass
        if not states:
            return
        epoch = min(state.epoch for state in states.values())
        groups = self._groups([seed for seed in states if states[seed].epoch == epoch], epoch)
        results = pool.map(self._advanced, groups)
        found = {
            seed: metrics
            for group, of_group in zip(groups, results, strict=True)
            for seed, metrics in zip(group, of_group, strict=True)
        }
        for seed, metrics in found.items():
            if isinstance(metrics, DivergedError):
                self._finish(seed, "diverged")
            else:
                states[seed].spent = self.clock.spent()
        self._save([seed for seed in found if seed in states])
        lines = [metrics for metrics in found.values() if isinstance(metrics, EpochMetrics)]
        if lines:
            listener(max(lines, key=lambda line: line.discrete.merit))
        self._stop_hopeless()

    def _groups(self, seeds: list[int], epoch: int) -> list[list[int]]:
        """Seeds that one worker advances together: a batch in epochs, one by one in a search."""
        if epoch >= self.recipe.n_epochs or not self.together:
            return [[seed] for seed in seeds]
        size = -(-len(seeds) // self.recipe.threads) if self.on_device is None else MOST_ON_DEVICE
        return [seeds[start : start + size] for start in range(0, len(seeds), size)]

    def _advanced(self, group: list[int]) -> list[EpochMetrics | DivergedError]:
        trainings = [self.trainings[seed] for seed in group]
        return advance_together(trainings, [self.states[seed] for seed in group], self.on_device)

    def _save(self, seeds: list[int]) -> None:
        """Write what these seeds have come to; on a GPU only now and then."""
        states, n_epochs = self.states, self.recipe.n_epochs
        fast = self.on_device is not None and all(states[seed].epoch < n_epochs for seed in seeds)
        if fast and time.monotonic() - self.saved < SAVE_EVERY:
            return
        for seed in seeds:
            # The last best one may not have been written.
            improved = states[seed].kept.epoch == states[seed].epoch or self.on_device is not None
            space = self.trainings[seed].space
            save_run(self.path / f"seed-{seed}", space, states[seed], improved)
        self.saved = time.monotonic()

    def _stop_hopeless(self) -> None:
        """Halfway through, stop the seeds that are far behind."""
        half = self.recipe.n_rounds // 2
        epochs = {state.epoch for state in self.states.values()}
        if not self.options.stop_hopeless or epochs != {half}:
            return
        merits = {
            seed: self.states[seed].kept.score.merit[0]
            if seed in self.states
            else _scores(self._summary(seed))["val"]
            for seed in self.options.seeds
        }
        best = max(merits.values())
        for seed in [seed for seed in self.states if merits[seed] < best - HOPELESS]:
            self._finish(seed, "stopped")

    def _finish(self, seed: int, status: Status) -> None:
        state, folder = self.states.pop(seed), self.path / f"seed-{seed}"
        run_writer.write_metrics(folder, state.history)
        finish_run(self.trainings[seed], folder, state, status, self.clock)
        if status in ("stopped", "diverged"):
            (folder / checkpoint.FILE).unlink(missing_ok=True)

    def _summary(self, seed: int) -> dict[str, Any]:
        path = self.path / f"seed-{seed}" / run_writer.SUMMARY
        found = read_json(path)
        try:
            scores, loss = _scores(found), found["accuracy"]["val"]["loss"]
            numbers = [*(scores[split] for split in SPLIT_NAMES), 0.0 if loss is None else loss]
            numbers += (found[name] for name in _NUMBERS)
            if not all(map(math.isfinite, value_of(list[float], numbers))):
                raise ValueError("a score is no number")
            return {**found, "status": str(found["status"])}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TpcError(f"{path} is damaged: {error}") from error

    def _summarise(self, status: Status) -> dict[str, Any]:
        """Copy the best seed's files, and write `run.json` with all seeds in it."""
        summaries = {seed: self._summary(seed) for seed in self.options.seeds}
        scores = {seed: _scores(summary) for seed, summary in summaries.items()}

        def merit(seed: int) -> tuple[float, float]:
            loss = summaries[seed]["accuracy"]["val"]["loss"]
            return scores[seed]["val"], -math.inf if loss is None else -loss

        best = max(summaries, key=merit)
        for name in run_writer.ALL_FILES:
            source = self.path / f"seed-{best}" / name
            if source.is_file() and name != checkpoint.FILE:
                write_atomic(self.path / name, source.read_bytes())
        seconds = round(self.clock.spent().wall, 3)
        summary = summaries[best] | {"status": status, "seconds": seconds}
        summary["seeds"] = {
            "best": best,
            "runs": [_line(seed, summaries[seed]) for seed in summaries],
            "mean": _over(scores, statistics.fmean),
            "deviation": _over(scores, statistics.stdev) if len(scores) > 1 else None,
        }
        write_atomic(self.path / run_writer.SUMMARY, json.dumps(summary, indent=1) + "\n")
        return summary


def _scores(summary: Mapping[str, Any]) -> dict[str, float]:
    """What seeds are compared by, on each split: F1 if there are spans, else accuracy."""
    accuracy = summary["accuracy"]
    return {split: score.get("f1", score["token_accuracy"]) for split, score in accuracy.items()}


def _line(seed: int, summary: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: summary[name] for name in ("status", *_NUMBERS)}
    # Seeds that an earlier version finished do not say how many.
    return {"seed": seed, "rounds": summary.get("rounds", 0), **kept, **_scores(summary)}


def _over(scores: Mapping[int, Mapping[str, float]], of: Any) -> dict[str, float]:  # noqa: ANN401
    splits: Sequence[str] = tuple(next(iter(scores.values())))
    return {split: of([line[split] for line in scores.values()]) for split in splits}
