"""Rules about size: the reference interpreter recurses over everything, 1,000 frames deep at most.

Measured there: a literal of 972 entries (320 as the right operand of an operator), a sum of about
490 terms, 325 conditionals nested to the right. The rules keep a margin to those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tpc.rasp import syntax as tree
from tpc.rasp.lint.finding import Finding
from tpc.rasp.source import Source
from tpc.rasp.syntax import Tree, children, find, walk

MAX_ENTRIES = 250
MAX_FRAMES = 900
"""Frames that one statement may take; the interpreter itself and the trial run take the rest."""

MAX_NESTED_CALLS = 8
"""A one-argument call evaluates its argument twice, so n nested ones evaluate it 2^n times."""

_FRAMES: Mapping[type, int] = {
    tree.Name: 2,
    tree.Atom: 2,
    tree.Parenthesised: 1,
    tree.DictLiteral: 3,
}
_FRAMES_OTHERWISE = 2
_FRAMES_PER_STATEMENT = 3
_FRAMES_PER_CALL = 5


def check_sizes(source: Source, statements: Sequence[tree.Statement]) -> Iterator[Finding]:
    """Literal sizes, recursion depth and nested calls."""
    for node in walk(statements):
        yield from _check_entries(source, node)
    yield from _check_nested_calls(source, statements)
    frames = _Frames(statements)
    for statement in statements:
        needed = frames.of(statement)
        if needed > MAX_FRAMES:
            yield Finding.at(
                source,
                statement.place,
                "depth",
                f"evaluating this recurses about {needed} frames deep; about 1,000 are allowed",
                "name a part of it in a statement of its own",
            )


def _check_entries(source: Source, node: Tree) -> Iterator[Finding]:
    for what, count in _counts(node):
        if count > MAX_ENTRIES:
            message = f"{what} of {count} entries; the limit is {MAX_ENTRIES} to be safe"
            hint = "the parser fails at 973, or at 321 in a right operand: join smaller ones"
            yield Finding.at(source, node.place, "literal-size", message, hint)


def _counts(node: Tree) -> Iterator[tuple[str, int]]:
    if isinstance(node, tree.ListLiteral):
        yield "a list", len(node.items)
    elif isinstance(node, tree.DictLiteral):
        yield "a dict", len(node.entries)
    elif isinstance(node, tree.Call | tree.ListFunction):
        yield "an argument list", len(node.arguments)
    elif isinstance(node, tree.Assignment):
        yield "an assignment", max(len(node.names), len(node.values))
    elif isinstance(node, tree.FunctionDefinition):
        yield "a parameter list", len(node.parameters)
        yield "a body", len(node.body)
        yield "a list of results", len(node.results)
    elif isinstance(node, tree.ForLoop):
        yield "a body", len(node.body)


def _check_nested_calls(source: Source, statements: Sequence[tree.Statement]) -> Iterator[Finding]:
    depths: dict[int, int] = {}
    for node in reversed(list(walk(statements))):
        inner = max((depths.get(id(child), 0) for child in children(node)), default=0)
        single = isinstance(node, tree.Call) and len(node.arguments) == 1
        depths[id(node)] = inner + single
        if single and depths[id(node)] == MAX_NESTED_CALLS + 1:
            message = f"{MAX_NESTED_CALLS + 1} one-argument calls are nested here"
            hint = "each evaluates its argument twice: name the inner ones"
            yield Finding.at(source, node.place, "nested-calls", message, hint)


class _Frames:
    """How many Python frames the reference interpreter needs to evaluate a tree, roughly."""

    def __init__(self, statements: Sequence[tree.Statement]) -> None:
        self._bodies: dict[str, int] = {}
        for function in find(statements, tree.FunctionDefinition):
            parts: list[Tree] = [*function.body, *function.results]
            needed = max(self._below(part) for part in parts) + _FRAMES_PER_CALL
            self._bodies[function.name.name] = needed

    def of(self, statement: tree.Statement) -> int:
        """Frames for executing one statement."""
        if isinstance(statement, tree.FunctionDefinition):
            return self._bodies.get(statement.name.name, 0)
        return self._below(statement)

    def _below(self, root: Tree) -> int:
        needed: dict[int, int] = {}
        for node in reversed(list(walk([root]))):
            inner = max((needed[id(child)] for child in children(node)), default=0)
            if isinstance(node, tree.Call) and isinstance(node.callee, tree.Name):
                inner = max(inner, self._bodies.get(node.callee.name, 0))
            if isinstance(node, tree.Statement):
                needed[id(node)] = inner + _FRAMES_PER_STATEMENT
            else:
                needed[id(node)] = inner + _FRAMES.get(type(node), _FRAMES_OTHERWISE)
        return needed[id(root)]
