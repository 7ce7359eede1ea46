"""`tpc reproduce`: the tables of the documentation, from one command."""

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
        str,
        typer.Argument(
            metavar="TABLE",
            help="size8 or size16: the generated tasks; text: the corpora; own: small tasks of "
            "one's own.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="DIR", help="Directory to make, or to go on in."),
    ],
    data: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="text and own: where the files are."),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="text: word vectors that embeddings start from."),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="One seed, an epoch or a round of search: minutes, not hours."
        ),
    ] = False,
    engine: EngineOption = "local",
    workers: WorkersOption = None,
    address: AddressOption = None,
    resource: ResourceOption = None,
) -> None:
    """Train all that a table of the documentation is of, and print it beside the paper's figures.

    It is a sweep like any other (tpc sweep report DIR shows all of it): the same command goes on
    with what was stopped or killed, and no finished trial runs again.
    """
    from tpc.sweep.reproductions import reproduction, table_lines
    from tpc.sweep.running import run_sweep

    made = reproduction(table, data=data, vectors=vectors, quick=quick)
    asked = chosen_engine(engine, workers, address, resource)
    found, _ = run_sweep(made.plan, output, asked, common.note, shown)
    sys.stdout.write("\n".join(table_lines(made, found)) + "\n")
