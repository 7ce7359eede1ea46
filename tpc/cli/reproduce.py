"""`tpc reproduce`: the tables of docs/results.md, from one command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tpc.cli import common
from tpc.cli.sweep import (
    AddressOption,
    EngineOption,
    ResourceOption,
    WorkersOption,
    chosen_engine,
    shown,
)


def reproduce(
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="size8 or size16: the generated tasks.")
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="DIR", help="Directory to make, or to go on in."),
    ],
    quick: Annotated[
        bool,
        typer.Option("--quick", help="One seed, few rows, a round of search: minutes, not hours."),
    ] = False,
    engine: EngineOption = "local",
    workers: WorkersOption = None,
    address: AddressOption = None,
    resource: ResourceOption = None,
) -> None:
    """Train all that a table of docs/results.md is of, and print it.

    It is a sweep like any other (tpc sweep report DIR shows all of it): the same command goes on
    with what was stopped or killed, and no finished trial runs again.
    """
    from tpc.sweep.reproductions import reproduction, table_lines
    from tpc.sweep.running import run_sweep

    plan = reproduction(table, quick=quick)
    asked = chosen_engine(engine, workers, address, resource)
    found, _ = run_sweep(plan, output, asked, common.note, shown)
    sys.stdout.write("\n".join(table_lines(table, found)) + "\n")
