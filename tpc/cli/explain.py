"""`tpc explain`: what does this program compute, and why this label and not the runner-up?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common
from tpc.cli.common import JsonOption, ProgramArgument
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.ir.program import Program
    from tpc.story.departures import Departures


def explain(
    program: ProgramArgument,
    sequence: Annotated[
        str | None,
        typer.Argument(
            metavar="INPUT",
            help="One input: tokens with spaces between them, or a JSON list; - reads standard "
            "input. Without one the program itself is told.",
        ),
    ] = None,
    position: Annotated[
        int | None,
        typer.Option(
            "--position", metavar="N", help="Of the label, from 0; none where there is one label."
        ),
    ] = None,
    task: common.TaskOption = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many inputs are tried at most to find what forces or flips the label; by "
            "default a million, or fewer if they are long. Without an input: to find where the "
            "program departs from its task; by default as many as take 100,000,000 values of "
            "variables, else a sample.",
        ),
    ] = None,
    unchecked: common.UncheckedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Tell what a program computes, or explain one label of one input.

    Without an input: a paragraph and a small table, made from the program: what each variable is,
    what the label is a function of, which labels are never given, where it departs from its task
    and how often. The task is the one that it was trained for, or that of --task.

    With one: what each variable adds to the logit of the label and to that of the runner-up adds up
    to their difference, and is followed back through heads and tables to tokens and positions. The
    smallest set of positions whose tokens force the label, and every change of one token that flips
    it, are found by trying all inputs of the language of the same length that could tell; where
    these are too many, it says so.
    """
    from tpc.explain.explanation import explain as explained
    from tpc.semantics.interpreter import Interpreter

    if sequence is None:
        if position is not None or unchecked:
            raise TpcError(
                "--position and --unchecked are of an input, and none is given",
                hint="name one after the program, or leave them out to have the program told",
            )
        _tell(common.read_program(program), task, limit, as_json=as_json)
        return
    if task is not None:
        raise TpcError("--task is for telling the program itself: leave the input out")
    loaded, tokens = common.program_and_sequence(program, sequence, unchecked=unchecked)
    found = explained(Interpreter(loaded), tokens, position, limit=limit)
    if as_json:
        common.print_json(found.to_json())
    else:
        typer.echo(found.text(common.terminal_width()))


def _tell(program: Program, task: str | None, limit: int | None, *, as_json: bool) -> None:
    from tpc.story.story import story
    from tpc.story.text import story_text

    told = story(program, _departures(program, task, limit))
    if as_json:
        common.print_json(told.to_json())
    else:
        typer.echo(story_text(told, common.terminal_width()))


def _departures(program: Program, named: str | None, limit: int | None) -> Departures | None:
    """The comparison with a task that is named, or else with the program's own if it can be had."""
    from tpc.evaluation.scores import task_inputs
    from tpc.story.departures import departures, own_task

    task = own_task(program) if named is None else common.given_task(program, named)
    if task is None:
        return None
    return departures(program, task, task_inputs(program, task), limit)
