"""A sweep from its plan, or from wherever it was stopped, to a table of all its trials.

DIR/sweep.json      the trials that the plan asks for
DIR/sweep.id        by which other machines know whether they see this directory
DIR/trials/KEY/     each of them: see tpc.sweep.trials
DIR/trials.parquet  one row a trial, made anew from the rows of the trials
DIR/best/           the best program of each task, and those that no other beats in score and size,
                    with a picture of them
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

from tpc.diagnostics import TpcError
from tpc.files import read_json, write_atomic
from tpc.sweep.engine import Engine
from tpc.sweep.picture import write_pictures
from tpc.sweep.plan import Objective, SweepPlan
from tpc.sweep.table import TABLE, Table, score_of, write_best, write_table
from tpc.sweep.trials import Job, Outcome, Row, Trial, run_job

PLAN, TRIALS, MARKER = "sweep.json", "trials", "sweep.id"
FORMAT = "tpc-sweep 1"
#: Seconds between tables that are written while trials run, and the most of all time that it takes.
EVERY, SHARE = 10.0, 0.05
#: Seconds to wait for trials that another sweep runs.
PAUSE = 1.0

Say = Callable[[str], None]
Shown = Callable[[int, int, Trial, Row], None]
Files = dict[str, bytes]


@dataclass(frozen=True)
class Shipped:
    """A job that may run where the sweep's directory is not.

    Attributes:
        job: The job.
        marker: A small file of the directory, and what is in it.
        files: What the trial has already.
    """

    job: Job
    marker: tuple[Path, bytes]
    files: Files = field(default_factory=dict)


def run_shipped(shipped: Shipped) -> tuple[Outcome, Files]:
    """Run a job in the sweep's directory, or elsewhere if that is not here, with all its files."""
    path, content = shipped.marker
    if path.is_file() and path.read_bytes() == content:
        return run_job(shipped.job), {}
    with tempfile.TemporaryDirectory(prefix="tpc-sweep-") as name:
        folder = Path(name)
        for file, data in shipped.files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(data)
        outcome = run_job(replace(shipped.job, folder=folder))
        return outcome, _files(folder)


def _marked(folder: Path) -> tuple[Path, bytes]:
    """The marker of a sweep's directory: of other directories that have one, it is another."""
    path = (folder / MARKER).resolve()
    if not path.exists():
        write_atomic(path, uuid4().hex)
    return path, path.read_bytes()


def _files(folder: Path) -> Files:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def asked_trials(folder: Path) -> tuple[Trial, ...]:
    """The trials that the plan of a sweep's directory asks for, so far.

    Raises:
        TpcError: It is no directory of a sweep.
    """
    path = folder / PLAN
    if not path.is_file():
        raise TpcError(f"{folder} holds no sweep", hint="tpc sweep SWEEP.toml -o DIR makes one")
    told = read_json(path)
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise TpcError(f"{path} is not of a sweep of this version")
    return tuple(Trial(row["task"], row["options"], row["level"]) for row in told["trials"])


def objective_of(folder: Path) -> tuple[Objective, float | None]:
    """What the plan of a sweep's directory calls the best."""
    told = read_json(folder / PLAN)
    return told["objective"], told["at_least"]


def read_rows(folder: Path, trials: Iterable[Trial]) -> Table:
    """The trials that are finished, with their rows."""
    found = {}
    for trial in trials:
        path = folder / TRIALS / trial.key / "row.json"
        if path.is_file():
            found[trial] = read_json(path)
    return found


