"""The tables of this project as sweeps: which trials they are of, and what is beside them.

`tables/NAME.toml` is the plan of a sweep, whose `[[list]]` has an entry for each line of the table.
An entry may also have a `name`, figures of others that stand `beside` it, in percent, and options
in place of those of `[quick]`; its files lie in a folder of the user's, of which `[expected]` says
what has to be there, file by file or (`all`) where to find them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from tpc.diagnostics import TpcError, one_of
from tpc.files import read_text
from tpc.sweep.plan import Config, SweepPlan, sweep_of
from tpc.sweep.table import Group, Table
from tpc.sweep.trials import Row

_FOLDER = Path(__file__).with_name("tables")
NAMES: tuple[str, ...] = ("size8", "size16", "text", "own")
#: Options that name a file of the user's folder.
_FILES = ("data", "test_data")
#: Of missing files that are named, at most.
_MOST = 6
_SHOWN = ("best", "mean", "dev.", "whole", "steps", "s", "export", "tokens")


@dataclass(frozen=True)
class Entry:
    """A line of a table.

    Attributes:
        name: What it is called.
        beside: Figures of others, in percent, by whose they are.
    """

    name: str
    beside: Mapping[str, float]


@dataclass(frozen=True)
class Reproduction:
    """A table.

    Attributes:
        plan: The sweep that makes it.
        entries: Its lines, one for each configuration of the plan.
    """

    plan: SweepPlan
    entries: tuple[Entry, ...]


def reproduction(
    name: str, *, data: Path | None = None, vectors: Path | None = None, quick: bool = False
) -> Reproduction:
    """The table of that name.

    Args:
        name: Of the table.
        data: Where the user's corpora are, if it needs any.
        vectors: Word vectors, if it takes any.
        quick: One seed, few rows or steps, optimised by -O1.

    Raises:
        TpcError: There is no such table, or a file that it needs.
    """
    told = tomllib.loads(read_text(_FOLDER / f"{one_of(NAMES, name, 'table')}.toml"))
    less, expected = told.pop("quick"), told.pop("expected", {})
    rows: list[dict[str, Any]] = told.pop("list")
    own = [(row.pop("name", row.get("task")), row.pop("beside", {})) for row in rows]
    short = [row.pop("quick", less) for row in rows]
    if quick:
        rows = [{**row, **few} for row, few in zip(rows, short, strict=True)]
        told |= {"seeds": str(told["seeds"])[0], "level": 1}
    plan = sweep_of({**told, "list": rows})
    configs = _with_files(name, plan.configs, expected, data, vectors)
    entries = tuple(Entry(str(label), beside) for label, beside in own)
    return Reproduction(replace(plan, configs=configs), entries)


def _with_files(
    table: str,
    configs: Sequence[Config],
    expected: Mapping[str, str],
    data: Path | None,
    vectors: Path | None,
) -> tuple[Config, ...]:
    """Configurations with whole paths in place of the names of the user's files."""
    named = [str(config[name]) for config in configs for name in _FILES if name in config]
    names = list(dict.fromkeys(named))
    if not names:
        if data is not None or vectors is not None:
            hint = "leave --data and --vectors out"
            raise TpcError(f"{table} is of generated tasks, which need no files", hint=hint)
        return tuple(configs)
    if data is None:
        raise TpcError(f"{table} needs --data FOLDER", hint=_listed(names, expected))
    if missing := [name for name in names if not (data / name).exists()]:
        raise TpcError(f"{data} lacks {_some(missing)}", hint=_listed(missing, expected))
    if vectors is not None and not vectors.exists():
        raise TpcError(f"cannot read {vectors}: there is no such file")
    if vectors is not None and "all" in expected:
        raise TpcError(f"{table} is trained without vectors", hint="leave --vectors out")
    more = {} if vectors is None else {"vectors": vectors.resolve()}
    return tuple({**config, **_whole(config, data.resolve()), **more} for config in configs)


def _whole(config: Config, data: Path) -> Config:
    found = {name: data / str(config[name]) for name in _FILES if name in config}
    return {name: str(path) if name == "data" else path for name, path in found.items()}


def _listed(names: Sequence[str], expected: Mapping[str, str]) -> str:
    """What is expected of each file, or of all."""
    lines = [f"  {name}: {expected[name]}" for name in names if name in expected]
    return "\n".join(["it has to have", *lines] if lines else expected.values())


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return f"{', '.join(names[:_MOST])}{more}"


def table_lines(made: Reproduction, table: Table) -> Iterator[str]:
    """The table, of all seeds, in percent: F1 on the test split where tags mark spans, else labels.

    Whole sequences and tokens of Python, as exported and optimised, are of the best by validation;
    epochs and rounds, and processor seconds, are means.
    """
    others = list(dict.fromkeys(who for entry in made.entries for who in entry.beside))
    width = max(len(entry.name) for entry in made.entries)
    yield _line(width, ("", *_SHOWN, *others))
    by_key = {trial.key: row for trial, row in table.items()}
    for entry, config in zip(made.entries, made.plan.configs, strict=True):
        keys = [trial.key for trial in made.plan.with_seeds(config)]
        rows = tuple(by_key[key] for key in keys if key in by_key)
        shares = (entry.beside.get(who) for who in others)
        beside = ("" if share is None else f"{share:.1f}" for share in shares)
        yield _line(width, (entry.name, *_figures(Group(entry.name, rows)), *beside))


def _line(width: int, cells: Sequence[str]) -> str:
    return "  ".join([cells[0].ljust(width), *(cell.rjust(6) for cell in cells[1:])]).rstrip()


def _figures(found: Group) -> tuple[str, ...]:
    name = "f1" if any("test_f1" in row for row in found.rows) else "accuracy"
    scores = found.statistics(f"test_{name}")
    if scores is None:
        return ("failed" if found.rows else "", *[""] * (len(_SHOWN) - 1))
    done = [row for row in found.rows if f"test_{name}" in row]
    # The best by validation, as a run of many seeds chooses it.
    best = max(done, key=lambda row: float(row.get(f"val_{name}", -1.0)))
    return (
        _percent(best[f"test_{name}"]),
        _percent(scores[1]),
        "" if scores[2] is None else _percent(scores[2]),
        _percent(best["test_sequence_accuracy"]) if "test_sequence_accuracy" in best else "",
        f"{fmean(map(_steps, done)):.0f}",
        f"{fmean(row.get('processor_seconds', 0) for row in done):,.0f}",
        *(f"{best[key]:,}" if key in best else "" for key in ("exported_tokens", "tokens")),
    )


def _steps(row: Row) -> int:
    return int(row.get("epochs", 0)) + int(row.get("rounds", 0))


def _percent(share: float) -> str:
    return f"{100 * share:.2f}"
