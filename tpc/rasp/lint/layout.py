"""Rules about lines: the reference interpreter reads a file line by line.

It parses what it has read so far after every line, so a statement over n lines is parsed n times,
and it stumbles over a line on which a second statement follows the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tpc.rasp.lint.finding import Finding
from tpc.rasp.parser import Chunk
from tpc.rasp.source import Source
from tpc.rasp.syntax import Place

MAX_BLOCK_LINES = 100
"""A `def` or `for` of this many lines is parsed 100 times; longer ones get slow quadratically."""

_CODE = re.compile(r'(?:[^"#]|"[^"]*")*')
_BEFORE_COMMENT = re.compile(r"[;}]\s*$|^\s*(def|for)\b.*\{\s*$|^\s*(set|show|examples)\b")


def check_layout(source: Source, chunks: Sequence[Chunk]) -> Iterator[Finding]:
    """One statement a line, one line a statement, comments only between statements."""
    last_line = 0
    for chunk in chunks:
        if not chunk.tokens:
            continue
        first, last = chunk.tokens[0], chunk.tokens[-1]
        place = Place(first.line or 1, first.column or 1, len(first))
        if place.line == last_line:
            yield Finding.at(
                source,
                place,
                "statement-per-line",
                "a second statement on the same line makes the line unreadable",
                "give it a line of its own",
            )
        last_line = (last.end_line or last.line) or 1
        yield from _check_span(source, place, first.type in {"DEF", "FOR"}, last_line)
    yield from _check_comments(source)


def _check_span(source: Source, place: Place, block: bool, last_line: int) -> Iterator[Finding]:
    lines = last_line - place.line + 1
    if not block and lines > 1:
        message = f"this statement takes {lines} lines, and is read again with each of them"
        yield Finding.at(source, place, "statement-per-line", message, "write it on one line")
    if block and lines > MAX_BLOCK_LINES:
        message = f"this block takes {lines} lines, and is read again with each of them"
        hint = f"split it into blocks of at most {MAX_BLOCK_LINES} lines"
        yield Finding.at(source, place, "block-length", message, hint)


def _check_comments(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, 1):
        match = _CODE.match(line)
        end = match.end() if match else 0
        if end == len(line) or line[end] != "#":
            continue
        before = line[:end]
        if before.strip() and not _BEFORE_COMMENT.search(before):
            message = "a comment can follow a statement, not interrupt one"
            yield Finding.at(source, Place(number, end + 1), "comment", message)
