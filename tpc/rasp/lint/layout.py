"""Rules about lines: the reference interpreter reads a file line by line.

It parses what it has read so far after every line, so a statement over n lines is parsed n times,
and it stumbles over a line on which a second statement follows the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tpc.rasp.lint.finding import Finding
from tpc.rasp.parser import Chunk
from tpc.rasp.reading import (
    INTERRUPTED,
    SECOND_STATEMENT,
    SECOND_STATEMENT_HINT,
    interrupting_comments,
)
from tpc.rasp.source import Source
from tpc.rasp.syntax import Place

MAX_BLOCK_LINES = 100
"""A `def` or `for` of this many lines is parsed 100 times; longer ones get slow quadratically."""


def check_layout(source: Source, chunks: Sequence[Chunk]) -> Iterator[Finding]:
    """One statement a line, one line a statement, comments only between statements."""
    last_line = 0
    for chunk in chunks:
        if not chunk.tokens:
            continue
        place, (first_line, end_line) = chunk.place, chunk.lines
        if first_line == last_line:
            yield Finding.at(
                source, place, "statement-per-line", SECOND_STATEMENT, SECOND_STATEMENT_HINT
            )
        last_line = end_line
        yield from _check_span(source, place, chunk.tokens[0].type in {"DEF", "FOR"}, last_line)
    for place in interrupting_comments(source):
        yield Finding.at(source, place, "comment", INTERRUPTED)


def _check_span(source: Source, place: Place, block: bool, last_line: int) -> Iterator[Finding]:
    lines = last_line - place.line + 1
    if not block and lines > 1:
        message = f"this statement takes {lines} lines, and is read again with each of them"
        yield Finding.at(source, place, "statement-per-line", message, "write it on one line")
    if block and lines > MAX_BLOCK_LINES:
        message = f"this block takes {lines} lines, and is read again with each of them"
        hint = f"split it into blocks of at most {MAX_BLOCK_LINES} lines"
        yield Finding.at(source, place, "block-length", message, hint)
