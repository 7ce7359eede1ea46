"""`tpc explain`: why this label and not the runner-up?"""

from __future__ import annotations

from typing import Annotated

import typer

from tpc.cli import common
from tpc.cli.common import JsonOption, ProgramArgument


def explain(
    program: ProgramArgument,
    sequence: common.SequenceArgument,
    position: Annotated[
        int | None,
        typer.Option(
            "--position", metavar="N", help="Of the label, from 0; none where there is one label."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many inputs are tried at most to find what forces or flips the label; "
            "by default a million, or fewer if they are long.",
        ),
    ] = None,
    unchecked: common.UncheckedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Explain one label: what votes for it, where that comes from, what forces it, what flips it.

    What each variable adds to the logit of the label and to that of the runner-up adds up to their
    difference, and is followed back through heads and tables to tokens and positions. The smallest
    set of positions whose tokens force the label, and every change of one token that flips it, are
    found by trying all inputs of the language of the same length that could tell; where these are
    too many, it says so.
    """
    from tpc.explain.explanation import explain as explained
    from tpc.semantics.interpreter import Interpreter

    loaded, tokens = common.program_and_sequence(program, sequence, unchecked=unchecked)
    found = explained(Interpreter(loaded), tokens, position, limit=limit)
    if as_json:
        common.print_json(found.to_json())
    else:
        typer.echo(found.text(common.terminal_width()))
