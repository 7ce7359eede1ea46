"""What the statements of a program share while it loads: the running example and what they show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tpc.diagnostics import TpcError
from tpc.rasp.operations import require_few_inside
from tpc.rasp.source import Source
from tpc.rasp.syntax import Place
from tpc.rasp.values import (
    Evaluation,
    EvaluationError,
    Node,
    Scope,
    Selector,
    Sop,
    Spend,
    Value,
    describe,
    is_atom,
)

DEFAULT_EXAMPLE = "hello"

MAX_STEPS = 5_000_000
"""Steps that a program may take while it loads; see `Steps`."""


@dataclass(frozen=True)
class Shown:
    """Something a program asked to see: by `f("abc");`, `draw(f);`, `show example` or `f;`."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Undefaulted:
    """An `aggregate` without a default: 0 where a row selects nothing, whatever the values are."""

    source: Source
    place: Place
    selector: Selector
    values: Sop


_SIZED = frozenset({str, list, dict})


class Steps:
    """The steps that a program has while it loads: for its loops, functions and examples.

    A step is an expression, a statement, a turn of a loop, a position of an example; about two
    microseconds and a hundred bytes. Large values take more.
    """

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def spend(self, steps: int) -> None:
        """Take some.

        Raises:
            EvaluationError: There are not as many left.
        """
        self.left -= steps
        if self.left <= 0:
            self.left = 0
            raise EvaluationError(f"the program takes more than {MAX_STEPS:,} steps as it loads")

    def of_value(self, value: Value, *, made: bool = True) -> None:
        """Take those of an expression.

        Args:
            value: What it evaluates to.
            made: Whether the value is new, and takes memory.

        Raises:
            EvaluationError: As for `spend`.
        """
        kind, size = type(value), 0
        if kind in _SIZED:
            size = len(value)
        elif kind is int:
            size = value.bit_length()
        self.spend(1 + size // (16 if made else 64))


@dataclass
class Session:
    """The state of one load.

    Attributes:
        library: The scope with the library names, around every file.
        directory: Where `load "name";` looks for files.
        steps: What is left of them.
        example: The running example, on which every subexpression is tried as it is built.
        shown: What the program asked to see, in order.
        errors: Why statements were ignored, in order.
        undefaulted: The aggregates without a default, for the linter.
        loading: The files being read, to notice one that loads itself.
    """

    library: Scope
    directory: Path
    steps: Steps = field(default_factory=Steps)
    example: Evaluation = field(init=False)
    selector_example: Evaluation = field(init=False)
    shown: list[Shown] = field(default_factory=list)
    errors: list[TpcError] = field(default_factory=list)
    undefaulted: list[Undefaulted] = field(default_factory=list)
    loading: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.example = self.evaluation_on(DEFAULT_EXAMPLE)
        self.selector_example = self.example

    def evaluation_on(self, value: Value) -> Evaluation:
        """An evaluation on an input of the program's own, which takes steps of it.

        Raises:
            EvaluationError: As for `evaluation_on`.
        """
        return evaluation_on(value, self.steps.spend)

    @contextmanager
    def tried_on(self, example: Value) -> Iterator[None]:
        """Within this context, subexpressions are tried on `example` if it is an input at all."""
        if not isinstance(example, list | str) or not example or not all(map(is_atom, example)):
            yield
            return
        before, self.example = self.example, self.evaluation_on(example)
        try:
            yield
        finally:
            self.example = before


def evaluation_on(value: Value, spend: Spend | None = None) -> Evaluation:
    """An evaluation on a RASP value used as an input, whose nodes `spend` is told of.

    Raises:
        EvaluationError: The value is not a non-empty string or list of atoms.
    """
    if not isinstance(value, list | str):
        raise EvaluationError(f"an input is a string or a list, not {describe(value)}")
    if not value:
        raise EvaluationError("an input has at least one token")
    strangers = [item for item in value if not is_atom(item)]
    if strangers:
        raise EvaluationError(f"an input holds strings or numbers, not {describe(strangers[0])}")
    return Evaluation(value, spend)


def render(value: Value, evaluation: Evaluation) -> str:
    """A value as text: an s-op or selector by its values on that input, the rest as JSON.

    Raises:
        EvaluationError: It is gigantic.
    """
    require_few_inside(value)
    return _rendered(value, evaluation)


def _rendered(value: Value, evaluation: Evaluation) -> str:
    if isinstance(value, Node):
        return json_text(plain(evaluation.value(value), value, len(evaluation.tokens)))
    if isinstance(value, list):
        return "[" + ", ".join(_rendered(item, evaluation) for item in value) + "]"
    if isinstance(value, dict):
        entries = (
            f"{json_text(key)}: {_rendered(item, evaluation)}" for key, item in value.items()
        )
        return "{" + ", ".join(entries) + "}"
    return json_text(value) if is_atom(value) else describe(value)


def json_text(value: Value) -> str:
    """A value of atoms and lists as JSON.

    Raises:
        EvaluationError: It holds an integer with more digits than Python writes.
    """
    try:
        return json.dumps(value, ensure_ascii=False)
    except ValueError as error:
        raise EvaluationError("a number is too long to be written") from error


def plain(values: Value, node: Node, length: int) -> list[Any]:
    """A node's value as lists: atoms of an s-op, 0/1 rows of a selector."""
    if isinstance(node, Selector):
        return [[row >> key & 1 for key in range(length)] for row in values]
    return list(values)
