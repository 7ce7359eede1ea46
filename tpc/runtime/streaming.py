"""`tpc run` on large inputs: JSON lines in batches, in constant memory, on several cores.

A batch goes the fast way as a whole: parsed at once, its words looked up, one call of the emitted
program's array entry point, one text. Whatever is unusual in a batch (a mistake, first of all)
sends that batch the slow way, line by line, which says what is wrong and where.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tpc.diagnostics import Location, TpcError
from tpc.ir.program import Program
from tpc.ir.words import BOS, EOS
from tpc.runtime.backend import LoadedProgram
from tpc.runtime.targets import run_with
from tpc.semantics.encoding import encode, require_promised, token_id
from tpc.semantics.frames import PromiseCheck

#: Lines of a batch. The first batches are smaller, so that a person at a terminal sees answers.
BATCH = 16_384
#: Words beyond the vocabulary whose ids are remembered.
_MAX_REMEMBERED = 100_000


@runtime_checkable
class ArrayProgram(Protocol):
    """A loaded program with an entry point for arrays."""

    def run_array(self, ids: NDArray[Any], lengths: NDArray[Any] | None = None) -> NDArray[Any]:
        """Class ids `[sequences, positions]` (pooled: `[sequences]`) of padded token ids."""
        ...


@dataclass(frozen=True)
class StreamOptions:
    """How a stream is run.

    Args:
        program: The program.
        target: `interpreter` or a backend.
        name: Of the input, for messages.
        raw: Labels at framing tokens too.
        unchecked: Also inputs that an optimised program is not promised on.
    """

    program: Program
    target: str
    name: str
    raw: bool = False
    unchecked: bool = False


@dataclass(frozen=True)
class Answered:
    """What became of a batch: its output, and the mistake that ended it, if any."""

    text: str
    complaint: tuple[str, Location | None, str | None] | None = None


def stream_json_lines(options: StreamOptions, stream: IO[bytes], jobs: int = 1) -> Iterator[str]:
    """The output for a stream of JSON lines, batch by batch, in the order of the input.

    Args:
        options: What to run, and how.
        stream: JSON lists of tokens, one a line.
        jobs: Processes that share the work.

    Raises:
        TpcError: A line is not a list of tokens that the program takes; all before it has been
            yielded. Or the target cannot express or load the program.
    """
    if jobs < 1:
        raise TpcError(f"{jobs} jobs are too few", hint="use --jobs 1 or more")
    answers = _in_this_process(options, stream) if jobs == 1 else _in_pool(options, stream, jobs)
    with closing(answers):
        for answered in answers:
            yield answered.text
            if answered.complaint is not None:
                message, location, hint = answered.complaint
                raise TpcError(message, location=location, hint=hint)


def _batches(stream: IO[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Batches of lines, each with the number of lines before it."""
    before, size = 0, 1
    while lines := list(islice(stream, size)):
        yield before, lines
        before, size = before + _line_count(lines), min(2 * size, BATCH)


def _line_count(lines: list[bytes]) -> int:
    """How many lines `decoded_lines` makes of those of a stream: a lone CR ends one, too."""
    if b"\r" not in b"".join(lines):
        return len(lines)
    ends = (line.removesuffix(b"\n").removesuffix(b"\r").count(b"\r") for line in lines)
    return len(lines) + sum(ends)


def _in_this_process(options: StreamOptions, stream: IO[bytes]) -> Generator[Answered]:
    with run_with(options.program, options.target) as loaded:
        answering = Answering(options, loaded)
        for before, lines in _batches(stream):
            yield answering.answer(before, lines)


def _in_pool(options: StreamOptions, stream: IO[bytes], jobs: int) -> Generator[Answered]:
    """Batches in flight are bounded: the reader waits for the writer."""
    from multiprocessing import get_context

    waiting: deque[Future[Answered]] = deque()
    context = get_context("spawn")
    with run_with(options.program, options.target):
        pass  # What is wrong with the target is said here, once.
    with ProcessPoolExecutor(jobs, context, _start_worker, (options,)) as pool:
        try:
            for before, lines in _batches(stream):
                waiting.append(pool.submit(_work, before, lines))
                if len(waiting) > 2 * jobs:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _Worker:
    """What a worker process keeps between batches."""

    answering: Answering | None = None


def _start_worker(options: StreamOptions) -> None:
    """Load the program for as long as the process lives."""
    from multiprocessing.util import Finalize

    context = run_with(options.program, options.target)
    _Worker.answering = Answering(options, context.__enter__())
    Finalize(context, context.__exit__, (None, None, None), exitpriority=1)


def _work(before: int, lines: list[bytes]) -> Answered:
    assert _Worker.answering is not None, "workers are started first"
    return _Worker.answering.answer(before, lines)


