"""The tables of docs/results.md as sweeps: which trials they are of, and what is beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tpc.diagnostics import one_of
from tpc.sweep.plan import SweepPlan, read_sweep
from tpc.sweep.table import Group, Table, by_task, groups

_FOLDER = Path(__file__).with_name("tables")
NAMES: tuple[str, ...] = ("size8", "size16")

#: Test tokens of published reruns of the paper's code, one seed, percent.
RERUNS: Mapping[str, Mapping[str, float]] = {
    "size8": {},
    "size16": {"reverse": 42, "double_hist": 51, "sort": 80, "most_freq": 54, "hist": 99.9},
}
#: What --quick has in place of the table's own: a minute shows that everything runs.
QUICK_ROWS, QUICK_ROUNDS = 1_000, 1


def reproduction(name: str, *, quick: bool = False) -> SweepPlan:
    """The sweep that makes a table.

    Args:
        name: Of the table.
        quick: One seed, few rows and a round of search, optimised by -O1.

    Raises:
        TpcError: There is no such table.
    """
    plan = read_sweep(_FOLDER / f"{one_of(NAMES, name, 'table')}.toml")
    if not quick:
        return plan
    few = {"dataset_size": QUICK_ROWS, "search": QUICK_ROUNDS}
    configs = tuple({**config, **few} for config in plan.configs)
    return replace(plan, configs=configs, seeds=plan.seeds[:1], level=1)


def table_lines(name: str, table: Table) -> Iterator[str]:
    """The table: of all seeds, in percent of the test tokens; tokens are those of the best."""
    yield f"{'task':12}  {'best':>6}  {'mean':>6}  {'dev.':>5}  {'tokens':>6}  reruns"
    for task, rows in by_task(table).items():
        (found,) = groups(rows)
        rerun = RERUNS[name].get(task)
        yield f"{task:12}  {_figures(found)}  {'' if rerun is None else f'{rerun:6.1f}'}".rstrip()


def _figures(found: Group) -> str:
    scores = found.statistics("test_accuracy")
    if scores is None:
        return "failed"
    # The best by validation, as a run of many seeds chooses it.
    best = max(found.rows, key=lambda row: row.get("val_accuracy", -1.0))
    percent = f"{100 * best['test_accuracy']:6.2f}  {100 * scores[1]:6.2f}"
    deviation = "" if scores[2] is None else f"{100 * scores[2]:.2f}"
    return f"{percent}  {deviation:>5}  {best['tokens']:6,}"
