"""One trial of a sweep: a training, its compiled program, the comparison of both, a row.

DIR/trials/KEY/run/         the run directory of the training
DIR/trials/KEY/program.tpir the optimised program
DIR/trials/KEY/row.json     what came out, written last: a trial with a row is finished
DIR/trials/KEY/rung-5.json  how it stood after five steps, where poor trials are stopped
"""

from __future__ import annotations

import json
import platform
import shlex
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from tpc.diagnostics import TpcError
from tpc.files import lock_directory, read_json, write_atomic

Row = dict[str, Any]
Outcome = Row | Literal["busy", "interrupted"]
"""A row, or why there is none: somebody else runs the trial, or time is over."""

ROW, PROGRAM, RUN = "row.json", "program.tpir", "run"
#: Inputs of each sample that a program is compared with its network on, besides its parts.
SAMPLES = 500
#: Languages of up to so many inputs are exhausted.
LIMIT = 20_000
#: What differs from one computation of the same trial to the next.
NOT_REPEATED = ("seconds", "processor_seconds", "host", "attempts")


@dataclass(frozen=True)
class Trial:
    """What one trial trains, and how its program is compiled.

    Attributes:
        task: As `tpc train` takes it; `None` with the option `data`.
        options: Of training, by name.
        level: The program is optimised at this level.
    """

    task: str | None
    options: Mapping[str, Any]
    level: int = 1

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> str:
        """The same for the same trial in every plan."""
        told = [self.task, sorted((name, str(x)) for name, x in self.options.items()), self.level]
        return sha256(json.dumps(told).encode()).hexdigest()[:12]

    @property
    def command(self) -> str:
        """What makes its program without a sweep."""
        from tpc.training.asked import Asked

        optimise = shlex.join(["tpc", "opt", f"-O{self.level}", "RUN/program.tpir"])
        return f"{Asked(self.task, self.options).command()} && {optimise} -o {PROGRAM}"


@dataclass(frozen=True)
class Job:
    """A trial, and how far it goes.

    Attributes:
        trial: The trial.
        folder: Its own.
        steps: Epochs and rounds to stop after; `None` for the end.
        last: Whether its row is due, even if it stops before its end.
        deadline: When it is interrupted, by `time.time`.
    """

    trial: Trial
    folder: Path
    steps: int | None = None
    last: bool = True
    deadline: float | None = None

    @property
    def result(self) -> Path:
        """The file that is written at its end."""
        return self.folder / (ROW if self.last else f"rung-{self.steps}.json")

    def known(self) -> Row | None:
        """What was written at its end; what failed is tried again."""
        row: Row | None = read_json(self.result) if self.result.is_file() else None
        return None if row is None or row["status"] == "failed" else row


def run_job(job: Job) -> Outcome:
    """Train as far as the job says, from wherever an earlier process stopped, and say how it is.

    What cannot be trained has a row too, whose status is `failed` and which says why.
    """
    job.folder.mkdir(parents=True, exist_ok=True)
    with lock_directory(job.folder) as free:
        if not free:
            return "busy"
        if (known := job.known()) is not None:
            return known
        try:
            trained = _trained(job)
            if trained is None:
                return "interrupted"
            row = {**trained, **(_compiled(job) if job.last else {})}
        except TpcError as error:
            row = {"status": "failed", "error": error.message}
        row |= {"host": platform.node()}
        write_atomic(job.result, json.dumps(row, indent=1) + "\n")
    return row


def _trained(job: Job) -> Row | None:
    """The summary of the run directory; `None` if time was over before."""
    from tpc.training import checkpoint, run_writer
    from tpc.training.loop import DivergedError
    from tpc.training.planning import plan_training
    from tpc.training.session import resume_run, start_run

    run, deadline = job.folder / RUN, None
    if job.deadline is not None:
        deadline = time.monotonic() + job.deadline - time.time()
    listener = lambda _: None  # noqa: E731
    status = "stopped"
    try:
        if (run / checkpoint.FILE).exists():
            status = resume_run(run, listener, deadline, job.steps).status
        elif _is_over(run):
            status = read_json(run / run_writer.SUMMARY)["status"]
        else:
            shutil.rmtree(run, ignore_errors=True)  # It was killed before its first checkpoint.
            plan = plan_training(job.trial.task, job.trial.options)
            status = start_run(plan, run, listener, deadline=deadline, steps=job.steps).status
    except DivergedError:
        status = "diverged"
    if status == "interrupted":
        if job.steps is None or _steps(run) < job.steps:
            return None
        status = "stopped"
    summary = read_json(run / run_writer.SUMMARY)
    return {"status": status, **_scores(summary)}


def _is_over(run: Path) -> bool:
    from tpc.training import run_writer

    summary = run / run_writer.SUMMARY
    return summary.exists() and read_json(summary)["status"] != "interrupted"


def _steps(run: Path) -> int:
    from tpc.training import run_writer

    return (run / run_writer.METRICS).read_text(encoding="utf-8").count("\n") - 1


def _scores(summary: Row) -> Row:
    found: Row = {name: summary[name] for name in ("epochs", "rounds", "best_epoch")}
    for split, scores in sorted(summary["accuracy"].items()):
        for name in ("token_accuracy", "sequence_accuracy", "f1"):
            if name in scores:
                found[f"{split}_{name.removeprefix('token_')}"] = scores[name]
    return found | {name: summary[name] for name in ("seconds", "processor_seconds")}


def _compiled(job: Job) -> Row:
    """Optimise the program, compare it with its network, and write it."""
    from tpc.evaluation.sizes import emitted_size
    from tpc.frontends.run import export_run
    from tpc.ir.printer import print_program
    from tpc.model.run_dir import load_run
    from tpc.passes.pipelines import optimise
    from tpc.training import run_writer
    from tpc.verification.verify import VerificationOptions, verify_program

    run = job.folder / RUN
    if not (run / run_writer.PROGRAM).exists():
        return {}
    exported = export_run(run)
    result = optimise(exported, job.trial.level)
    options = VerificationOptions(limit=LIMIT, samples=SAMPLES)
    verdict = verify_program(result.program, load_run(run, None), options).verdict()
    write_atomic(job.folder / PROGRAM, print_program(result.program))
    return {
        "verdict": verdict.word,
        "exported_tokens": emitted_size(exported).tokens,
        "tokens": emitted_size(result.program).tokens,
        "nodes": result.after.nodes,
        "features": result.after.features,
    }
