"""The table of a sweep, and what is best in it."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from tpc.files import write_atomic
from tpc.sweep.trials import PROGRAM, Row, Trial

Table = dict[Trial, Row]

TABLE, BEST = "trials.parquet", "best"


def write_table(path: Path, table: Table) -> None:
    """Write one row a trial as Parquet: its options, its scores and sizes, its command."""
    import pyarrow as pa
    from pyarrow import parquet

    rows = [
        {"key": trial.key, "task": trial.task, **_plain(trial), **row, "command": trial.command}
        for trial, row in table.items()
    ]
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["key"]
    columns = {name: _column([row.get(name) for row in rows]) for name in names}
    payload = io.BytesIO()
    parquet.write_table(pa.table(columns), payload)
    write_atomic(path, payload.getvalue())


def _plain(trial: Trial) -> Row:
    return {name: x if isinstance(x, int | float) else str(x) for name, x in trial.options.items()}


def _column(values: list[Any]) -> list[Any]:
    """Values of one type, as a column needs them: text where they are of several."""
    types = {type(value) for value in values if value is not None}
    if len(types) < 2:
        return values
    if types == {int, float}:
        return [None if value is None else float(value) for value in values]
    return [None if value is None else str(value) for value in values]


def score_of(row: Row, objective: str) -> float:
    """The score on the validation split that trials are compared by; -1 of one that failed."""
    found = row.get("val_f1") if objective == "f1" else row.get("val_accuracy")
    return -1.0 if found is None else float(found)


def size_of(row: Row) -> float:
    """Tokens of the emitted Python; without a program infinitely many."""
    return float(row.get("tokens", math.inf))


@dataclass(frozen=True)
class Point:
    """A program between others: its score on the validation split, and its size."""

    trial: Trial
    score: float
    size: float


def points(table: Table, objective: str) -> list[Point]:
    """All programs, the best first, of equal ones the smallest, of equal ones the first."""
    found = [
        Point(trial, score_of(row, objective), size_of(row))
        for trial, row in table.items()
        if "tokens" in row
    ]
    return sorted(found, key=lambda point: (-point.score, point.size))


def front(found: Iterable[Point]) -> list[Point]:
    """Those of `points` that no other beats in score and size, the best score first."""
    kept: list[Point] = []
    for point in found:
        if not kept or point.size < kept[-1].size:
            kept.append(point)
    return kept


def best(found: Sequence[Point], objective: str, at_least: float | None) -> Point | None:
    """The best of `points`: by score, or the smallest that has the score asked for."""
    if not found or objective != "size":
        return found[0] if found else None
    least = found[0].score if at_least is None else at_least
    return min(
        (point for point in found if point.score >= least),
        key=lambda point: point.size,
        default=None,
    )


def write_best(folder: Path, table: Table, objective: str, at_least: float | None) -> None:
    """Write the best program of each task and those of the front, and which trials they are of."""
    (folder / BEST).mkdir(exist_ok=True)
    listed: dict[str, Any] = {}
    for task, rows in by_task(table).items():
        found = points(rows, objective)
        chosen, beyond = best(found, objective, at_least), front(found)
        names = {f"{task}-{int(point.size)}.tpir": point for point in beyond}
        if chosen is not None:
            names[f"{task}.tpir"] = chosen
        listed[task] = {
            name: {"trial": one.trial.key, "score": one.score, "tokens": int(one.size)}
            for name, one in names.items()
        }
        for name, point in names.items():
            program = folder / "trials" / point.trial.key / PROGRAM
            write_atomic(folder / BEST / name, program.read_bytes())
    write_atomic(folder / BEST / "front.json", json.dumps(listed, indent=1) + "\n")


def by_task(table: Table) -> dict[str, Table]:
    """The rows of each task, by a name that a file may have."""
    found: dict[str, Table] = {}
    for trial, row in table.items():
        name = trial.task or Path(str(trial.options.get("data", "data"))).stem
        found.setdefault(Path(name.split(":")[0]).stem, {})[trial] = row
    return found


@dataclass(frozen=True)
class Group:
    """The trials of one configuration: those that differ in the seed alone.

    Attributes:
        options: What tells the configuration from the others.
        rows: Of its trials.
    """

    options: str
    rows: tuple[Row, ...]

    def statistics(self, name: str) -> tuple[float, float, float | None] | None:
        """The best, the mean and the deviation of a score; `None` if no trial has one."""
        values = [row[name] for row in self.rows if row.get(name) is not None]
        if not values:
            return None
        return max(values), fmean(values), stdev(values) if len(values) > 1 else None


def groups(table: Table) -> list[Group]:
    """The configurations of a task, the best mean on the validation split first."""
    options = [{k: v for k, v in trial.options.items() if k != "seed"} for trial in table]
    names = sorted({name for one in options for name in one})
    varied = [name for name in names if len({str(one.get(name)) for one in options}) > 1]
    found: dict[str, list[Row]] = {}
    for one, row in zip(options, table.values(), strict=True):
        said = [f"{name.replace('_', '-')} {one[name]}" for name in varied if name in one]
        found.setdefault(", ".join(said), []).append(row)
    made = [Group(said, tuple(rows)) for said, rows in found.items()]
    return sorted(made, key=lambda one: -(one.statistics("val_accuracy") or (0, -1, 0))[1])
