"""A text as the reference interpreter reads it: line after line, until they make one statement.

What it cannot read it ignores, a whole line or all lines that it has gathered, and goes on with the
next one. That is text that is no RASP, a line with a second statement, and a statement that a
comment interrupts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tpc.diagnostics import TpcError
from tpc.rasp.parser import Chunk, chunks, parse_chunk
from tpc.rasp.source import Source
from tpc.rasp.syntax import Place, Statement

SECOND_STATEMENT = "a second statement on the same line makes the line unreadable"
SECOND_STATEMENT_HINT = "give it a line of its own"
INTERRUPTED = "a comment can follow a statement, not interrupt one"

_CODE = re.compile(r'(?:[^"#]|"[^"]*")*')
_COMMAND = r"(set|show|examples|selector|s-op|full seq display|exit|quit)\b"
_BEFORE_COMMENT = re.compile(rf"[;}}]\s*$|^\s*(def|for)\b.*\{{\s*$|^\s*{_COMMAND}")


def read(source: Source) -> Iterator[Statement | TpcError]:
    """Each statement in turn, or the error for which it is ignored."""
    comments = {place.line: place for place in interrupting_comments(source)}
    for group in _by_line(source):
        try:
            yield _statement(source, group, comments)
        except TpcError as error:
            yield error


def interrupting_comments(source: Source) -> Iterator[Place]:
    """Comments behind something that is not yet a statement; those on lines of their own are not.

    They are ignored before anything is parsed, and the others are a part of the grammar.
    """
    for number, line in enumerate(source.lines, 1):
        match = _CODE.match(line) if "#" in line else None
        if match is None or match.end() == len(line) or line[match.end()] != "#":
            continue
        before = line[: match.end()]
        if before.strip() and not _BEFORE_COMMENT.search(before):
            yield Place(number, match.end() + 1)


def _by_line(source: Source) -> Iterator[list[Chunk]]:
    """The statements of a text, those together that share a line."""
    group: list[Chunk] = []
    for chunk in chunks(source):
        if group and chunk.lines[0] > group[-1].lines[1]:
            yield group
            group = []
        group.append(chunk)
    if group:
        yield group


def _statement(source: Source, group: list[Chunk], comments: Mapping[int, Place]) -> Statement:
    """The one statement of a group.

    Raises:
        TpcError: It cannot be read, or is not the only one.
    """
    statements = [parse_chunk(source, chunk) for chunk in group]
    first, last = group[0].lines
    for line in range(first, last + 1):
        if line in comments:
            raise source.error(INTERRUPTED, comments[line])
    if len(statements) > 1:
        raise source.error(SECOND_STATEMENT, group[1].place, SECOND_STATEMENT_HINT)
    return statements[0]
