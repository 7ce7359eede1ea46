"""The fewest tokens that force a label where inputs are too many to be tried: asked of a solver.

A set of positions forces a label if no input with the same tokens there gets another one. Every
input with another label differs somewhere in each forcing set; so a smallest set of positions that
meets all such inputs found so far is what can be the smallest that forces it. Either the solver
proves that it does, or it finds one more input.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tpc.explain.forcing import (
    LIMIT,
    Flips,
    ForcingSets,
    Labels,
    Question,
    Shape,
    by_exhaustion,
    varied,
)
from tpc.ir.program import Program
from tpc.proof.cubes import Effort, settle
from tpc.proof.encoding import Encoding
from tpc.proof.formulas import Literal
from tpc.proof.query import Answer, Possible, Undecided, solver_name
from tpc.proof.values import NotEncodableError
from tpc.semantics.arrays import Array

#: Of one question to the solver, and of all; questions that are asked for one label.
_EFFORT, _TOTAL, _MAX_QUESTIONS = 2.0, 10.0, 100

#: Tokens that a string may have, over all positions: formulas of more take long to write down.
_MAX_TOKENS = 500


@dataclass(frozen=True)
class OtherLabel:
    """The question of whether a program gives another label than one.

    Args:
        program: The program.
        position: Of the label; 0 if it is of the whole sequence.
        label: The index of its class.
    """

    program: Program
    position: int
    label: int

    def __call__(
        self,
        encoding: Encoding,
        positions: Collection[int] | None,  # noqa: ARG002 - there is but one
    ) -> Mapping[int, Literal]:
        """The formula, under the label's position."""
        found = encoding.encode(self.program, [self.position])
        return {self.position: -found.label(self.position, self.label)}


def by_any_means(asked: Question, flips: Flips, limit: int = LIMIT) -> ForcingSets:
    """The smallest forcing sets: by trying all inputs where these are few, else by the solver."""
    found = by_exhaustion(asked, flips, limit)
    if found.sets is not None or flips.flips is None:
        return found
    try:
        sets = _Search(asked, found.necessary).smallest()
    except (_GivenUpError, NotEncodableError):
        return found
    return ForcingSets(sets, found.necessary, found.inputs, limit, solver_name())


class _GivenUpError(Exception):
    """The solver was asked too often, or left something open."""


class _Search:
    """The search for smallest sets; `met` are the inputs found, by where they differ."""

    def __init__(self, asked: Question, necessary: Sequence[int]) -> None:
        self.asked, self.necessary = asked, necessary
        self.free = sorted(asked.relevant - set(necessary))
        self.labels = Labels(asked)
        self.met: list[frozenset[int]] = []
        self.questions, self.spent = 0, 0.0

    def smallest(self) -> tuple[tuple[int, ...], ...]:
        """All sets of the smallest size that forces the label.

        Raises:
            _GivenUpError: They cannot be found with what may be spent.
            NotEncodableError: The formulas would be too large.
        """
        for size in range(len(self.free) + 1):
            found = self._of_size(size)
            if found:
                return tuple(sorted(tuple(sorted((*self.necessary, *some))) for some in found))
        raise AssertionError("all positions together force it")

    def _of_size(self, size: int) -> set[frozenset[int]]:
        forcing: set[frozenset[int]] = set()
        while True:
            open_ = (some for some in _hitting(self.met, size, self.free) if some not in forcing)
            chosen = next(open_, None)
            if chosen is None:
                return forcing
            other = self._other(chosen)
            if other is None:
                forcing.add(chosen)
            else:
                self.met.append(other)

    def _other(self, kept: frozenset[int]) -> frozenset[int] | None:
        """Where an input with another label differs that has the same tokens at some positions."""
        changed = [at for at in self.free if at not in kept]
        for shape in self.asked.shapes:
            slots = varied(self.asked, shape, changed)
            if not slots:
                continue
            if sum(len(slot.tokens) for slot in slots) > _MAX_TOKENS:
                raise _GivenUpError
            answer = self._ask(slots)
            if isinstance(answer, Possible):
                return self._reduced(answer.ids)
        return None

    def _ask(self, slots: Shape) -> Answer:
        self.questions += 1
        left = _TOTAL - self.spent
        if self.questions > _MAX_QUESTIONS or left <= 0:
            raise _GivenUpError
        program, position = self.asked.program, self.asked.position or 0
        question = OtherLabel(program, position, self.asked.label)
        answer = settle(question, slots, Effort(total=min(_EFFORT, left)))
        self.spent += answer.effort
        if isinstance(answer, Undecided):
            raise _GivenUpError
        return answer

    def _reduced(self, ids: Sequence[int]) -> frozenset[int]:
        """Some of the places where an input differs that are enough for another label."""
        own, now = np.array(self.asked.ids), np.array(ids)
        for at in np.flatnonzero(own != now).tolist():
            tried = now.copy()
            tried[at] = own[at]
            if self._is_of_shape(tried) and self.labels(tried[None])[0] != self.asked.label:
                now = tried
        return frozenset(np.flatnonzero(own != now).tolist()) & frozenset(self.free)

    def _is_of_shape(self, ids: Array) -> bool:
        return any(
            all(token in slot.members for token, slot in zip(ids.tolist(), shape, strict=True))
            for shape in self.asked.shapes
        )


def _hitting(
    met: Sequence[frozenset[int]], size: int, free: Sequence[int]
) -> Iterator[frozenset[int]]:
    """The sets of at most so many positions that have one of each of some sets, each once.

    Sets with fewer are filled up with any position, as they are all that is left to be tried.
    """
    seen: set[frozenset[int]] = set()
    stack: list[frozenset[int]] = [frozenset()]
    while stack:
        chosen = stack.pop()
        if chosen in seen:
            continue
        seen.add(chosen)
        missed = next((some for some in met if not some & chosen), None)
        if missed is None and len(chosen) == size:
            yield chosen
        elif len(chosen) < size:
            more = missed if missed is not None else set(free) - chosen
            stack += [chosen | {at} for at in sorted(more, reverse=True)]