class _Ids(dict[str, int]):
    """Token ids by word; words that must be rewritten or are unknown are looked up once."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def __missing__(self, word: object) -> int:
        if not isinstance(word, str):
            raise TpcError("this line is not a list of tokens")
        found = token_id(self._program, word)
        if len(self) < len(self._program.vocabulary) + _MAX_REMEMBERED:
            self[word] = found
        return found


class Answering:
    """A loaded program that answers batches.

    Args:
        options: How.
        loaded: The program; without an entry point for arrays every batch goes line by line.
    """

    def __init__(self, options: StreamOptions, loaded: LoadedProgram) -> None:
        self._options = options
        self._loaded = loaded
        program = options.program
        self._ids = _Ids(program)
        self._promise = PromiseCheck(program)
        self._pooled = program.label_type.pooled
        labels = [json.dumps(name, ensure_ascii=False) for name in (*program.classes, BOS, EOS)]
        # The text of a label in the middle, at the start, at the end, and alone.
        shapes = ["{}, ", "[{}, ", "{}]\n", "[{}]\n"]
        self._texts = [shape.format(label) for shape in shapes for label in labels]
        self._lines = [f"{label}\n" for label in labels]

    def answer(self, before: int, lines: list[bytes]) -> Answered:
        """The output for some lines.

        Args:
            before: How many lines come before these.
            lines: The lines.
        """
        if isinstance(self._loaded, ArrayProgram):
            try:
                return Answered(self._fast(self._loaded, lines))
            except (TpcError, ValueError, TypeError, RecursionError):
                pass  # Something is wrong with some line: the slow way says with which.
        return self._slow(before, lines)

    def _fast(self, loaded: ArrayProgram, lines: list[bytes]) -> str:
        """The whole batch at once.

        Raises:
            TpcError: The program does not take some word or length.
            ValueError: Some line is not a JSON list.
            TypeError: Some line is a list of lists.
        """
        if _line_count(lines) != len(lines):
            raise ValueError("a lone CR, a space to JSON, ends a line")
        # Strings cannot go on after the line break, and lists of lists are refused, so that no
        # element can reach from one line to the next.
        text = b",\n".join(line for line in lines if not line.isspace()).decode("utf-8")
        sequences = json.loads(f"[{text}]")
        if len(sequences) != sum(not line.isspace() for line in lines):
            raise ValueError("some line has two lists")
        if not all(type(sequence) is list for sequence in sequences):
            raise TypeError("some line has something else than a list")
        return self._text(loaded, sequences) if sequences else ""

    def _text(self, loaded: ArrayProgram, sequences: list[list[str]]) -> str:
        program = self._options.program
        lengths = np.fromiter(map(len, sequences), dtype=np.int64, count=len(sequences))
        if lengths.max() > program.max_length or lengths.min() == 0:
            raise ValueError("the slow way deals with empty and with too long sequences")
        flat = list(map(self._ids.__getitem__, chain.from_iterable(sequences)))
        inside = np.arange(int(lengths.max())) < lengths[:, None]
        ids = np.zeros(inside.shape, dtype=np.uint16 if len(program.vocabulary) < 65536 else int)
        ids[inside] = flat
        if not self._options.unchecked and not self._promise.covers(ids, lengths):
            raise ValueError("some input is outside the language")
        labels = loaded.run_array(ids, lengths)
        if self._pooled:
            return "".join(map(self._lines.__getitem__, labels.tolist()))
        codes = labels.astype(np.int64)
        rows, ends = np.arange(len(sequences)), lengths - 1
        count, shift = len(program.classes), len(program.classes) + 2
        if not self._options.raw:
            first = np.fromiter((s[0] == BOS for s in sequences), dtype=bool, count=len(rows))
            last = np.fromiter((s[-1] == EOS for s in sequences), dtype=bool, count=len(rows))
            codes[first, 0] = count
            codes[rows[last], ends[last]] = count + 1
        codes[:, 0] += shift
        codes[rows, ends] += 2 * shift
        return "".join(map(self._texts.__getitem__, codes[inside].tolist()))

    def _slow(self, before: int, lines: list[bytes]) -> Answered:
        """Line by line, up to the first mistake."""
        from tpc.runtime.formats import answer_text, read_inputs

        options, texts = self._options, []
        try:
            inputs = read_inputs(lines, options.name, "jsonl", options.program, "space", before)
            for found in inputs:
                try:
                    ids = encode(options.program, found.tokens)
                    if not options.unchecked:
                        require_promised(options.program, ids)
                    answer = self._loaded.run(found.tokens, raw=options.raw)
                except TpcError as error:
                    raise found.complaint(error) from None
                texts.append(answer_text(found, answer, "jsonl"))
        except TpcError as error:
            return Answered("".join(texts), (error.message, error.location, error.hint))
        return Answered("".join(texts))
