"""`tpc diff`: in what do two programs differ, and on which inputs?"""

from __future__ import annotations

from typing import Annotated

import typer

from tpc.cli import common


def diff(
    before: Annotated[
        str, typer.Argument(metavar="A", help="A .tpir file; - reads standard input.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="Another .tpir file.")],
    answers: Annotated[
        bool,
        typer.Option("--answers", help="Exit status 1 only if an input is answered differently."),
    ] = False,
    limit: Annotated[
        int, typer.Option(min=0, help="Exhaust input languages of up to this many inputs.")
    ] = 2_000_000,
    samples: Annotated[int, typer.Option(min=1, help="Inputs of a sample otherwise.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Of the sample.")] = 0,
    cells: Annotated[
        int, typer.Option(min=0, help="List up to this many cells of each table.")
    ] = 5,
    as_json: common.JsonOption = False,
) -> None:
    """Compare two programs: nodes, tables cell by cell, and answers.

    Nodes are matched by the variables of the network that they stand for, by name where there are
    none. Every input that both languages have is tried where there are few enough; the report says
    whether that was so or inputs were sampled. Exit status 1 means that the two differ.
    """
    from tpc.compare.diff import diff as compare
    from tpc.diagnostics import TpcError

    if before == after == common.STANDARD:
        raise TpcError("both programs cannot come from standard input", hint="name a file for one")
    one, other = common.read_program(before), common.read_program(after)
    found = compare(one, other, limit=limit, samples=samples, seed=seed, cells=cells)
    if as_json:
        common.print_json(found.to_json())
    else:
        print(found)
    alike = found.same_answers if answers else found.same
    raise typer.Exit(0 if alike else 1)
