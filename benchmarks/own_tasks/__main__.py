"""Trains on the 24 tasks with the bare command, and prints what each reached.

    python -m benchmarks.own_tasks [-o RESULTS] [--only NAME ...] [--jobs 2] [--baselines]
        [--methods tpc standard simple] [--options "--time 60s"] [--again] [--no-training]

Each training is `tpc train --data FILE -o RUN`, one thread, in a process of its own, killed after
--limit seconds by the clock. RESULTS is a folder of runs with results.json, to which every task is
added when it is done, so that the script can be stopped and started again; other --options belong
into another folder. --baselines adds the other methods: `--model standard`, and the simple ones, a
decision tree and naive Bayes.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

from benchmarks.own_tasks.baselines import accuracies
from benchmarks.own_tasks.runs import trained
from benchmarks.own_tasks.table import goals, table
from benchmarks.own_tasks.task import Task
from benchmarks.own_tasks.tasks import TASKS

Results = dict[str, dict[str, Any]]
METHODS = ("tpc", "standard", "simple")
_LOCK = Lock()


def read(folder: Path) -> Results:
    """The results in a folder, by task and method."""
    path = folder / "results.json"
    return json.loads(path.read_text()) if path.exists() else {}


def add(folder: Path, name: str, method: str, found: Any) -> None:  # noqa: ANN401 - JSON
    """Add to the results in a folder, all at once."""
    with _LOCK:
        results = read(folder)
        results.setdefault(name, {})[method] = found
        made = folder / "results.json.new"
        made.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        made.replace(folder / "results.json")


def work(task: Task, given: argparse.Namespace) -> None:
    """Whatever is missing of a task."""
    folder: Path = given.output
    done = {} if given.again else read(folder).get(task.name, {})
    if "tpc" in given.methods and "tpc" not in done:
        options = shlex.split(given.options)
        add(folder, task.name, "tpc", trained(task, options, folder / "runs", given.limit))
        _say(task, read(folder)[task.name]["tpc"])
    if "simple" in given.methods and "tree" not in done:
        for name, share in accuracies(*task.splits()).items():
            add(folder, task.name, name, {"accuracy": 100 * share})
    if "standard" in given.methods and "standard" not in done:
        options = ["--model", "standard"]
        found = trained(task, options, folder / "standard", given.limit)
        add(folder, task.name, "standard", found)


def _say(task: Task, found: dict[str, Any]) -> None:
    reached = f"{found['accuracy']:.2f} %" if "accuracy" in found else f"status {found['status']}"
    print(f"{task.name}: {reached}, {found['processor']:.0f} s", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("build/own_tasks"))
    parser.add_argument("--only", nargs="*", choices=TASKS, help="train these alone")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at once")
    parser.add_argument("--limit", type=float, default=600, help="seconds for each training")
    parser.add_argument("--options", default="", help="of tpc train, beside --data and -o")
    parser.add_argument("--methods", nargs="*", choices=METHODS, default=["tpc"])
    parser.add_argument("--baselines", action="store_true", help="all methods")
    parser.add_argument("--again", action="store_true", help="train what is there once more")
    parser.add_argument("--no-training", action="store_true", help="print what is there")
    given = parser.parse_args()
    given.methods = METHODS if given.baselines else given.methods
    given.output.mkdir(parents=True, exist_ok=True)
    chosen = [TASKS[name] for name in given.only or TASKS]
    if not given.no_training:
        with ThreadPoolExecutor(given.jobs) as pool:
            list(pool.map(lambda task: work(task, given), chosen))
    results = read(given.output)
    print(table(results))
    print()
    print(goals(results))


if __name__ == "__main__":
    main()
