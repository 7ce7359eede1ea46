"""One training of one task in a process of its own, and what its program answers on test rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tpc
from benchmarks.own_tasks.generate import path_of
from benchmarks.own_tasks.task import Row, Task

_MAIN = "import sys; from tpc.cli.main import main; sys.argv[0] = 'tpc'; main()"


@dataclass(frozen=True)
class Finished:
    """A command that ended.

    Attributes:
        status: Its exit status; negative for a signal.
        processor: Seconds of user and system time.
        said: What it wrote to both streams.
    """

    status: int
    processor: float
    said: str


def tpc_command(words: Sequence[str], log: Path, limit: float) -> Finished:
    """Run `tpc` with one thread, and kill it after `limit` seconds by the clock."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, *words],
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        alarm = threading.Timer(limit, process.kill)
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        alarm.cancel()
    spent = usage.ru_utime + usage.ru_stime
    return Finished(process.returncode, spent, log.read_text(encoding="utf-8", errors="replace"))


def trained(task: Task, options: Sequence[str], folder: Path, limit: float) -> dict[str, Any]:
    """Train on the task's file with nothing but these options, and score on its test rows.

    Returns:
        `accuracy` in percent of tokens or sentences, `processor` in seconds, `said`, and the size
        of the program; without `accuracy` where training did not end.
    """
    run = folder / task.name
    run.parent.mkdir(parents=True, exist_ok=True)
    words = ["train", "--data", str(path_of(task, "train")), "-o", str(run), "--overwrite"]
    standard = "standard" in options
    words += ["--test-data", str(path_of(task, "test"))] if standard else []
    done = tpc_command([*words, *options], folder / f"{task.name}.log", limit)
    found: dict[str, Any] = {"processor": round(done.processor, 1), "said": done.said}
    if done.status != 0:
        return found | {"status": done.status}
    if standard:
        scores = json.loads((run / "run.json").read_text())["accuracy"]["test"]
        return found | {"accuracy": 100 * scores["token_accuracy"]}
    program = tpc.load(run / "program.tpir")
    found["accuracy"] = 100 * accuracy(program, task.splits()[1])
    return found | _size(run, folder / f"{task.name}.size.log", limit)


def _size(run: Path, log: Path, limit: float) -> dict[str, int]:
    """Nodes of the program at -O3, and tokens of its Python; nothing where that takes too long."""
    words = ["opt", "-O3", str(run / "program.tpir"), "-o", str(run / "small.tpir"), "--json"]
    done = tpc_command(words, log, limit)
    if done.status != 0:
        return {}
    after = json.loads(done.said[done.said.index("{") :])["after"]
    return {"nodes": after["nodes"], "python_tokens": after["python"]["tokens"]}


def accuracy(program: tpc.Program, rows: Sequence[Row]) -> float:
    """The share of right labels; of a sentence that the program does not take, none is right."""
    n_right = n_labels = 0
    for row in rows:
        n_labels += len(row.labels)
        answer = _answer(program, row)
        n_right += sum(one == other for one, other in zip(answer, row.labels, strict=True))
    return n_right / n_labels


def _answer(program: tpc.Program, row: Row) -> list[str]:
    try:
        found = program.run(["<s>", *row.tokens, "</s>"])
    except tpc.TpcError:
        return [""] * len(row.labels)
    return [found] if isinstance(found, str) else found[1:-1]
