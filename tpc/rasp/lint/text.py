"""Rules about text: its lines, the names it binds, and what the reference interpreter gets wrong.

That interpreter reads a file line by line. It parses what it has read so far after every line, so a
statement over n lines is parsed n times, and it stumbles over a line on which a second statement
follows the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tpc.rasp import syntax as tree
from tpc.rasp.expressions import PARENTHESISED, PARENTHESISED_HINT
from tpc.rasp.library import reserved_names
from tpc.rasp.lint.finding import Finding
from tpc.rasp.parser import Chunk
from tpc.rasp.reading import (
    INTERRUPTED,
    SECOND_STATEMENT,
    SECOND_STATEMENT_HINT,
    interrupting_comments,
)
from tpc.rasp.source import Source
from tpc.rasp.syntax import Place, find, walk
from tpc.rasp.values import HARD_RESERVED

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


def check_names(source: Source, statements: Sequence[tree.Statement]) -> Iterator[Finding]:
    """Reserved names that are bound."""
    library = reserved_names()
    for name in _bound_anywhere(statements):
        if name.name in HARD_RESERVED:
            yield _reserved(source, name, "is reserved by the language")
    for name in _bound_in_file(statements):
        if name.name in library:
            yield _reserved(source, name, "is a library name that no file can redefine")


def _reserved(source: Source, name: tree.Name, why: str) -> Finding:
    return Finding.at(source, name.place, "reserved-name", f"{name.name!r} {why}")


def _bound_anywhere(statements: Sequence[tree.Statement]) -> Iterator[tree.Name]:
    for node in walk(statements):
        if isinstance(node, tree.FunctionDefinition):
            yield node.name
            yield from node.parameters
        elif isinstance(
            node,
            tree.Assignment | tree.ForLoop | tree.ListComprehension | tree.DictComprehension,
        ):
            yield from node.names


def _bound_in_file(statements: Sequence[tree.Statement]) -> Iterator[tree.Name]:
    """Names bound at the top of the file, loops included; a function's own names are its own."""
    for statement in statements:
        if isinstance(statement, tree.FunctionDefinition):
            yield statement.name
        elif isinstance(statement, tree.Assignment):
            yield from statement.names
        elif isinstance(statement, tree.ForLoop):
            yield from statement.names
            yield from _bound_in_file(statement.body)


def check_indexing(source: Source, statements: Sequence[tree.Statement]) -> Iterator[Finding]:
    """A parenthesised base or index crashes the reference interpreter."""
    for node in find(statements, tree.Index):
        for part, what in ((node.base, "base"), (node.index, "index")):
            if isinstance(part, tree.Parenthesised):
                message = PARENTHESISED.format(what)
                rule = "parenthesised-index"
                yield Finding.at(source, part.place, rule, message, PARENTHESISED_HINT)
