"""`tpc report`: a program as one page that people look at, and that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common
from tpc.diagnostics import one_of

if TYPE_CHECKING:
    from tpc.ir.program import Program
    from tpc.runtime.formats import Format

#: Inputs of a file that the page offers.
_MOST_INPUTS = 100


def report(
    program: common.ProgramArgument,
    inputs: Annotated[
        str | None,
        typer.Option(
            "--inputs",
            metavar="FILE",
            help="Inputs that the page offers, as `tpc run` reads them; the first 100.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="OTHER", help="A second program, to compare with."),
    ] = None,
    input_format: Annotated[
        str, typer.Option("--format", help="Of --inputs: jsonl, conll or text, as for `tpc run`.")
    ] = "jsonl",
    level: common.OptimiseOption = 0,
    output: common.OutputOption = common.STANDARD,
) -> None:
    """Write a page that shows a program, runs it as you type, and explains its answers.

    It is one HTML file that needs no network: send it to anyone.
    """
    from tpc.report.page import page
    from tpc.runtime.formats import FORMATS

    kind = one_of(FORMATS, input_format, "format")
    common.refuse_to_replace(output, program, inputs, against)
    loaded = common.read_program(program)
    other = None if against is None else common.read_program(against)
    offered = [] if inputs is None else _offered(loaded, inputs, kind)
    common.write_text(output, page(loaded, inputs=offered, against=other, level=level))
    if output != common.STANDARD:
        common.note(f"wrote {output}")


def _offered(program: Program, path: str, kind: Format) -> list[list[str]]:
    """The first inputs of a file.

    Raises:
        TpcError: One cannot be read, or the program does not take it.
    """
    from itertools import islice

    return [list(words) for words in islice(common.sequences(program, path, kind), _MOST_INPUTS)]
