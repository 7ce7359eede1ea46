"""What `tpc run` reads and writes: JSON lines, CoNLL columns, or plain text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from tpc.data.examples import Tokenizer, splitter
from tpc.data.records.conll import sentences
from tpc.data.records.record import decoded_lines
from tpc.diagnostics import Location, TpcError
from tpc.files import JsonError, parse_json
from tpc.ir.program import Program
from tpc.runtime.sentences import framed

Format = Literal["jsonl", "conll", "text"]
FORMATS: tuple[Format, ...] = get_args(Format)
_HINT = 'write a JSON list of strings, such as ["<s>", "3", "1", "</s>"]'


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
    """

    location: Location
    tokens: tuple[str, ...]
    words: tuple[str, ...]
    lines: tuple[str, ...] = ()
    word_lines: tuple[int, ...] = ()

    @property
    def is_mark(self) -> bool:
        """Whether there is nothing to answer."""
        return bool(self.lines) and not self.word_lines

    @property
    def framing(self) -> int:
        """How many tokens were added in front."""
        return (len(self.tokens) - len(self.words)) // 2

    def complaint(self, error: TpcError) -> TpcError:
        """The same complaint, with the line of the input that causes it."""
        return TpcError(error.message, location=self.location, hint=error.hint)


def find_format(name: str) -> Format:
    """The format of that name.

    Raises:
        TpcError: There is none.
    """
    found = next((known for known in FORMATS if known == name), None)
    if found is None:
        raise TpcError(f"there is no format '{name}'", hint=f"one of {', '.join(FORMATS)}")
    return found


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
    lines are taken as they are.

    Args:
        stream: Lines that end with a line feed.
        name: Of the stream, for messages.
        kind: Its format.
        program: What the sequences are for.
        tokenizer: What splits text.
        before: How many lines came before these.

    Raises:
        TpcError: A line is not UTF-8, or not of the format.
    """
    match kind:
        case "jsonl":
            for place, line in decoded_lines(stream, name, before):
                if line.strip():
                    tokens = _json_tokens(line, name, place.number)
                    yield Input(Location(name, place.number, 1, line, len(line)), tokens, tokens)
        case "text":
            split = splitter(tokenizer)
            for place, line in decoded_lines(stream, name):
                words = tuple(split(line))
                if words:
                    location = Location(name, place.number, 1, line, len(line))
                    yield Input(location, framed(program, words), words)
        case "conll":
            for sentence in sentences(decoded_lines(stream, name)):
                words = sentence.forms() if sentence.words else ()
                first = sentence.lines[0]
                location = Location(name, sentence.place.number, 1, first, len(first))
                tokens = framed(program, words)
                yield Input(location, tokens, words, sentence.lines, sentence.words)


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


def _labelled(line: str, label: str | None) -> str:
    """A line with one more column, or, if it is no word, as it is."""
    if label is None:
        return f"{line}\n"
    gap = "\t" if "\t" in line else " "
    return f"{line}{gap}{label}\n"


def _json_tokens(line: str, name: str, number: int) -> tuple[str, ...]:
    try:
        tokens = parse_json(line)
    except JsonError as error:
        place = Location(name, number, max(1, error.column), line)
        raise TpcError(f"this line is not JSON: {error}", location=place, hint=_HINT) from None
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        place = Location(name, number, 1, line, len(line))
        raise TpcError("this line is not a list of tokens", location=place, hint=_HINT)
    return tuple(tokens)
