"""`tpc rasp`: run or lint a program written in RASP."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from tpc.diagnostics import Location, TpcError
from tpc.files import JsonError, parse_json, read_text

if TYPE_CHECKING:
    from tpc.rasp import RaspProgram

STANDARD = "-"


def rasp(
    file: Annotated[
        str, typer.Argument(metavar="FILE.rasp", help="A RASP text; - reads standard input.")
    ],
    input_file: Annotated[
        str,
        typer.Argument(metavar="[INPUT]", help="JSON lines of inputs; - or none reads stdin."),
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
    status is then 2.
    """
    if lint:
        _lint(file, as_json)
        return
    from tpc.rasp import execute

    if file == STANDARD and sop is not None and input_file == STANDARD:
        raise TpcError("program and input cannot both come from standard input")
    program = execute(_read(file), _name(file))
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
    name = _name(input_file)
    with _open(input_file) as stream:
        for number, line in _lines(stream, name):
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


def _open(input_file: str) -> AbstractContextManager[IO[bytes]]:
    if input_file == STANDARD:
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(input_file).open("rb")
    except OSError as error:
        raise TpcError(f"cannot read {input_file}: {error.strerror}") from error


def _lines(stream: IO[bytes], name: str) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(stream, 1):
        try:
            line = raw.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            place = Location(name, number, error.start + 1, "(not UTF-8)")
            raise TpcError("this line is not UTF-8 text", location=place) from None
        if line.strip():
            yield number, line


def _parse(line: str, place: Location) -> Any:  # noqa: ANN401 - JSON
    hint = 'write a list of tokens, ["a", "b"], or a string, "ab"'
    try:
        value = parse_json(line)
    except JsonError as error:
        raise TpcError(f"this line is not JSON: {error}", location=place, hint=hint) from None
    if not isinstance(value, list | str):
        raise TpcError("this line is not a RASP input", location=place, hint=hint)
    return value


def _read(file: str) -> str:
    if file != STANDARD:
        return read_text(Path(file))
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise TpcError(f"standard input is not UTF-8 text (byte {error.start})") from error


def _name(path: str) -> str:
    return "<stdin>" if path == STANDARD else path


def _lint(file: str, as_json: bool) -> None:
    """Print the findings; exit with 1 if there are any."""
    from tpc.rasp.lint import lint_text

    findings = lint_text(_read(file), _name(file))
    if as_json:
        sys.stdout.write(json.dumps([finding.as_dict() for finding in findings], indent=2) + "\n")
    else:
        for finding in findings:
            sys.stdout.write(finding.render() + "\n")
    if findings:
        raise typer.Exit(1)
