"""A loaded RASP program: names, and their values on inputs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tpc.diagnostics import TpcError, did_you_mean, quoted
from tpc.rasp.library import library, reserved_names
from tpc.rasp.reading import read
from tpc.rasp.session import Session, Shown, evaluation_on, json_text, plain
from tpc.rasp.source import Source
from tpc.rasp.statements import run_statements
from tpc.rasp.values import Atom, EvaluationError, Node, Scope, describe, evaluation_order

DEEP = 20_000
"""Stack frames allowed while a program loads; the reference interpreter has 1,000."""


class RaspProgram:
    """What a RASP text defines.

    Attributes:
        shown: What its statements asked to see, in order.
        errors: Why statements were ignored, in order; nothing of theirs was done.
    """

    def __init__(self, scope: Scope, session: Session) -> None:
        self._scope = scope
        self._orders: dict[tuple[str, ...], list[Node]] = {}
        self.shown: tuple[Shown, ...] = tuple(session.shown)
        self.errors: tuple[TpcError, ...] = tuple(session.errors)

    @property
    def names(self) -> tuple[str, ...]:
        """The s-ops and selectors the text defines, in the order of their first definition."""
        return tuple(
            name
            for name, value in self._scope.names.items()
            if isinstance(value, Node) and name != "out"
        )

    def evaluate(self, name: str, tokens: Sequence[Atom] | str) -> list[Any]:
        """The value of one s-op on one input.

        Args:
            name: An s-op, or a selector (then rows of 0 and 1, one for each query position).
            tokens: The input: tokens, or a string of one-character tokens. Not empty.

        Returns:
            One atom for each position.

        Raises:
            TpcError: The name is not an s-op, or the evaluation fails; the location is in the text.
        """
        return self.evaluate_many((name,), tokens)[name]

    def evaluate_many(
        self, names: Sequence[str], tokens: Sequence[Atom] | str
    ) -> dict[str, list[Any]]:
        """The values of several s-ops on one input, computing what they share once."""
        try:
            evaluation = evaluation_on(tokens if isinstance(tokens, str) else list(tokens))
        except EvaluationError as error:
            raise TpcError(str(error)) from error
        nodes = {name: self._node(name) for name in names}
        key = tuple(names)
        if key not in self._orders:
            self._orders[key] = evaluation_order(nodes.values())
        evaluation.run(self._orders[key])
        length = len(evaluation.tokens)
        return {name: plain(evaluation.value(node), node, length) for name, node in nodes.items()}

    def answer(self, name: str, tokens: Sequence[Atom] | str) -> str:
        """What `evaluate` gives, as a line of JSON.

        Raises:
            TpcError: As `evaluate`, and if a number is too long to be written.
        """
        values = self.evaluate(name, tokens)
        try:
            return json_text(values)
        except EvaluationError as error:
            raise TpcError(str(error)) from error

    def _node(self, name: str) -> Node:
        try:
            value = self._scope.get(name)
        except EvaluationError as error:
            hint = did_you_mean(name, self.names)
            raise TpcError(f"the program defines no s-op {quoted(name)}", hint=hint) from error
        if not isinstance(value, Node):
            raise TpcError(f"{quoted(name)} is {describe(value)}, not an s-op")
        return value

    def check_name(self, name: str) -> None:
        """Refuse, before any input is read, a name that `evaluate` would refuse."""
        self._node(name)


def load(text: str, filename: str = "<rasp>", *, directory: Path | None = None) -> RaspProgram:
    """Load a RASP program that has to be without errors.

    Args:
        text: The program.
        filename: Its name in error messages.
        directory: Where `load "name";` statements look; by default where `filename` lies.

    Raises:
        TpcError: The text is not RASP, breaks a rule of the language, or a subexpression fails on
            the running example ("hello" until `set example` changes it). It is the first of them.
    """
    program = execute(text, filename, directory=directory)
    if program.errors:
        raise program.errors[0]
    return program


def execute(text: str, filename: str = "<rasp>", *, directory: Path | None = None) -> RaspProgram:
    """Load a RASP program as the reference interpreter does: without the statements that fail."""
    source = Source(filename, text)
    session, scope = open_session(source, directory)
    with deep_recursion():
        run_statements(session, source, scope, read(source))
    return RaspProgram(scope, session)


def open_session(source: Source, directory: Path | None = None) -> tuple[Session, Scope]:
    """The session and file scope that `source` is to be executed in."""
    names = library(lambda message: TpcError(f"the input does not convert: {message}"))
    path = Path(source.name)
    # It knows its own path so as not to load itself.
    loading = [path.resolve()] if path.is_file() else []
    session = Session(names, directory or path.parent, loading=loading)
    return session, Scope(names, reserved=reserved_names())


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Within this context Python allows the nesting that the reference interpreter allows."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
