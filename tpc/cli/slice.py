"""`tpc slice`: the part of a program that some of its answers depend on."""

from __future__ import annotations

from typing import Annotated

import typer

from tpc.cli import common


def slice_program(
    program: common.ProgramArgument,
    feature: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="What this variable adds to the logits, and nothing else; repeat it for more.",
        ),
    ] = None,
    label: Annotated[
        str | None, typer.Option(metavar="L", help="What decides whether the answer is this class.")
    ] = None,
    position: Annotated[
        int | None,
        typer.Option(
            metavar="I", min=0, help="What the answer at this position, from 0, depends on."
        ),
    ] = None,
    output: common.OutputOption = common.STANDARD,
) -> None:
    """Write the part of a program that some of its answers depend on, as a program.

    With --feature its logits are those that these features alone add up to. With --label it says
    this class where the program does, and elsewhere some other. With --position it answers at this
    position as the program does, and is promised nowhere else.
    """
    from tpc.circuit.slicing import sliced
    from tpc.ir.printer import print_program

    loaded = common.read_program(program)
    found = sliced(loaded, feature, label, position)
    common.write_text(output, print_program(found.program))
    before, after = len(loaded.nodes), len(found.program.nodes)
    common.note(f"slice of {loaded.name}: nodes {before:,} -> {after:,}; {found.promise}")
