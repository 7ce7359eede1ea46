"""The table of docs/own-data.md from results: `python -m benchmarks.own_tasks.table RESULTS.json`.

With `--write` the results join those in the repository, in `results.json` beside this file, and the
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
    """Recorded results with others in their place or beside them, but for what commands said."""
    found = {name: dict(methods) for name, methods in recorded.items()}
    for name, methods in results.items():
        for method, values in methods.items():
            kept = {key: value for key, value in values.items() if key != "said"}
            found.setdefault(name, {})[method] = kept
    return found


def main() -> None:
    path, *options = sys.argv[1:]
    results = json.loads(Path(path).read_text())
    if options == ["--write"]:
        results = joined(json.loads(RECORDED.read_text()), results)
        RECORDED.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(with_table(text, table(results)), encoding="utf-8")
    else:
        print(table(results))


if __name__ == "__main__":
    main()
