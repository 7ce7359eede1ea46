"""`tpc graph`: the dataflow of a program as a diagram."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Literal

import typer

from tpc.cli import common

_BY_SUFFIX = {".svg": "svg", ".dot": "dot", ".gv": "dot"}


def graph(
    program: common.ProgramArgument,
    form: Annotated[
        Literal["mermaid", "dot", "svg"] | None,
        typer.Option(
            "--format",
            help="mermaid for Markdown, dot for Graphviz, svg as a picture; by default what the "
            "name of -o says, else mermaid.",
        ),
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Leave out what the answer does not depend on.")
    ] = False,
    sequence: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="INPUT",
            help="Show a run: the values of each variable, and in green or red what speaks for "
            "or against the answer.",
        ),
    ] = None,
    unchecked: common.UncheckedOption = False,
    output: common.OutputOption = common.STANDARD,
) -> None:
    """Draw what each head, table and feature of a program reads.

    A box is a variable; a head is one with its pattern, and its arrows say query, key and value.
    """
    from tpc.circuit.drawing import FORMATS
    from tpc.circuit.graph import dataflow

    tokens = None
    if sequence is None:
        loaded = common.read_program(program)
    else:
        loaded, tokens = common.program_and_sequence(program, sequence, unchecked=unchecked)
    chosen = form or _BY_SUFFIX.get(PurePath(output).suffix.lower(), "mermaid")
    common.write_text(output, FORMATS[chosen](dataflow(loaded, tokens, live=live)))