class Sweep:
    """A sweep's directory, and what is still to do in it.

    Args:
        plan: What to do.
        folder: The directory.
        engine: What runs `run_shipped`.
        say: Told what a plan adds, and what is stopped.
        shown: Told each trial that ends, and how many of how many have.
        seconds: When to stop, in place of the plan's.
    """

    def __init__(
        self,
        plan: SweepPlan,
        folder: Path,
        engine: Engine[Shipped, tuple[Outcome, Files]],
        say: Say,
        shown: Shown,
        seconds: float | None = None,
    ) -> None:
        self.plan, self.folder, self._engine = plan, folder, engine
        self._say, self._shown = say, shown
        limit = plan.seconds if seconds is None else seconds
        self._deadline = None if limit is None else time.time() + limit
        self._trials: tuple[Trial, ...] = ()
        self._due = -math.inf
        self._marker: tuple[Path, bytes] = (folder, b"")
        self._finished: set[str] = set()
        self.over = False

    def run(self, search: Callable[[Sweep], None] | None = None) -> Table:
        """Run what is not finished; the rows of all that is.

        Args:
            search: What finds and runs the trials of an adaptive plan.
        """
        try:
            (self.folder / TRIALS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TpcError(f"cannot make {self.folder}: {error.strerror}") from error
        self._marker = _marked(self.folder)
        if search is not None:
            search(self)
        else:
            self.add(self.plan.all_trials())
            self.run_all(self._trials)
        return self.write(last=True)

    def add(self, trials: Sequence[Trial]) -> None:
        """Ask for more trials, and say how these differ from what was asked for before."""
        known = asked_trials(self.folder) if (self.folder / PLAN).exists() else ()
        before = {trial.key for trial in known}
        self._finished |= {trial.key for trial in read_rows(self.folder, trials)}
        if known and self.plan.adaptive:
            self._trials = known
        elif known and not self._trials:
            finished = len(self._finished)
            new = sum(trial.key not in before for trial in trials)
            left = len(before - {trial.key for trial in trials})
            text = f"{finished:,} of {len(trials):,} trials are finished"
            text += f"; the plan adds {new:,}" if new else ""
            text += f"; {left:,} are no longer asked for, and kept" if left else ""
            self._say(text)
        mine = {trial.key: trial for trial in (*self._trials, *trials)}
        self._trials = tuple(mine.values())
        listed = [
            {"key": one.key, "task": one.task, "options": one.options, "level": one.level}
            for one in self._trials
        ]
        plan = {"objective": self.plan.objective, "at_least": self.plan.at_least}
        content = {"format": FORMAT, **plan, "trials": listed}
        write_atomic(self.folder / PLAN, json.dumps(content, indent=1, default=str) + "\n")

    def run_all(self, trials: Sequence[Trial]) -> dict[Trial, Row]:
        """Run trials to their ends, but for those that are stopped at a rung; their rows."""
        rows: dict[Trial, Row] = {}
        going = list(trials)
        for steps in self.plan.halving.rungs:
            found = self._run(going, steps, last=False)
            if self.over:
                return rows
            stopped = self._worse([trial for trial in going if trial in found], found)
            going = [trial for trial in going if trial not in stopped]
            self._say(f"after {steps} steps {len(stopped):,} of {len(found):,} are stopped")
            rows |= self._run(stopped, steps, last=True)
        return rows | self._run(going, None, last=True)

    def _worse(self, trials: Sequence[Trial], rows: dict[Trial, Row]) -> list[Trial]:
        """Those that a rung stops, of each task by itself; what ended before is left alone."""
        stopped: list[Trial] = []
        for task in dict.fromkeys(trial.task for trial in trials):
            mine = [trial for trial in trials if trial.task == task]
            mine.sort(key=lambda trial: score_of(rows[trial], self.plan.objective), reverse=True)
            worse = mine[math.ceil(len(mine) * self.plan.halving.keep) :]
            stopped += [trial for trial in worse if rows[trial]["status"] == "stopped"]
        return stopped

    def _run(self, trials: Sequence[Trial], steps: int | None, *, last: bool) -> dict[Trial, Row]:
        """Run trials as far as that; those that came so far."""
        rows: dict[Trial, Row] = {}
        waiting: deque[Trial] = deque()
        for trial in trials:
            known = self._job(trial, steps, last).known()
            if known is None:
                waiting.append(trial)
            else:
                rows[trial] = known
        by_key = {trial.key: trial for trial in trials}
        busy: list[Trial] = []
        while waiting and not self.over:
            for _ in range(min(self._engine.room, len(waiting))):
                self._submit(waiting.popleft(), steps, last)
            for shipped, answer in self._engine.results():
                trial = by_key[shipped.job.trial.key]
                if isinstance(answer, TpcError):
                    self._say(f"{trial.key}: {answer.message}; the next sweep tries it again")
                else:
                    self._took(shipped.job, answer, rows, trial, busy)
                if waiting and not self.over:
                    self._submit(waiting.popleft(), steps, last)
            if busy:
                time.sleep(PAUSE)
                waiting.extend(busy)
                busy.clear()
        return rows

    def _took(
        self,
        job: Job,
        answer: tuple[Outcome, Files],
        rows: dict[Trial, Row],
        trial: Trial,
        busy: list[Trial],
    ) -> None:
        outcome, files = answer
        self._keep(job, files)
        if outcome == "busy":
            busy.append(trial)
        elif outcome == "interrupted":
            self.over = True
        else:
            rows[trial] = outcome
            if job.last:
                self._finished.add(trial.key)
                self._shown(len(self._finished), len(self._trials), trial, outcome)
                self.write()

    def _job(self, trial: Trial, steps: int | None, last: bool) -> Job:
        folder = (self.folder / TRIALS / trial.key).resolve()
        return Job(trial, folder, steps, last, self._deadline)

    def _submit(self, trial: Trial, steps: int | None, last: bool) -> None:
        job = self._job(trial, steps, last)
        files = _files(job.folder) if self._engine.remote and job.folder.is_dir() else {}
        self._engine.submit(Shipped(job, self._marker, files))

    def _keep(self, job: Job, files: Files) -> None:
        """Write what a machine without this directory sent; what says that it is finished last."""
        for name in sorted(files, key=lambda name: name == job.result.name):
            path = job.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, files[name])

    def write(self, *, last: bool = False) -> Table:
        """Write the table and the best programs, if it is time; the rows."""
        begun = time.monotonic()
        if not last and begun < self._due:
            return {}
        table = read_rows(self.folder, self._trials)
        write_table(self.folder / TABLE, table)
        ended = time.monotonic()
        self._due = ended + max(EVERY, (ended - begun) / SHARE)
        if last:
            write_best(self.folder, table, self.plan.objective, self.plan.at_least)
            write_pictures(self.folder, table, self.plan.objective)
        return table
