"""One task, many seeds: each its own run directory, the best by validation as the run itself.

RUN_DIR/seeds.json     which seeds, and how they are run
RUN_DIR/seed-3/...     the run of seed 3, as `tpc train --seed 3` with the same data makes it
RUN_DIR/...            the best of them, as any run directory; run.json has all
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from tpc.data.splits import SPLIT_NAMES, SplitName
from tpc.diagnostics import TpcError
from tpc.files import write_atomic
from tpc.training import checkpoint, run_writer
from tpc.training.clock import NOTHING, Clock
from tpc.training.device_epochs import DeviceEpochs
from tpc.training.encoding import Encoded, encode
from tpc.training.loop import DivergedError, check_search, evaluate_epoch, is_done, record_epoch
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan, read_plan
from tpc.training.seed_options import SeedsOptions, find_device
from tpc.training.session import Listener, Status, finish_run, save_run
from tpc.training.state import (
    EpochMetrics,
    Say,
    TrainingState,
    initial_state,
    parameter_space,
    silent,
)
from tpc.training.together import advance_together, shares_batches

FORMAT = "tpc-seeds 1"

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
) -> dict[str, Any]:
    """Train all seeds.

    Args:
        plan: Of all of them, whatever its own seed.
        path: The directory to make.
        options: Which seeds, and how.
        listener: Called with the best metrics of each epoch.
        overwrite: Replace runs that are there already.
        say: Told how many words have vectors.

    Returns:
        What `run.json` says.

    Raises:
        TpcError: The directory cannot be used, or all seeds diverged.
    """
    data = {name: encode(plan.dataset, name) for name in SPLIT_NAMES}
    check_search(plan)
    folders = {seed: path / f"seed-{seed}" for seed in options.seeds}
    directories = (path, *folders.values())
    for folder in directories:
        run_writer.check_directory(folder, overwrite)
    space = parameter_space(plan, say)
    states: dict[int, TrainingState] = {}
    plans = {seed: _with_seed(plan, seed) for seed in options.seeds}
    with run_writer.new_directories(directories, overwrite, path / run_writer.SEEDS):
        for seed, folder in folders.items():
            plans[seed].write(folder)
            states[seed] = initial_state(plans[seed], space, silent if states else say)
            tau, val = plan.recipe.tau_init, data["val"]
            record_epoch(
                states[seed], evaluate_epoch(plans[seed], space, states[seed], val, tau, None)
            )
            save_run(folder, space, states[seed], improved=True)
        content = {
            "format": FORMAT,
            "seeds": list(options.seeds),
            "device": options.device,
            "stop_hopeless": options.stop_hopeless,
        }
        write_atomic(path / run_writer.SEEDS, json.dumps(content, indent=1) + "\n")
        return _Seeds(path, options, plans, space, data).run(states, listener)


def resume_seeds(path: Path, listener: Listener) -> dict[str, Any]:
    """Go on with seeds that were killed or interrupted, each from its last checkpoint.

    Raises:
        TpcError: The directory is damaged, or finished.
    """
    options = _read_options(path / run_writer.SEEDS)
    plans = {seed: read_plan(path / f"seed-{seed}") for seed in options.seeds}
    plan = plans[options.seeds[0]]
    space = parameter_space(plan)
    data = {name: encode(plan.dataset, name) for name in SPLIT_NAMES}
    folders = {seed: path / f"seed-{seed}" for seed in options.seeds}
    with ExitStack() as directories:
        for folder in (path, *folders.values()):
            directories.enter_context(run_writer.locked(folder))
        states = {}
        for seed, folder in folders.items():
            if (folder / checkpoint.FILE).is_file():
                states[seed] = checkpoint.read_checkpoint(folder / checkpoint.FILE, space)
            elif not (folder / run_writer.SUMMARY).is_file():
                raise TpcError(f"{folder} has neither a checkpoint nor a result")
        if not states and (path / run_writer.SUMMARY).is_file():
            hint = "there is nothing to go on with"
            raise TpcError(f"all seeds of {path} are finished", hint=hint)
        return _Seeds(path, options, plans, space, data).run(states, listener)


def any_folder(path: Path) -> Path:
    """The run directory of one of the seeds.

    Raises:
        TpcError: The list of seeds is damaged.
    """
    return path / f"seed-{_read_options(path / run_writer.SEEDS).seeds[0]}"


def _read_options(path: Path) -> SeedsOptions:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise TpcError(f"{path} is not of this version ({FORMAT})")
        seeds = tuple(int(seed) for seed in content["seeds"])
        device = str(content["device"])
        options = SeedsOptions(seeds, bool(content["stop_hopeless"]), device)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TpcError(f"{path} is damaged: {error}") from error
    if device == "cuda":
        # It may be gone on with on another machine.
        find_device(device)
    return options


def _with_seed(plan: Plan, seed: int) -> Plan:
    return replace(plan, recipe=replace(plan.recipe, seed=seed))


class _Seeds:
    """Seeds on their way from states to run directories."""

    def __init__(
        self,
        path: Path,
        options: SeedsOptions,
        plans: Mapping[int, Plan],
        space: ParameterSpace,
        data: Mapping[SplitName, Encoded],
    ) -> None:
        self.path, self.options, self.plans = path, options, plans
        self.space, self.data = space, data
        plan, train = plans[options.seeds[0]], data["train"]
        self.together = shares_batches(plan, train)
        self.on_device: DeviceEpochs | None = None
        if options.device != "cpu" and self.together and plan.recipe.n_epochs:
            device, captured = torch.device(options.device), options.captured
            self.on_device = DeviceEpochs(plan, space, train, data["val"], device, captured)
        self.saved = time.monotonic()

    def run(self, states: dict[int, TrainingState], listener: Listener) -> dict[str, Any]:
        """Train what is not done, finish each, and make the best the run of the directory."""
        clock = Clock(max((state.spent for state in states.values()), default=NOTHING))
        # Seeds share the threads, one each.
        torch.set_num_threads(1)
        status: Status = "finished"
        workers = self.plans[self.options.seeds[0]].recipe.threads
        try:
            with ThreadPoolExecutor(workers) as pool:
                while states:
                    self._advance(states, pool, workers, listener, clock)
        except KeyboardInterrupt:
            status = "interrupted"
            for seed in tuple(states):
                self._finish(seed, states, status, clock)
        return self._summarise(status, clock.spent().wall)

    def _advance(
        self,
        states: dict[int, TrainingState],
        pool: ThreadPoolExecutor,
        workers: int,
        listener: Listener,
        clock: Clock,
    ) -> None:
        """One epoch or round for the seeds that are least far; finish those that are done."""
        done = [seed for seed, state in states.items() if is_done(self.plans[seed], state)]
        for _ in pool.map(lambda seed: self._finish(seed, states, "finished", clock), done):
            pass
        if not states:
            return
        epoch = min(state.epoch for state in states.values())
        seeds = [seed for seed, state in states.items() if state.epoch == epoch]
        groups = self._groups(seeds, epoch, workers)
        found = [
            pair
            for group, results in zip(
                groups, pool.map(lambda group: self._advanced(group, states), groups), strict=True
            )
            for pair in zip(group, results, strict=True)
        ]
        for seed, metrics in found:
            if isinstance(metrics, DivergedError):
                self._finish(seed, states, "diverged", clock)
        for seed, _ in found:
            if seed in states:
                states[seed].spent = clock.spent()
        self._save([seed for seed, _ in found if seed in states], states)
        lines = [metrics for _, metrics in found if isinstance(metrics, EpochMetrics)]
        if lines:
            listener(max(lines, key=lambda line: line.discrete.merit))
        self._stop_hopeless(states, clock)

    def _groups(self, seeds: list[int], epoch: int, workers: int) -> list[list[int]]:
        """Seeds that one worker advances together: a batch in epochs, one by one in a search."""
        if epoch >= self.plans[seeds[0]].recipe.n_epochs or not self.together:
            return [[seed] for seed in seeds]
        size = -(-len(seeds) // workers) if self.on_device is None else MOST_ON_DEVICE
        return [seeds[start : start + size] for start in range(0, len(seeds), size)]

    def _advanced(
        self, group: list[int], states: Mapping[int, TrainingState]
    ) -> list[EpochMetrics | DivergedError]:
        return advance_together(
            [self.plans[seed] for seed in group],
            self.space,
            [states[seed] for seed in group],
            self.data["train"],
            self.data["val"],
            self.on_device,
        )

    def _save(self, seeds: list[int], states: Mapping[int, TrainingState]) -> None:
        """Write what these seeds have come to; on a GPU only now and then."""
        n_epochs = self.plans[self.options.seeds[0]].recipe.n_epochs
        fast = self.on_device is not None and all(states[seed].epoch < n_epochs for seed in seeds)
        if fast and time.monotonic() - self.saved < SAVE_EVERY:
            return
        for seed in seeds:
            best = states[seed].best
            new = best is not None and best.epoch == states[seed].epoch
            # The last best one may not have been written.
            improved = new or self.on_device is not None
            save_run(self.path / f"seed-{seed}", self.space, states[seed], improved)
        self.saved = time.monotonic()

    def _stop_hopeless(self, states: dict[int, TrainingState], clock: Clock) -> None:
        """Halfway through, stop the seeds that are far behind."""
        if not self.options.stop_hopeless:
            return
        half = self.plans[self.options.seeds[0]].recipe.n_rounds // 2
        if {state.epoch for state in states.values()} != {half}:
            return
        merits = {
            seed: state.best.score.merit[0] for seed, state in states.items() if state.best
        } | {seed: self._scores(seed)["val"] for seed in self.options.seeds if seed not in states}
        best = max(merits.values())
        for seed in [seed for seed in states if merits[seed] < best - HOPELESS]:
            self._finish(seed, states, "stopped", clock)

    def _finish(
        self,
        seed: int,
        states: dict[int, TrainingState],
        status: Status,
        clock: Clock,
    ) -> None:
        state, folder = states.pop(seed), self.path / f"seed-{seed}"
        data = dict(self.data)
        run_writer.write_metrics(folder, state.history)
        finish_run(self.plans[seed], folder, self.space, state, data, status, clock)
        if status in ("stopped", "diverged"):
            (folder / checkpoint.FILE).unlink(missing_ok=True)

    def _summary(self, seed: int) -> dict[str, Any]:
        path = self.path / f"seed-{seed}" / run_writer.SUMMARY
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def _scores(self, seed: int) -> dict[str, float]:
        """What seeds are compared by, on each split: F1 if there are spans, else accuracy."""
        accuracy = self._summary(seed)["accuracy"]
        return {
            split: score.get("f1", score["token_accuracy"]) for split, score in accuracy.items()
        }

    def _summarise(self, status: Status, seconds: float) -> dict[str, Any]:
        """Copy the best seed's files, and write `run.json` with all seeds in it."""
        seeds = self.options.seeds
        scores = {seed: self._scores(seed) for seed in seeds}
        losses = {seed: self._summary(seed)["accuracy"]["val"]["loss"] for seed in seeds}
        worst = float("inf")
        best = max(
            seeds,
            key=lambda seed: (
                scores[seed]["val"],
                -worst if losses[seed] is None else -losses[seed],
            ),
        )
        for name in run_writer.ALL_FILES:
            source = self.path / f"seed-{best}" / name
            if source.is_file() and name != checkpoint.FILE:
                write_atomic(self.path / name, source.read_bytes())
        summary = self._summary(best) | {"status": status, "seconds": round(seconds, 3)}
        summary["seeds"] = {
            "best": best,
            "runs": [self._line(seed, scores[seed]) for seed in seeds],
            "mean": _over(scores, statistics.fmean),
            "deviation": _over(scores, statistics.stdev) if len(seeds) > 1 else None,
        }
        write_atomic(self.path / run_writer.SUMMARY, json.dumps(summary, indent=1) + "\n")
        return summary

    def _line(self, seed: int, scores: Mapping[str, float]) -> dict[str, Any]:
        summary = self._summary(seed)
        kept = {name: summary[name] for name in ("status", "epochs", "best_epoch", "seconds")}
        # Seeds that an earlier version finished do not say how many.
        return {"seed": seed, "rounds": summary.get("rounds", 0), **kept, **scores}


def _over(scores: Mapping[int, Mapping[str, float]], of: Any) -> dict[str, float]:  # noqa: ANN401
    splits: Sequence[str] = tuple(next(iter(scores.values())))
    return {split: of([line[split] for line in scores.values()]) for split in splits}
