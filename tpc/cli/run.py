"""`tpc run`: sequences of tokens, sentences or text to labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tpc.cli import common
from tpc.diagnostics import TpcError, one_of, quoted

if TYPE_CHECKING:
    from tpc.ir.program import Program
    from tpc.runtime.answering import Answered, StreamOptions

#: Lines of sequences that are too long, of all that are named.
MAX_NAMED = 5


def run(
    program: common.ProgramArgument,
    input_file: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="Sequences; - or none: standard input. Or a directory of JSON lines or Parquet.",
        ),
    ] = common.STANDARD,
    output: common.OutputOption = common.STANDARD,
    input_format: Annotated[
        str,
        typer.Option(
            "--format",
            help="jsonl: lists of tokens; conll: columns, the first is the word; text: a sentence "
            "a line.",
        ),
    ] = "jsonl",
    tokenizer: Annotated[
        str | None,
        typer.Option(help="How text is split: treebank or space; by default as in training."),
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Labels at `<s>` and `</s>` too, instead of echoing them.")
    ] = False,
    details: Annotated[
        bool,
        typer.Option("--details", help="Write logits and what each feature adds, as JSON lines."),
    ] = False,
    target: Annotated[
        str, typer.Option("-t", "--target", help="interpreter, or a backend to run through.")
    ] = "interpreter",
    on_error: Annotated[
        str,
        typer.Option(
            help="What a bad line does: stop; skip leaves it out; null writes `null` in its place "
            "(in columns and text the label `_`). Each is named on standard error."
        ),
    ] = "stop",
    skip_long: Annotated[
        bool,
        typer.Option("--skip-long", help="Leave out sequences that are too long, and say so."),
    ] = False,
    windows: Annotated[
        bool,
        typer.Option(
            "--windows",
            help="Answer sequences that are too long by windows that overlap: each token has its "
            "label from one with a quarter of a window around it.",
        ),
    ] = False,
    unchecked: Annotated[
        bool,
        typer.Option(
            "--unchecked", help="Run optimised programs outside the language they are proved on."
        ),
    ] = False,
    jobs: Annotated[
        int,
        typer.Option(
            "-j", "--jobs", min=1, help="Processes (of compiled C: threads) that share JSON lines."
        ),
    ] = 1,
    engine: Annotated[
        str,
        typer.Option(
            help="Of a directory's files: local processes, or ray: machines of a cluster."
        ),
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(help="A Ray cluster, such as HOST:6379; by default one is started."),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(help="The column of tokens, in a directory's rows with columns: tokens."),
    ] = None,
) -> None:
    """Run a program on sequences of tokens.

    JSON lines in, JSON lines out: one list of labels for a list of tokens (one JSON string for a
    program that labels whole sequences). CoNLL columns come back with the label as a last column,
    text as lines `word TAB label`. Words are rewritten, framed and replaced by `<unk>` as in
    training. Standard output has everything up to a mistake; a file is written whole or not at
    all. With --on-error skip or null the run goes on after mistakes, and exit status 1 says that
    there were some.
    """
    from tpc.data.examples import find_tokenizer
    from tpc.runtime.answering import ON_ERROR, StreamOptions
    from tpc.runtime.backend import INTERPRETER
    from tpc.runtime.formats import FORMATS, NO_LABEL
    from tpc.runtime.sentences import check_windows, training_tokenizer
    from tpc.runtime.streaming import stream_answers

    if program == common.STANDARD and input_file == common.STANDARD:
        raise TpcError("program and input cannot both come from standard input")
    kind = one_of(FORMATS, input_format, "format")
    chosen = one_of(ON_ERROR, on_error, "--on-error")
    if raw and kind != "jsonl":
        raise TpcError("--raw shows the labels of framing tokens, which only --format jsonl has")
    if tokenizer is not None and kind != "text":
        raise TpcError(f"--tokenizer splits text, and --format {kind} has words already")
    if details and target != INTERPRETER:
        raise TpcError("--details come from the interpreter; leave --target out")
    if windows and (skip_long or details):
        raise TpcError("--windows answers what is too long; leave out --skip-long and --details")
    folder = Path(input_file).is_dir()
    _check_folder(
        folder,
        engine != "local" or address is not None or column is not None,
        kind != "jsonl" or details or skip_long or chosen == "skip",
    )
    if jobs > 1 and (kind != "jsonl" or details or skip_long):
        raise TpcError("--jobs shares JSON lines; leave out --format, --details and --skip-long")
    common.refuse_to_replace(output, program, input_file)
    loaded = common.read_program(program)
    if windows:
        check_windows(loaded)
    if chosen == "null" and kind != "jsonl" and not details and NO_LABEL in loaded.classes:
        raise TpcError(
            f"{quoted(NO_LABEL)} is a class of %{loaded.name}: in columns and text nothing tells "
            "it from a missing label",
            hint="use --on-error skip, or --format jsonl",
        )
    options = StreamOptions(
        loaded,
        target,
        common.input_name(input_file),
        kind,
        find_tokenizer(tokenizer, training_tokenizer(loaded)),
        raw=raw,
        unchecked=unchecked,
        skip_long=skip_long,
        in_windows=windows,
        on_error=chosen,
        explain=_explain(loaded) if details else None,
    )
    if folder:
        asked = (engine, jobs, address)
        if _run_files(options, (input_file, output), asked, column or "tokens"):
            raise typer.Exit(1)
        return
    with common.open_input(input_file) as stream, common.byte_sink(output) as write:
        answers = common.progress(stream_answers(options, stream, jobs), "running")
        failed = _write(answers, options, write)
    if failed:
        raise typer.Exit(1)


def _check_folder(folder: bool, of_folders: bool, of_streams: bool) -> None:
    """Refuse options of directories for a stream, and of streams for a directory."""
    if not folder and of_folders:
        raise TpcError("--engine, --address and --column are for a directory of files")
    if folder and of_streams:
        raise TpcError(
            "each row of a directory's files has one answer: leave out --format, --details, "
            "--skip-long and --on-error skip",
            hint="--on-error null has null in place of an answer",
        )


def _run_files(
    options: StreamOptions,
    folders: tuple[str, str],
    asked: tuple[str, int, str | None],
    column: str,
) -> int:
    """Answer the files of a directory; how many rows have no answer."""
    from tpc.sweep.corpora import FileWork, answer_file, answer_files, corpus_files
    from tpc.sweep.engine import ENGINES
    from tpc.sweep.engines import make_engine

    source, output = folders
    if output == common.STANDARD:
        raise TpcError("where do the answers go?", hint="name a directory with -o")
    engine, jobs, address = one_of(ENGINES, asked[0], "engine"), asked[1], asked[2]
    files = corpus_files(Path(source), Path(output))
    work = [
        FileWork(options, path.absolute(), answers.absolute(), column) for path, answers in files
    ]
    left = sum(not one.output.exists() for one in work)
    if left < len(work):
        common.note(f"{len(work) - left:,} of {len(work):,} files have answers")
    failed = 0

    def shown(done: FileWork, rows: int) -> None:
        nonlocal failed
        failed += rows
        if rows:
            common.note(f"{done.source}: {rows:,} rows have no answer")

    workers = jobs if engine == "local" or jobs > 1 else None
    made = make_engine(engine, answer_file, workers, address)
    try:
        answer_files(work, made, shown)
    finally:
        made.close()
    common.note(f"{left:,} files answered")
    return failed


def _write(
    answers: Iterable[Answered], options: StreamOptions, write: Callable[[bytes], object]
) -> int:
    """Write answers as they come, and name sequences without any; how many failed."""
    ran, failed, too_long = 0, 0, []
    for answered in answers:
        write(answered.data)
        for failure in answered.failures:
            common.note(failure.headline)
        ran += answered.ran
        failed += len(answered.failures)
        too_long += [f"{options.name}:{line}" for line in answered.too_long]
    if too_long:
        more = ", ..." if len(too_long) > MAX_NAMED else ""
        common.note(
            f"{len(too_long)} sequences are too long: {', '.join(too_long[:MAX_NAMED])}{more}"
        )
    if options.on_error != "stop":
        common.note(f"{ran:,} sequences ran, {failed:,} failed")
    return failed


def _explain(program: Program) -> Callable[[Sequence[str]], object]:
    from tpc.explain.details import details
    from tpc.semantics.interpreter import Interpreter

    interpreter = Interpreter(program)
    return lambda tokens: details(interpreter, tokens)
