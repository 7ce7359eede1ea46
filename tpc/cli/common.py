"""What every command shares: reading programs, writing results, progress, failing politely."""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, TextIO, TypeVar

import typer

from tpc.diagnostics import TpcError, one_of
from tpc.files import read_text, writing_atomic

if TYPE_CHECKING:
    from tpc.data.splits import SplitName
    from tpc.data.task import Row, Task
    from tpc.ir.program import Program
    from tpc.runtime.formats import Format

STANDARD = "-"
Item = TypeVar("Item")

ProgramArgument = Annotated[
    str, typer.Argument(metavar="PROGRAM", help="A .tpir file; - reads standard input.")
]
OutputOption = Annotated[
    str,
    typer.Option("-o", "--output", metavar="FILE", help="Where to write; - is standard output."),
]
EngineOption = Annotated[
    str,
    typer.Option(help="Where queries of a proof run: local processes, or ray: a cluster."),
]
AddressOption = Annotated[
    str | None,
    typer.Option(help="A Ray cluster, such as HOST:6379; by default one is started."),
]
TargetsOption = Annotated[
    list[str] | None,
    typer.Option("-t", "--target", help="interpreter or a backend; repeat it, or give 'all'."),
]
TaskOption = Annotated[
    str | None,
    typer.Option(
        "--task",
        metavar="TASK",
        help="A generated task by its name, or one of your own in Python: FILE.py, FILE.py:NAME "
        "or MODULE:NAME.",
    ),
]
SequenceArgument = Annotated[
    str,
    typer.Argument(
        metavar="INPUT",
        help="One input: tokens with spaces between them, or a JSON list; - reads standard input.",
    ),
]
UncheckedOption = Annotated[
    bool,
    typer.Option(
        "--unchecked", help="Take inputs outside the language that an optimised program is for."
    ),
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
DefaultLevelOption = Annotated[
    int | None,
    typer.Option(
        "-O",
        min=0,
        max=3,
        help="Optimise first: 0 not at all; 1 by analysis alone; 2 proved on the input "
        "language; 3 for the reader. By default 3 where going through all inputs takes at most "
        "100,000,000 values of variables, else 1.",
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
        return parse_program(input_text(path), input_name(path))
    return read_program_file(Path(path))


def input_name(path: str) -> str:
    """What messages call a file, or standard input for `-`."""
    return "<stdin>" if path == STANDARD else path


def input_text(path: str) -> str:
    """The text of a file, or of standard input for `-`, without a byte order mark.

    Raises:
        TpcError: It cannot be read, or is not UTF-8.
    """
    if path != STANDARD:
        return read_text(Path(path))
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TpcError(f"standard input is not UTF-8 text (byte {error.start})") from error


@contextmanager
def open_input(path: str) -> Iterator[IO[bytes]]:
    """The bytes of a file, or of standard input for `-`, which stays open.

    Raises:
        TpcError: The file cannot be opened.
    """
    if path == STANDARD:
        yield sys.stdin.buffer
        return
    if Path(path).is_dir():
        raise TpcError(f"cannot read {path}: it is a directory", hint="name a file of sequences")
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 - closed by the with below
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror}") from error
    with stream:
        yield stream


def program_and_sequence(
    path: str, text: str, *, unchecked: bool
) -> tuple[Program, tuple[str, ...]]:
    """A program, and one input that it takes, framed if it is one of text.

    Args:
        path: Of the program; `-` is standard input.
        text: Words with spaces between them or a JSON list; `-` is standard input.
        unchecked: Whether the input may be outside the language that the program is promised on.

    Raises:
        TpcError: The program cannot be read, or does not take the input.
    """
    from tpc.runtime.sentences import framed
    from tpc.semantics.encoding import encode, require_promised

    if path == text == STANDARD:
        raise TpcError("program and input cannot both come from standard input")
    program = read_program(path)
    given = _sequence(input_text(text) if text == STANDARD else text)
    words = given if isinstance(given, list) else list(framed(program, given.split()))
    ids = encode(program, words)
    if not unchecked:
        require_promised(program, ids)
    return program, tuple(words)


def _sequence(text: str) -> list[str] | str:
    """The tokens of a JSON list; the text itself if it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(found, list) and all(isinstance(token, str) for token in found):
        return found
    return text


def sequences(program: Program, path: str, kind: Format) -> Iterator[tuple[str, ...]]:
    """The inputs of a file, or of standard input for `-`, as the program gets them.

    Raises:
        TpcError: One cannot be read, or the program does not take it.
    """
    from tpc.data.examples import find_tokenizer
    from tpc.runtime.formats import read_inputs
    from tpc.runtime.sentences import training_tokenizer
    from tpc.semantics.encoding import encode

    tokenizer = find_tokenizer(None, training_tokenizer(program))
    with open_input(path) as stream:
        for found in read_inputs(stream, input_name(path), kind, program, tokenizer):
            if found.is_mark:
                continue
            if found.error is not None:
                raise found.error
            try:
                encode(program, found.tokens)
            except TpcError as error:
                raise found.complaint(error) from error
            yield found.tokens


def terminal_width() -> int:
    """How many characters a line of the terminal has; 80 where there is none."""
    from shutil import get_terminal_size

    return get_terminal_size((80, 24)).columns


def given_task(program: Program, text: str) -> Task:
    """The task that a user names; it is said if it is not what the program was trained on.

    Raises:
        TpcError: There is none, or it cannot be used.
    """
    from tpc.data.tasks import given_task as find
    from tpc.evaluation.scores import has_changed

    found = find(text)
    if has_changed(program, found):
        note(f"{text} is not what it was when %{program.name} was trained")
    return found


def optimised(program: Program, level: int) -> Program:
    """The program after the passes of `-O<level>`; what they left alone is said on stderr."""
    from tpc.passes.pipelines import optimise

    result = optimise(program, level)
    for text in result.skipped:
        note(f"left alone: {text}")
    return result.program


def chosen_targets(given: Sequence[str] | None, default: Sequence[str]) -> tuple[str, ...]:
    """The targets that `--target` names, each once; `all` are all that there are."""
    from tpc.runtime.backend import target_names

    targets = given or default
    return tuple(target_names() if "all" in targets else dict.fromkeys(targets))


def read_vocabulary(path: Path | None) -> dict[str, object] | None:
    """The contents of a vocabulary file, or `None` without one."""
    if path is None:
        return None
    from tpc.frontends.program_file import read_vocabulary as read

    return read(path)


def given_rows(program: Program, data: str, split: SplitName) -> list[Row]:
    """The rows of a file, or of that split of anything else, as `tpc eval` reads them."""
    from tpc.evaluation.rows import Reading, given_rows

    found = given_rows(program, data, None if Path(data).is_file() else split, Reading())
    return [row for rows in found.values() for row in rows]


def write_text(path: str | None, text: str) -> None:
    """Write to a file, whole or not at all; to standard output for `-` or nothing."""
    with text_sink(path) as write:
        write(text)


@contextmanager
def text_sink(path: str | None) -> Iterator[Callable[[str], object]]:
    """What takes text piece by piece: a file, whole or not at all, or standard output."""
    if path in (None, STANDARD):
        yield sys.stdout.write
        return
    with writing_atomic(Path(str(path))) as sink:
        yield sink.write


@contextmanager
def proofs_by(engine: str, address: str | None) -> Iterator[None]:
    """Within the block the queries of proofs run by this engine.

    Raises:
        TpcError: There is no such engine, Ray is not installed, or there is no such cluster.
    """
    from tpc.sweep.engine import ENGINES

    if one_of(ENGINES, engine, "engine") == "local":
        if address is not None:
            raise TpcError("--address is of a Ray cluster", hint="add --engine ray")
        yield
        return
    from tpc.proof.parallel import placed_by
    from tpc.sweep.ray_order import ray_order

    with ray_order(address) as order, placed_by(order):
        yield


@contextmanager
def byte_sink(path: str) -> Iterator[Callable[[bytes], object]]:
    """What takes UTF-8 piece by piece: a file, whole or not at all, or standard output."""
    if path != STANDARD:
        with writing_atomic(Path(path)) as sink:
            yield sink.write
        return
    yield _write_bytes if _takes_utf8(sys.stdout) else _write_decoded


def _takes_utf8(stream: TextIO) -> bool:
    return hasattr(stream, "buffer") and codecs.lookup(stream.encoding).name == "utf-8"


def _write_bytes(data: bytes) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    if sys.stdout.isatty():
        sys.stdout.buffer.flush()


def _write_decoded(data: bytes) -> None:
    sys.stdout.write(data.decode("utf-8", "surrogatepass"))


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


def print_table(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, right: int = 0, least: int = 0
) -> None:
    """A table on standard output.

    Args:
        header: Titles of the columns.
        rows: Of the table.
        right: How many columns, the last ones, are numbers.
        least: Width below which nothing is cut or wrapped.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=any(header))
    for index, title in enumerate(header):
        numbers = index >= len(header) - right
        table.add_column(escape(title), justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*map(escape, row))
    console = Console(highlight=False)
    console.print(table, width=max(console.width, least))


def progress(items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
    """The items, with a progress bar on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, description, total=total, console=Console(stderr=True), transient=True)
