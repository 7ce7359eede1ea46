"""`tpc trace`: every variable at every position of an input."""

from __future__ import annotations

from typing import Annotated

import typer

from tpc.cli import common
from tpc.cli.common import JsonOption, ProgramArgument


def trace(
    program: ProgramArgument,
    sequence: common.SequenceArgument,
    until: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Stop after this variable or pattern of a head."),
    ] = None,
    unchecked: common.UncheckedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show every variable of a program at every position of an input, and where each head looks.

    A column for each token, a row for each variable, in the program's order. The row of a head's
    pattern (`NAME_pattern`) has the position that each position looks at, or all that it counts;
    `-` is none. The last row is the answer. What does not fit beside each other comes in blocks.
    """
    from tpc.explain.trace import traced
    from tpc.semantics.interpreter import Interpreter

    loaded, tokens = common.program_and_sequence(program, sequence, unchecked=unchecked)
    found = traced(Interpreter(loaded), tokens, until)
    if as_json:
        common.print_json(found.to_json())
    else:
        typer.echo(found.text(common.terminal_width()))
