"""What a sweep found, for a terminal and as one HTML page."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tpc.sweep.picture import front_picture
from tpc.sweep.table import Group, Point, Table, best, by_task, front, groups, points

#: Columns and lines of a plot in a terminal.
WIDTH, HEIGHT = 60, 12
#: Of configurations that a terminal shows; the page has all.
MOST = 20
_HEAD = ("trials", "val best", "mean", "dev.", "test best", "mean", "tokens", "configuration")


def status_lines(table: Table, asked: int) -> list[str]:
    """How far a sweep is."""
    kinds: dict[str, int] = {}
    for row in table.values():
        kinds[row["status"]] = kinds.get(row["status"], 0) + 1
    said = ", ".join(f"{count:,} {name}" for name, count in sorted(kinds.items()))
    seconds = [row["processor_seconds"] for row in table.values() if "processor_seconds" in row]
    lines = [f"{len(table):,} of {asked:,} trials have ended" + (f": {said}" if said else "")]
    if seconds:
        mean = sum(seconds) / len(seconds)
        left = mean * (asked - len(table))
        lines.append(f"a trial takes {mean:.1f} processor seconds; {left:,.0f} are left to do")
    return lines


def report_lines(table: Table, objective: str, at_least: float | None = None) -> Iterator[str]:
    """Tables and plots of all tasks."""
    for task, rows in by_task(table).items():
        found = points(rows, objective)
        yield f"{task}: {len(rows):,} trials"
        yield ""
        yield from _text_table(groups(rows)[:MOST])
        yield ""
        yield from _said(found, objective, at_least)
        yield from _text_plot(found)
        yield ""
        failed = [(trial, row) for trial, row in rows.items() if row["status"] == "failed"]
        for trial, row in failed[:MOST]:
            yield f"failed: {trial.command}: {row.get('error')}"


def _said(found: Sequence[Point], objective: str, at_least: float | None) -> Iterator[str]:
    chosen = best(found, objective, at_least)
    if chosen is None:
        yield "there is no program yet"
        return
    yield f"best: {_point(chosen)}"
    yield f"      {chosen.trial.command}"
    yield "no other program is as good and smaller:"
    yield from (f"  {_point(point)}" for point in front(found))


def _point(point: Point) -> str:
    return f"{100 * point.score:6.2f} %, {point.size:,.0f} tokens, trial {point.trial.key}"


def _cells(group: Group) -> list[str]:
    cells = [str(len(group.rows))]
    val, test = group.statistics("val_accuracy"), group.statistics("test_accuracy")
    cells += [_percent(val and val[0]), _percent(val and val[1]), _percent(val and val[2])]
    cells += [_percent(test and test[0]), _percent(test and test[1])]
    sizes = [row["tokens"] for row in group.rows if "tokens" in row]
    return [*cells, f"{min(sizes):,}" if sizes else "", group.options or "(the only one)"]


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.2f}"


def _text_table(found: Sequence[Group]) -> Iterator[str]:
    rows = [_HEAD, *map(_cells, found)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(_HEAD) - 1)]
    for row in rows:
        numbers = (text.rjust(width) for text, width in zip(row, widths, strict=False))
        yield f"{'  '.join(numbers)}  {row[-1]}"


def _scaled(found: Sequence[Point]) -> list[tuple[float, float]]:
    """Where points are between 0 and 1: to the right the larger (by ratios), up the better."""
    sizes = [math.log(max(1.0, point.size)) for point in found]
    scores = [point.score for point in found]
    return list(zip(_between(sizes), _between(scores), strict=True))


def _between(values: Sequence[float]) -> list[float]:
    least, most = min(values), max(values)
    return [(value - least) / (most - least) if most > least else 0.5 for value in values]


def _text_plot(found: Sequence[Point]) -> Iterator[str]:
    """Score against size; `o` is a program, `*` one of the front."""
    if len(found) < 2:
        return
    beyond = set(front(found))
    lines = [[" "] * WIDTH for _ in range(HEIGHT)]
    for point, (x, y) in sorted(zip(found, _scaled(found), strict=True), key=_is_in(beyond)):
        sign = "*" if point in beyond else "o"
        lines[round((1 - y) * (HEIGHT - 1))][round(x * (WIDTH - 1))] = sign
    most, least = (f"{100 * choose(point.score for point in found):.1f} %" for choose in (max, min))
    yield ""
    for number, line in enumerate(lines):
        label = most if number == 0 else least if number == HEIGHT - 1 else ""
        yield f"{label:>9} |{''.join(line)}".rstrip()
    sizes = [point.size for point in found]
    left, right = f"{min(sizes):,.0f}", f"{max(sizes):,.0f} tokens"
    yield f"{'':9} +{'-' * WIDTH}"
    yield f"{'':11}{left}{right.rjust(WIDTH - len(left))}"


class _is_in:  # noqa: N801 - a key
    """Sorts what is in a set behind what is not, so that it is drawn last."""

    def __init__(self, found: set[Point]) -> None:
        self._found = found

    def __call__(self, drawn: tuple[Point, object]) -> bool:
        return drawn[0] in self._found


def report_page(table: Table, objective: str, at_least: float | None, title: str) -> str:
    """The page: tables, plots and every trial, without a request to anything."""
    parts = [_PAGE.replace("@title@", html.escape(title))]
    for task, rows in by_task(table).items():
        found = points(rows, objective)
        parts.append(f"<h2>{html.escape(task)}</h2>")
        said = "\n".join(_said(found, objective, at_least))
        parts.append(f"<pre>{html.escape(said)}</pre>")
        if found:
            parts.append(front_picture(found, task))
        parts.append(_html_table(_HEAD, map(_cells, groups(rows))))
        parts.append("<h3>Trials</h3>")
        head = ("trial", "status", "val %", "test %", "tokens", "against its network", "command")
        cells = (
            (
                *(trial.key, row["status"], _percent(row.get("val_accuracy"))),
                *(_percent(row.get("test_accuracy")), str(row.get("tokens", ""))),
                *(row.get("verdict", row.get("error", "")), trial.command),
            )
            for trial, row in rows.items()
        )
        parts.append(_html_table(head, cells))
    return "\n".join([*parts, "</main>", ""])


def _html_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    def line(cells: Sequence[Any], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(text))}</{tag}>" for text in cells)

    return "\n".join(["<table>", line(head, "th"), *(line(row, "td") for row in rows), "</table>"])


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>@title@</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
pre, td:last-child { font-family: ui-monospace, monospace; font-size: 13px; }
pre { overflow-x: auto; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .15rem .6rem; text-align: right; border-bottom: 1px solid #8884; }
th:last-child, td:last-child { text-align: left; white-space: nowrap; }
svg { width: 100%; max-width: 40rem; height: auto; }
</style>
<main>
<h1>@title@</h1>"""
