"""What a loaded program answers to the sequences of a stream, one by one or in batches.

JSON lines go through a compiled program as text (`tpc.runtime.lines`). Where there is none, and
where its reader refuses a line, a batch goes the fast way as a whole: parsed at once, its words
looked up, one call of the emitted program's array entry point, one text. Where something in it is
unusual (a mistake, first of all) its halves are tried, until the line is found. It goes the slow
way, as all sequences of other formats do, which says what is wrong and where.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple, get_args

import numpy as np

from tpc.data.examples import Tokenizer
from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.ir.words import BOS, EOS
from tpc.runtime.backend import LoadedProgram
from tpc.runtime.compiled import CompiledProgram
from tpc.runtime.formats import Format, Input, answer_text, null_text, read_inputs
from tpc.runtime.lines import LineChecker, LineReader, LineWriter, RefusedError
from tpc.runtime.loaded import LoadedArrays, TargetFailedError
from tpc.runtime.sentences import labels_in_windows
from tpc.semantics.encoding import encode, require_promised, token_id
from tpc.semantics.strings import PromiseCheck

#: Words beyond the vocabulary whose ids are remembered.
_MAX_REMEMBERED = 100_000

OnError = Literal["stop", "skip", "null"]
ON_ERROR: tuple[OnError, ...] = get_args(OnError)


@dataclass(frozen=True)
class StreamOptions:
    """How a stream is run.

    Args:
        program: The program.
        target: `interpreter` or a backend.
        name: Of the input, for messages.
        kind: Its format.
        tokenizer: What splits text.
        raw: Labels at framing tokens too.
        unchecked: Also inputs that an optimised program is not promised on.
        skip_long: Leave out sequences of more tokens than the program takes.
        in_windows: Answer them window by window instead.
        on_error: What becomes of a sequence that has no answer: the stream stops there, goes on
            without it, or has a null in its place.
        explain: What is written of a sequence as JSON, instead of its labels.
    """

    program: Program
    target: str
    name: str
    kind: Format = "jsonl"
    tokenizer: Tokenizer = "space"
    raw: bool = False
    unchecked: bool = False
    skip_long: bool = False
    in_windows: bool = False
    on_error: OnError = "stop"
    explain: Callable[[Sequence[str]], object] | None = None


@dataclass(frozen=True)
class Answered:
    """What became of some sequences.

    Attributes:
        data: The output, as UTF-8.
        ran: How many have an answer in it.
        failures: Why others have none, in the order of the input.
        too_long: The lines of those that were left out.
        error: The mistake that ends the stream, if any.
    """

    data: bytes
    ran: int = 0
    failures: tuple[TpcError, ...] = ()
    too_long: tuple[int, ...] = ()
    error: TpcError | None = None

    @property
    def text(self) -> str:
        """The output."""
        return self.data.decode("utf-8", "surrogatepass")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _joined(parts: Iterable[Answered]) -> Answered:
    """All parts as one, up to the first mistake that ends the stream."""
    found = []
    for part in parts:
        found.append(part)
        if part.error is not None:
            break
    return Answered(
        b"".join(part.data for part in found),
        sum(part.ran for part in found),
        tuple(failure for part in found for failure in part.failures),
        tuple(line for part in found for line in part.too_long),
        found[-1].error if found else None,
    )


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


class _Compiled(NamedTuple):
    """What lines go through."""

    program: CompiledProgram
    reader: LineReader
    checker: LineChecker | None
    writer: LineWriter


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
        self._written: Format = "jsonl" if options.explain else options.kind
        labels = [json.dumps(name, ensure_ascii=False) for name in (*program.classes, BOS, EOS)]
        # The text of a label in the middle, at the start, at the end, and alone.
        shapes = ["{}, ", "[{}, ", "{}]\n", "[{}]\n"]
        self._texts = [shape.format(label) for shape in shapes for label in labels]
        self._lines = [f"{label}\n" for label in labels]
        self._compiled: _Compiled | None = None
        if isinstance(loaded, CompiledProgram):
            reader = LineReader(loaded, self._ids.__getitem__)
            writer = LineWriter(loaded, raw=options.raw)
            checker = None if options.unchecked else LineChecker(loaded, self._promise)
            self._compiled = _Compiled(loaded, reader, checker, writer)

    def answer(self, before: int, text: bytes) -> Answered:
        """The output for some JSON lines.

        Args:
            before: How many lines come before these.
            text: The lines; only the last may lack its end.
        """
        answered, start = self._through(text)
        if start == len(text):
            return answered
        lines = text[start:].splitlines(keepends=True)
        return _joined([answered, self._answer_lines(before + text.count(b"\n", 0, start), lines)])

    def _through(self, text: bytes) -> tuple[Answered, int]:
        """The output for the lines that compiled code takes, and where the others begin."""
        if self._compiled is None:
            return Answered(b""), 0
        loaded, reader, checker, writer = self._compiled
        parts, ran, start = [], 0, 0
        while start < len(text):
            try:
                rows, end = reader.read(text, start)
            except (RefusedError, TpcError, ValueError):
                break
            if checker is not None and not checker.covers(rows):
                break
            parts.append(writer.write(rows, loaded.run_array(rows.ids, rows.lengths)))
            ran, start = ran + len(rows.ids), end
        return Answered(b"".join(parts), ran), start

    def _answer_lines(self, before: int, lines: list[bytes]) -> Answered:
        if not isinstance(self._loaded, LoadedArrays):
            return _joined(self.one_by_one(lines, before))
        try:
            return self._fast(self._loaded, lines)
        except (TpcError, ValueError, TypeError, RecursionError):
            pass  # Something is wrong with some line: the slow way says with which.
        if len(lines) == 1:
            return _joined(self.one_by_one(lines, before))
        half = len(lines) // 2
        halves = ((before, lines[:half]), (before + half, lines[half:]))
        return _joined(self._answer_lines(start, part) for start, part in halves)

    def _fast(self, loaded: LoadedArrays, lines: list[bytes]) -> Answered:
        """The whole batch at once.

        Raises:
            TpcError: The program does not take some word or length.
            ValueError: Some line is not a JSON list.
            TypeError: Some line is a list of lists.
        """
        filled = [line for line in lines if not line.isspace()]
        # Strings cannot go on after the line break, and lists of lists are refused: where every
        # line begins with a bracket, no list reaches from one line to the next.
        if not all(line.lstrip().startswith(b"[") for line in filled):
            raise ValueError("some line does not begin a list")
        text = b",\n".join(filled).decode("utf-8")
        sequences = json.loads(f"[{text}]")
        if len(sequences) != len(filled):
            raise ValueError("some line has two lists")
        if not all(type(sequence) is list for sequence in sequences):
            raise TypeError("some line has something else than a list")
        text = self._text(loaded, sequences) if sequences else ""
        return Answered(_encoded(text), len(sequences))

    def _text(self, loaded: LoadedArrays, sequences: list[list[str]]) -> str:
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

    def one_by_one(self, lines: Iterable[bytes], before: int = 0) -> Generator[Answered]:
        """The output for each sequence.

        Args:
            lines: Those of the sequences.
            before: How many lines come before these.
        """
        options = self._options
        for found in read_inputs(
            lines, options.name, options.kind, options.program, options.tokenizer, before
        ):
            yield self._answered(found)

    def _answered(self, found: Input) -> Answered:
        options = self._options
        if found.is_mark:
            return Answered(_encoded("".join(f"{line}\n" for line in (*found.lines, ""))))
        if options.skip_long and len(found.tokens) > options.program.max_length:
            return Answered(b"", too_long=(found.location.line,))
        try:
            return Answered(_encoded(self._answer_text(found)), ran=1)
        except TpcError as error:
            failure = found.error or found.complaint(error)
            if options.on_error == "stop" or isinstance(error, TargetFailedError):
                return Answered(b"", error=failure)
            if options.on_error == "skip":
                return Answered(b"", failures=(failure,))
            null = null_text(found, self._written, pooled=self._pooled)
            return Answered(_encoded(null), failures=(failure,))

    def _answer_text(self, found: Input) -> str:
        """What is written for a sequence.

        Raises:
            TpcError: It has no answer.
        """
        options = self._options
        if found.error is not None:
            raise found.error
        if options.in_windows and len(found.tokens) > options.program.max_length:
            joined = [*labels_in_windows(options.program, found.tokens, self._labels)]
            return answer_text(found, joined, options.kind)
        if options.explain is not None:
            self._check(found.tokens)
            return json.dumps(options.explain(found.tokens), ensure_ascii=False) + "\n"
        return answer_text(found, self._labels(found.tokens), options.kind)

    def _labels(self, tokens: Sequence[str]) -> list[str] | str:
        self._check(tokens)
        return self._loaded.run(tokens, raw=self._options.raw)

    def _check(self, tokens: Sequence[str]) -> None:
        """Raise TpcError unless the program takes a sequence, and promises something of it."""
        ids = encode(self._options.program, tokens)
        if not self._options.unchecked:
            require_promised(self._options.program, ids)
