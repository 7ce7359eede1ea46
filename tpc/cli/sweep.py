"""`tpc sweep`: many trainings, planned in a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common
from tpc.diagnostics import TpcError, one_of

if TYPE_CHECKING:
    from tpc.sweep.trials import Row, Trial

_STATUS, _REPORT = "status", "report"

EngineOption = Annotated[
    str, typer.Option(help="local: processes of this machine; ray: the machines of a Ray cluster.")
]
WorkersOption = Annotated[
    int | None,
    typer.Option("-j", "--workers", min=1, help="Processes at a time; by default all processors."),
]
AddressOption = Annotated[
    str | None,
    typer.Option(help="A Ray cluster, such as HOST:6379 or auto; by default one is started here."),
]
ResourceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--resource",
        metavar="NAME=AMOUNT",
        help="What Ray keeps free for each trial: CPU=1, GPU=0.25, memory=2e9 (bytes), your own.",
    ),
]


def sweep(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="SWEEP.toml | status DIR | report DIR",
            help="The plan; or a sweep's directory, to say how far it is, or what was found.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Directory to make, or to go on in."),
    ] = None,
    engine: EngineOption = "local",
    workers: WorkersOption = None,
    address: AddressOption = None,
    resource: ResourceOption = None,
    time: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop after so long, in place of the plan's.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="report: write a page, too.")
    ] = None,
    as_json: common.JsonOption = False,
) -> None:
    """Train by a plan: grids, lists and distributions of options, seeds, a budget, an objective.

    DIR gets a row a trial (trials.parquet), each trial's run, program and comparison with its
    network, and the best programs. The same command goes on with what was stopped or killed: no
    finished trial runs again.
    """
    if words[0] in (_STATUS, _REPORT):
        if len(words) != 2:
            raise TpcError("which sweep?", hint=f"tpc sweep {words[0]} DIR")
        _show(words[0], Path(words[1]), page, as_json)
        return
    if len(words) != 1 or output is None:
        raise TpcError("name a plan and a directory", hint="tpc sweep SWEEP.toml -o DIR")
    from tpc.sweep.plan import read_sweep
    from tpc.sweep.running import run_sweep
    from tpc.training.budget import parse_time

    plan = read_sweep(Path(words[0]))
    seconds = None if time is None else parse_time(time)
    found, over = run_sweep(
        plan,
        output,
        chosen_engine(engine, workers, address, resource),
        common.note,
        shown,
        seconds,
    )
    if over:
        common.note(f"time is over: the same command goes on; {output} has {len(found):,} trials")
    _show(_REPORT, output, page, as_json)


def chosen_engine(
    name: str, workers: int | None, address: str | None, resource: list[str] | None
) -> dict[str, object]:
    """What `make_engine` takes, from options of the command line.

    Raises:
        TpcError: There is no such engine, or an option is not for it.
    """
    from tpc.sweep.engine import ENGINES

    chosen = one_of(ENGINES, name, "engine")
    if chosen == "local" and (address or resource):
        raise TpcError("--address and --resource are for --engine ray", hint="leave them out")
    resources = dict(map(_resource, resource or ()))
    return {"name": chosen, "workers": workers, "address": address, "resources": resources}


def _resource(text: str) -> tuple[str, float]:
    name, _, amount = text.partition("=")
    try:
        return name, float(amount)
    except ValueError:
        hint = "for example --resource GPU=0.25"
        raise TpcError(f"--resource {text!r} is no amount", hint=hint) from None


def shown(done: int, asked: int, trial: Trial, row: Row) -> None:
    """A line for each trial that ends."""
    options = " ".join(f"{name}={value}" for name, value in sorted(trial.options.items()))
    said = f"{100 * row['val_accuracy']:.2f} %" if row.get("val_accuracy") is not None else ""
    said += f", {row['tokens']:,} tokens, {row['verdict']}" if "tokens" in row else ""
    said = said or str(row.get("error", ""))
    common.note(f"{done:,}/{asked:,} {trial.key} {trial.task or 'data'} {options}: {said}")


def _show(what: str, folder: Path, page: Path | None, as_json: bool) -> None:
    from tpc.files import write_atomic
    from tpc.sweep.report import report_lines, report_page, status_lines
    from tpc.sweep.sweeping import asked_trials, objective_of, read_rows

    trials = asked_trials(folder)
    table = read_rows(folder, trials)
    objective, at_least = objective_of(folder)
    if page is not None:
        title = f"Sweep {folder.resolve().name}"
        write_atomic(page, report_page(table, objective, at_least, title))
    if as_json:
        rows = [
            {"key": trial.key, "task": trial.task, **trial.options, **row, "command": trial.command}
            for trial, row in table.items()
        ]
        common.print_json({"asked": len(trials), "finished": len(rows), "trials": rows})
        return
    lines = status_lines(table, len(trials))
    if what == _REPORT:
        lines = [*lines, "", *report_lines(table, objective, at_least)]
    sys.stdout.write("\n".join(lines) + "\n")
