"""`tpc run`: JSON lines of tokens to JSON lines of labels."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from tpc.cli.common import STANDARD, ProgramArgument, progress, read_program
from tpc.diagnostics import Location, TpcError


def run(
    program: ProgramArgument,
    input_file: Annotated[
        str, typer.Argument(metavar="[INPUT]", help="JSON lines of token lists; - or none: stdin.")
    ] = STANDARD,
    raw: Annotated[
        bool, typer.Option("--raw", help="Labels at <s> and </s> too, instead of echoing them.")
    ] = False,
    target: Annotated[
        str, typer.Option("-t", "--target", help="interpreter, or a backend to run through.")
    ] = "interpreter",
    unchecked: Annotated[
        bool,
        typer.Option(
            "--unchecked", help="Run optimised programs outside the language they are proved on."
        ),
    ] = False,
) -> None:
    """Run a program on sequences of tokens.

    One JSON list of tokens a line in, one JSON list of labels a line out (one JSON string for a
    program that labels whole sequences).
    """
    from tpc.running import run_with
    from tpc.text import encode, require_promised

    if program == STANDARD and input_file == STANDARD:
        raise TpcError("program and input cannot both come from standard input")
    loaded = read_program(program)
    with run_with(loaded, target) as runner, _open(input_file) as stream:
        name = "<stdin>" if input_file == STANDARD else input_file
        for line, source, tokens in progress(read_sequences(stream, name), "running"):
            try:
                if not unchecked:
                    require_promised(loaded, encode(loaded, tokens))
                labels = runner.run(tokens, raw=raw)
            except TpcError as error:
                raise at_line(error, name, line, source) from None
            sys.stdout.write(json.dumps(labels, ensure_ascii=False) + "\n")


@contextmanager
def _open(path: str) -> Iterator[IO[bytes]]:
    """A file, or standard input, which stays open."""
    if path == STANDARD:
        yield sys.stdin.buffer
        return
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 - closed by the with below
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror}") from error
    with stream:
        yield stream


def at_line(error: TpcError, name: str, line: int, source: str) -> TpcError:
    """The same complaint, with the line of the input that causes it."""
    place = Location(name, line, 1, source, len(source))
    return TpcError(error.message, location=place, hint=error.hint)


def read_sequences(stream: IO[bytes], name: str) -> Iterator[tuple[int, str, list[str]]]:
    """Line number, line and tokens of each line that is not blank.

    Raises:
        TpcError: A line is not UTF-8, or no JSON list of strings.
    """
    for number, raw_line in enumerate(stream, 1):
        try:
            line = raw_line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            place = Location(name, number, error.start + 1, "(not UTF-8)")
            raise TpcError("this line is not UTF-8 text", location=place) from None
        if line.strip():
            yield number, line, parse_sequence(line, name, number)


def parse_sequence(line: str, name: str, number: int) -> list[str]:
    """The tokens on one line of input."""
    hint = 'write a JSON list of strings, such as ["<s>", "3", "1", "</s>"]'
    try:
        tokens = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        column = error.colno if isinstance(error, json.JSONDecodeError) else 1
        place = Location(name, number, column, line)
        raise TpcError("this line is no JSON", location=place, hint=hint) from None
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        place = Location(name, number, 1, line, len(line))
        raise TpcError("this line is no list of tokens", location=place, hint=hint)
    return tokens
