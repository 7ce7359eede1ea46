"""`tpc upgrade`: a program of an older version of the IR, as this version writes it."""

from __future__ import annotations

from typing import Annotated

import typer

from tpc.cli.common import STANDARD, input_name, input_text, note, write_text
from tpc.diagnostics import TpcError


def upgrade(
    file: Annotated[
        str, typer.Argument(metavar="FILE.tpir", help="A program; - reads standard input.")
    ],
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="By default the file itself."),
    ] = None,
) -> None:
    """Write a program of an older version of the IR anew, as this tpc does.

    All commands read programs of older versions as they are: nobody has to upgrade.
    """
    from tpc.ir.parser import parse_program
    from tpc.ir.printer import print_program, version_of
    from tpc.ir.versions import current, stated_version

    text, name = input_text(file), input_name(file)
    program = parse_program(text, name)
    stated, ours = stated_version(text, name), version_of(program)
    if stated > current():
        raise TpcError(
            f"{name} is of IR {stated}, and this tpc writes IR {current()}",
            hint="leave it as it is, or upgrade it with a newer tpc",
        )
    place = file if output is None else output
    if stated != ours:
        write_text(place, print_program(program))
        note(f"{name}: from IR {stated} to IR {ours}, written to {input_name(place)}")
        return
    if place == STANDARD or place != file:
        write_text(place, text)
    note(f"{name}: already IR {stated}: nothing to do")
