"""Rules about names and about expressions that the reference interpreter gets wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tpc.rasp import syntax as tree
from tpc.rasp.expressions import PARENTHESISED, PARENTHESISED_HINT
from tpc.rasp.library import reserved_names
from tpc.rasp.lint.finding import Finding
from tpc.rasp.source import Source
from tpc.rasp.syntax import find, walk
from tpc.rasp.values import HARD_RESERVED


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
