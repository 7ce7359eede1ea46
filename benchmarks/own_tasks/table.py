"""The table of docs/own-data.md from a directory that `tpc reproduce own` has made.

    python -m benchmarks.own_tasks.table DIR [--write]

With `--write` its results join those in the repository, in `results.json` beside this file, and the
table of all of them takes the place of the one in the page, between its two comments.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.own_tasks.task import Task
from benchmarks.own_tasks.tasks import TASKS
from tpc.sweep.sweeping import asked_trials, read_rows
from tpc.sweep.table import by_task, score_of

RECORDED = Path(__file__).parent / "results.json"
PAGE = Path(__file__).parents[2] / "docs" / "own-data.md"
BEGIN, END = "<!-- table of the tasks -->", "<!-- end of the table -->"

#: Percent of test labels, and how many tasks have to reach it.
GOALS = ((99.5, 20), (95.0, 22))
#: Seconds of processor time that no task may take longer than.
SECONDS = 120
#: Too few rows for a promise.
WITHOUT_GOAL = "thirty_rows"

Results = Mapping[str, Mapping[str, Any]]


def results_of(folder: Path) -> dict[str, dict[str, Any]]:
    """What the best seed by validation of each task reached."""
    found: dict[str, dict[str, Any]] = {}
    for name, rows in by_task(read_rows(folder, asked_trials(folder))).items():
        best = max(rows.values(), key=lambda row: score_of(row, "accuracy"))
        if "tokens" in best:
            own = {"accuracy": 100 * best["test_accuracy"], "python_tokens": best["tokens"]}
            found[name] = {"tpc": own | {"processor": round(best["processor_seconds"], 1)}}
    return found


def table(results: Results) -> str:
    """All tasks: percent of test labels, seconds, tokens of Python at -O3, and other methods."""
    head = (
        "| task | labels | rows | tokens | test % | processor s | size "
        "| standard %, s | tree % | Bayes % |"
    )
    lines = [head, "|" + "---|" * 10]
    return "\n".join(
        [*lines, *(_line(task, results.get(task.name, {})) for task in TASKS.values())]
    )


def _line(task: Task, found: Mapping[str, Any]) -> str:
    train, _ = task.splits()
    lengths = [len(row.tokens) for row in train]
    of_what = "sentences" if isinstance(train[0].label, str) else "tokens"
    own, standard = found.get("tpc", {}), found.get("standard", {})
    cells = (
        f"`{task.name}`: {task.about}",
        of_what,
        f"{len(train):,}",
        f"{min(lengths)}–{max(lengths)}",
        _accuracy(own),
        f"{own['processor']:.0f}" if own else "",
        str(own.get("python_tokens", "")),
        f"{_accuracy(standard)}, {standard['processor']:.0f}" if standard else "",
        _accuracy(found.get("tree", {})),
        _accuracy(found.get("bayes", {})),
    )
    return f"| {' | '.join(cells)} |"


def _accuracy(found: Mapping[str, Any]) -> str:
    """To two digits, and never up to 100 or to a goal."""
    if not found:
        return ""
    if "accuracy" not in found:
        return "not through"
    return f"{int(100 * found['accuracy'] + 1e-6) / 100:.2f}"


def goals(results: Results) -> str:
    """How many tasks reached what, of those with enough rows, and the longest training."""
    own = {
        name: found["tpc"]
        for name, found in results.items()
        if "tpc" in found and name != WITHOUT_GOAL
    }
    lines = [
        f"{sum(found.get('accuracy', 0) >= percent for found in own.values())} of {len(own)} "
        f"reach {percent} % (goal: {n_tasks})"
        for percent, n_tasks in GOALS
    ]
    if own:
        name = max(own, key=lambda name: own[name]["processor"])
        lines.append(f"the longest took {own[name]['processor']:.0f} s: {name} (goal: {SECONDS})")
    return "\n".join(lines)


def with_table(page: str, made: str) -> str:
    """The page with this table in the place of its own.

    Raises:
        ValueError: It has no place for one.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def joined(recorded: Results, results: Results) -> dict[str, dict[str, Any]]:
    """Recorded results with others in their place or beside them."""
    names = dict.fromkeys([*recorded, *results])
    return {name: {**recorded.get(name, {}), **results.get(name, {})} for name in names}


def main() -> None:
    path, *options = sys.argv[1:]
    results: Results = results_of(Path(path))
    if options == ["--write"]:
        results = joined(json.loads(RECORDED.read_text()), results)
        RECORDED.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_table(text, table(results)), encoding="utf-8")
    else:
        print(table(results))
        print()
        print(goals(results))


if __name__ == "__main__":
    main()
