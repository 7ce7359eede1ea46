"""What every command shares: reading programs, writing results, progress, failing politely."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tpc.diagnostics import TpcError
from tpc.files import write_atomic, writing_atomic

if TYPE_CHECKING:
    from tpc.ir.program import Program

STANDARD = "-"
Item = TypeVar("Item")

ProgramArgument = Annotated[
    str, typer.Argument(metavar="PROGRAM", help="A .tpir file; - reads standard input.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs to read.")]
OptimiseOption = Annotated[
    int,
    typer.Option(
        "-O",
        min=0,
        max=3,
        help="Optimise first: 0 not at all; 1 by analysis alone; 2 proved on the input "
        "language; 3 for the reader.",
    ),
]
VocabularyOption = Annotated[
    Path | None,
    typer.Option(
        "--vocabulary",
        metavar="FILE.json",
        help="Keys 'vocabulary' and 'classes', in id order; needed for upstream's runs on text.",
    ),
]
IgnoreOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore-option",
        metavar="NAME",
        help="An option in args.json that the authors' trainer does not have, and that changes "
        "nothing that the network computes; repeat it for more.",
    ),
]


def read_program(path: str) -> Program:
    """The program in a file, or on standard input for `-`.

    Raises:
        TpcError: It cannot be read, or is not a well-formed program.
    """
    from tpc.frontends.program_file import read_program_file
    from tpc.ir.parser import parse_program

    if path == STANDARD:
        return parse_program(_read_standard_input(), "<stdin>")
    return read_program_file(Path(path))


def optimised(program: Program, level: int) -> Program:
    """The program after the passes of `-O<level>`; what they left alone is said on stderr."""
    from tpc.passes.pipelines import optimise

    result = optimise(program, level)
    for text in result.skipped:
        note(f"left alone: {text}")
    return result.program


def _read_standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise TpcError(f"standard input is not UTF-8 text (byte {error.start})") from error


def read_vocabulary(path: Path | None) -> dict[str, object] | None:
    """The contents of a vocabulary file, or `None` without one."""
    if path is None:
        return None
    from tpc.frontends.program_file import read_vocabulary as read

    return read(path)


def write_text(path: str | None, text: str) -> None:
    """Write to a file, whole or not at all; to standard output for `-` or nothing."""
    if path in (None, STANDARD):
        sys.stdout.write(text)
    else:
        write_atomic(Path(str(path)), text)


@contextmanager
def text_sink(path: str | None) -> Iterator[Callable[[str], object]]:
    """What takes text piece by piece: a file, whole or not at all, or standard output."""
    if path in (None, STANDARD):
        yield sys.stdout.write
        return
    with writing_atomic(Path(str(path))) as sink:
        yield sink.write


def refuse_to_replace(output: str | Path | None, *inputs: str | Path | None) -> None:
    """Check that a result would not take the place of something that the command reads.

    Args:
        output: Where the result goes; `-` or nothing is standard output.
        inputs: Files that are read; `-` or nothing is standard input or no file.

    Raises:
        TpcError: The output is one of the inputs, under whatever name.
    """
    if output in (None, STANDARD) or not Path(str(output)).exists():
        return
    for path in inputs:
        if path in (None, STANDARD) or not Path(str(path)).exists():
            continue
        if Path(str(path)).samefile(Path(str(output))):
            raise TpcError(
                f"{output} is an input of this command, and would be replaced by its result",
                hint="name another file with -o",
            )


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def note(message: str) -> None:
    """A remark for people, on standard error so that pipes stay clean."""
    sys.stderr.write(message + "\n")


def progress(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """The items, with a progress bar on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description, total=total, console=Console(stderr=True), transient=True)
