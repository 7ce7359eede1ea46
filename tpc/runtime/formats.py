"""What `tpc run` reads and writes: JSON lines, CoNLL columns, or plain text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from tpc.data.examples import Tokenizer, splitter
from tpc.data.records.conll import unchecked_sentences
from tpc.data.records.record import Place, decoded_lines
from tpc.diagnostics import Location, TpcError
from tpc.files import JsonError, parse_json
from tpc.ir.program import Program
from tpc.runtime.sentences import framed

Format = Literal["jsonl", "conll", "text"]
FORMATS: tuple[Format, ...] = get_args(Format)
#: What stands in columns for a label that is not there; JSON has `null`.
NO_LABEL = "_"
_HINT = 'write a JSON list of strings, such as ["<s>", "3", "1", "</s>"]'
_RETURN = re.compile(rb"\r(?=[^\n])")


@dataclass(frozen=True)
class Input:
    """One sequence of the input.

    Attributes:
        location: Its first line.
        tokens: As the program gets them.
        words: The tokens that the input itself has: without the framing that was added.
        lines: The lines of CoNLL columns that it was read from; empty for other formats.
        word_lines: Which of the lines are words. Without words there is nothing to answer, and the
            lines go out as they came in: the mark of a document.
        error: Why it cannot be read; the rest is then as well as can be.
    """

    location: Location
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    lines: tuple[str, ...] = ()
    word_lines: tuple[int, ...] = ()
    error: TpcError | None = None

    @property
    def is_mark(self) -> bool:
        """Whether there is nothing to answer."""
        return bool(self.lines) and not self.word_lines and self.error is None

    @property
    def framing(self) -> int:
        """How many tokens were added in front."""
        return (len(self.tokens) - len(self.words)) // 2

    def complaint(self, error: TpcError) -> TpcError:
        """The same complaint, with the line of the input that causes it."""
        return TpcError(error.message, location=self.location, hint=error.hint)


class _Lines:
    """The lines of a stream; what is wrong with a line is kept until its number is asked for.

    In such a line, marks stand for what cannot be read.
    """

    def __init__(self, stream: Iterable[bytes], name: str, before: int) -> None:
        self._stream, self._name, self._before = stream, name, before
        self._errors: dict[int, TpcError] = {}

    def __iter__(self) -> Iterator[tuple[Place, str]]:
        for number, raw in enumerate(single_lines(self._stream), self._before):
            try:
                yield from decoded_lines([raw], self._name, number)
            except TpcError as error:
                self._errors[number + 1] = error
                marked = raw.replace(b"\0", b"\xff").decode("utf-8", "replace").encode()
                yield from decoded_lines([marked], self._name, number)

    def error(self, first: int, count: int = 1) -> TpcError | None:
        """What is wrong with the first bad one of some lines."""
        found = (self._errors.pop(number, None) for number in range(first, first + count))
        return next((error for error in list(found) if error is not None), None)


def single_lines(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that end with LF, CRLF or a lone CR, of lines that end with a line feed."""
    for raw in stream:
        if b"\r" in raw:
            yield from _RETURN.split(raw)
        else:
            yield raw


def read_inputs(
    stream: Iterable[bytes],
    name: str,
    kind: Format,
    program: Program,
    tokenizer: Tokenizer,
    before: int = 0,
) -> Iterator[Input]:
    """The sequences of a stream; blank lines separate them and are none themselves.

    Words of text and of CoNLL columns are framed as the program was trained; token lists of JSON
    lines are taken as they are. A sequence that is not UTF-8 or not of the format has an error.

    Args:
        stream: Lines that end with a line feed.
        name: Of the stream, for messages.
        kind: Its format.
        program: What the sequences are for.
        tokenizer: What splits text.
        before: How many lines came before these.
    """
    lines = _Lines(stream, name, before)
    if kind == "conll":
        yield from _column_inputs(lines, name, program)
        return
    split = splitter(tokenizer)
    for place, line in lines:
        if not line.strip():
            continue
        location = Location(name, place.number, 1, line, len(line))
        error = lines.error(place.number)
        if kind == "jsonl":
            yield _json_input(location, error)
        elif words := tuple(split(line)):
            yield Input(location, framed(program, words), words, error=error)


def _json_input(location: Location, error: TpcError | None) -> Input:
    tokens: object = None
    try:
        tokens = parse_json(location.source)
    except JsonError as found:
        place = replace(location, column=max(1, found.column), length=1)
        error = error or TpcError(f"this line is not JSON: {found}", location=place, hint=_HINT)
    if isinstance(tokens, list) and all(isinstance(token, str) for token in tokens):
        return Input(location, tuple(tokens), tuple(tokens), error=error)
    message = "this line is not a list of tokens"
    error = error or TpcError(message, location=location, hint=_HINT)
    return Input(location, (), (), error=error)


def _column_inputs(lines: _Lines, name: str, program: Program) -> Iterator[Input]:
    width = 0
    for sentence in unchecked_sentences(lines):
        error = lines.error(sentence.place.number, len(sentence.lines))
        if error is None:
            try:
                width = sentence.check_width(width)
            except TpcError as found:
                error = found
        words, first = sentence.forms(), sentence.lines[0]
        location = Location(name, sentence.place.number, 1, first, len(first))
        tokens = framed(program, words) if words else ()
        yield Input(location, tokens, words, sentence.lines, sentence.words, error)


def answer_text(found: Input, labels: Sequence[str] | str, kind: Format) -> str:
    """What is written for the answer to one sequence, line ends included.

    JSON lines: the labels, or the label, as JSON. Text: `word TAB label` lines and a blank line,
    or the label. CoNLL columns: the lines as they are with the label as a last column.

    Args:
        found: The sequence.
        labels: One for each of its tokens, or a single one of a pooled program.
        kind: The format of the input.
    """
    if kind == "jsonl":
        return json.dumps(labels, ensure_ascii=False) + "\n"
    if isinstance(labels, str):
        return labels + "\n"
    own = labels[found.framing : found.framing + len(found.words)]
    if kind == "conll":
        answers = dict(zip(found.word_lines, own, strict=True))
        lines = [_labelled(line, answers.get(n)) for n, line in enumerate(found.lines)]
    else:
        lines = [f"{word}\t{label}\n" for word, label in zip(found.words, own, strict=True)]
    return "".join(lines) + "\n"


def null_text(found: Input, kind: Format, *, pooled: bool) -> str:
    """What is written for a sequence without an answer: `null`, or `NO_LABEL` in columns."""
    if kind == "jsonl":
        return "null\n"
    return answer_text(found, NO_LABEL if pooled else [NO_LABEL] * len(found.tokens), kind)


def _labelled(line: str, label: str | None) -> str:
    """A line with one more column, or, if it is no word, as it is."""
    if label is None:
        return f"{line}\n"
    gap = "\t" if "\t" in line else " "
    return f"{line}{gap}{label}\n"
