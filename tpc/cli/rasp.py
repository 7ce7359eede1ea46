"""`tpc rasp`: run or lint a program written in RASP."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tpc.cli.common import STANDARD, input_name, input_text, open_input, print_json
from tpc.diagnostics import Location, TpcError
from tpc.files import JsonError, parse_json

if TYPE_CHECKING:
    from tpc.rasp import RaspProgram


def rasp(
    file: Annotated[
        str, typer.Argument(metavar="FILE.rasp", help="A RASP text; - reads standard input.")
    ],
    input_file: Annotated[
        str,
        typer.Argument(metavar="INPUT", help="JSON lines of inputs; - or none reads stdin."),
    ] = STANDARD,
    sop: Annotated[
        str | None,
        typer.Option("--sop", metavar="NAME", help="The s-op whose values to print."),
    ] = None,
    lint: Annotated[
        bool,
        typer.Option("--lint", help="List what the reference interpreter could not load."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print findings as JSON.")] = False,
) -> None:
    """Run or lint a program written in RASP.

    With --sop NAME: one input a line in (a JSON list of tokens, or a JSON string of one-character
    tokens), the s-op's values as a JSON list a line out. Without it: what the file itself shows,
    by statements such as `f("abc");` and `draw(f);`.

    A statement that is wrong is reported and left out, as by the reference interpreter; the exit
    status is then 2. A program that takes more than 5,000,000 steps as it loads (an expression, a
    turn of a loop, a position of an example) ends there.
    """
    if lint:
        _lint(file, as_json)
        return
    from tpc.rasp import execute

    if file == STANDARD and sop is not None and input_file == STANDARD:
        raise TpcError("program and input cannot both come from standard input")
    program = execute(input_text(file), input_name(file))
    for error in program.errors:
        sys.stderr.write(f"{error.render()}\n")
    if sop is not None:
        program.check_name(sop)
        _evaluate(program, sop, input_file)
    else:
        for shown in program.shown:
            sys.stdout.write(f"{shown.text}\n")
    if program.errors:
        raise typer.Exit(2)


def _evaluate(program: RaspProgram, sop: str, input_file: str) -> None:
    from tpc.data.records.record import decoded_lines

    name = input_name(input_file)
    with open_input(input_file) as stream:
        for found, line in decoded_lines(stream, name):
            if not line.strip():
                continue
            number = found.number
            place = Location(name, number, 1, line, len(line))
            try:
                answer = program.answer(sop, _parse(line, place))
            except TpcError as error:
                # The place in the RASP text, where there is one, says more than the input line.
                location = error.location or place
                raise TpcError(
                    f"{error.message} (input line {number})", location=location, hint=error.hint
                ) from error
            sys.stdout.write(answer + "\n")


def _parse(line: str, place: Location) -> Any:  # noqa: ANN401 - JSON
    hint = 'write a list of tokens, ["a", "b"], or a string, "ab"'
    try:
        value = parse_json(line)
    except JsonError as error:
        raise TpcError(f"this line is not JSON: {error}", location=place, hint=hint) from None
    if not isinstance(value, list | str):
        raise TpcError("this line is not a RASP input", location=place, hint=hint)
    return value


def _lint(file: str, as_json: bool) -> None:
    """Print the findings; exit with 1 if there are any."""
    from tpc.rasp.lint import lint_text

    findings = lint_text(input_text(file), input_name(file))
    if as_json:
        print_json([finding.as_dict() for finding in findings])
    else:
        for finding in findings:
            sys.stdout.write(finding.render() + "\n")
    if findings:
        raise typer.Exit(1)
