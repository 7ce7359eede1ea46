"""`tpc run`: sequences of tokens, sentences or text to labels."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from tpc.cli.common import (
    STANDARD,
    ProgramArgument,
    note,
    progress,
    read_program,
    refuse_to_replace,
    text_sink,
)
from tpc.diagnostics import TpcError

if TYPE_CHECKING:
    from tpc.ir.program import Program
    from tpc.runtime.backend import LoadedProgram
    from tpc.runtime.formats import Format, Input

#: Lines of skipped sequences that are named.
MAX_NAMED = 5


def run(
    program: ProgramArgument,
    input_file: Annotated[
        str, typer.Argument(metavar="[INPUT]", help="Sequences; - or none: standard input.")
    ] = STANDARD,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="`-` is standard output.")
    ] = STANDARD,
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
    skip_long: Annotated[
        bool,
        typer.Option("--skip-long", help="Leave out sequences that are too long, and say so."),
    ] = False,
    unchecked: Annotated[
        bool,
        typer.Option(
            "--unchecked", help="Run optimised programs outside the language they are proved on."
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=1, help="Processes that share JSON lines.")
    ] = 1,
) -> None:
    """Run a program on sequences of tokens.

    JSON lines in, JSON lines out: one list of labels for a list of tokens (one JSON string for a
    program that labels whole sequences). CoNLL columns come back with the label as a last column,
    text as lines `word TAB label`. Words are rewritten, framed and replaced by `<unk>` as in
    training. Standard output has everything up to a mistake; a file is written whole or not at
    all.
    """
    from tpc.data.examples import find_tokenizer
    from tpc.runtime.formats import find_format, read_inputs
    from tpc.runtime.sentences import training_tokenizer
    from tpc.runtime.streaming import StreamOptions, stream_json_lines
    from tpc.runtime.targets import INTERPRETER, run_with

    if program == STANDARD and input_file == STANDARD:
        raise TpcError("program and input cannot both come from standard input")
    kind = find_format(input_format)
    if raw and kind != "jsonl":
        raise TpcError("--raw shows the labels of framing tokens, which only --format jsonl has")
    if tokenizer is not None and kind != "text":
        raise TpcError(f"--tokenizer splits text, and --format {kind} has words already")
    if details and target != INTERPRETER:
        raise TpcError("--details come from the interpreter; leave --target out")
    line_by_line = kind != "jsonl" or details or skip_long
    if jobs > 1 and line_by_line:
        raise TpcError("--jobs shares JSON lines; leave out --format, --details and --skip-long")
    refuse_to_replace(output, program, input_file)
    loaded = read_program(program)
    name = "<stdin>" if input_file == STANDARD else input_file
    if not line_by_line:
        options = StreamOptions(loaded, target, name, raw=raw, unchecked=unchecked)
        with _open(input_file) as stream, text_sink(output) as write:
            for text in progress(stream_json_lines(options, stream, jobs), "running"):
                write(text)
        return
    splits = find_tokenizer(tokenizer, training_tokenizer(loaded))
    skipped: list[str] = []
    with (
        run_with(loaded, target) as runner,
        _open(input_file) as stream,
        text_sink(output) as write,
    ):
        answers = _Answers(loaded, runner, kind, raw=raw, details=details, unchecked=unchecked)
        for found in progress(read_inputs(stream, name, kind, loaded, splits), "running"):
            if found.is_mark:
                write("".join(f"{line}\n" for line in (*found.lines, "")))
                continue
            if skip_long and len(found.tokens) > loaded.max_length:
                skipped.append(f"{name}:{found.location.line}")
                continue
            write(answers.text(found))
    if skipped:
        more = ", ..." if len(skipped) > MAX_NAMED else ""
        note(f"{len(skipped)} sequences are too long: {', '.join(skipped[:MAX_NAMED])}{more}")


class _Answers:
    """What is written for each sequence."""

    def __init__(
        self,
        program: Program,
        runner: LoadedProgram,
        kind: Format,
        *,
        raw: bool,
        details: bool,
        unchecked: bool,
    ) -> None:
        self.program, self.runner, self.kind = program, runner, kind
        self.raw, self.details, self.unchecked = raw, details, unchecked

    def text(self, found: Input) -> str:
        """The lines for one sequence.

        Raises:
            TpcError: The program does not take it; the message names its line.
        """
        from tpc.runtime.formats import answer_text
        from tpc.semantics.encoding import encode, require_promised

        try:
            if not self.unchecked:
                require_promised(self.program, encode(self.program, found.tokens))
            if self.details:
                return self._details(found)
            labels = self.runner.run(found.tokens, raw=self.raw)
        except TpcError as error:
            raise found.complaint(error) from None
        return answer_text(found, labels, self.kind)

    def _details(self, found: Input) -> str:
        from tpc.explain.details import details
        from tpc.semantics.interpreter import Interpreter

        assert isinstance(self.runner, Interpreter), "other targets are refused with --details"
        explained = details(self.runner, found.tokens).to_json()
        return json.dumps(explained, ensure_ascii=False) + "\n"


@contextmanager
def _open(path: str) -> Iterator[IO[bytes]]:
    """A file, or standard input, which stays open."""
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
