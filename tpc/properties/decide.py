"""Are properties of a program proved, refuted or unknown: exhaustion first, then a search.

What is found by sampling refutes, and never proves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tpc.diagnostics import one_of
from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.proof.parallel import in_order, processors
from tpc.proof.query import Impossible, Possible, solver_name
from tpc.proof.verdict import Proved, Refuted, Unknown, Verdict
from tpc.properties.batches import PropertyBatches
from tpc.properties.cases import Counterexample, Referee, shape_of
from tpc.properties.checking import check_properties
from tpc.properties.frames import FramedShape, framed_shapes
from tpc.properties.samples import named_tokens, samples
from tpc.properties.solving import Solver
from tpc.properties.syntax import Property, PropertyFile
from tpc.semantics.shrinking import shrink
from tpc.semantics.strings import EXHAUSTIVE_LIMIT, shape_batches

#: Where the language is not exhausted, its shortest inputs are: so many at most.
_SHORTEST = 100_000

#: And of each length so many inputs of the first tokens of the vocabulary.
_FEW_TOKENS = 2**15

#: A smaller counterexample than is known is not worth as much as the first: a part of the effort.
_SHARE = 3

#: After so many shapes on which it is open whether there is a smaller one, no more are asked about.
_MOST_UNSETTLED = 2


@dataclass(frozen=True)
class Budget:
    """How far to go; nothing is measured in seconds, so that answers do not depend on machines.

    Args:
        limit: Input languages of up to this many inputs are exhausted.
        samples: How many inputs are drawn otherwise.
        seed: Of the samples.
        effort: Of the solver on the inputs of one shape: CP-SAT's deterministic time, roughly
            seconds.
        processes: That work at the same time, by default one for each processor; no verdict
            depends on it.
    """

    limit: int = EXHAUSTIVE_LIMIT
    samples: int = 2_000
    seed: int = 0
    effort: float = 15.0
    processes: int | None = None


@dataclass(frozen=True)
class Decision:
    """What became of a property.

    Args:
        name: Of the property.
        verdict: Proved, refuted or unknown.
        inputs: How many inputs the language has.
        failing: On how many of them it fails, where all were tried.
        at_least: On how many of them it fails at least.
        counterexample: Where it fails.
        smallest: Whether no input with fewer tokens, and none of as many that comes earlier in
            the order of the vocabulary, is one.
    """

    name: str
    verdict: Verdict
    inputs: int
    failing: int | None = None
    at_least: int = 0
    counterexample: Counterexample | None = None
    smallest: bool = False


def decide(
    program: Program,
    files: Sequence[PropertyFile],
    names: Sequence[str] = (),
    budget: Budget | None = None,
) -> list[Decision]:
    """Decide properties of a program on its whole input language.

    Args:
        program: A verified program.
        files: The properties.
        names: Of those to decide; all of them if none is named.
        budget: How far to go.

    Raises:
        TpcError: A property makes no sense for the program, or a name is that of none.
    """
    for file in files:
        check_properties(file, program, names)
    asked = [(file, prop) for file in files for prop in file.properties]
    for name in names:
        one_of([prop.name for _, prop in asked], name, "property")
    return [
        _Question(program, file, prop, budget or Budget()).decided()
        for file, prop in asked
        if not names or prop.name in names
    ]


@dataclass(frozen=True)
class _Failing:
    """The smallest input found on which a property fails, in its shape."""

    shape: FramedShape
    ids: tuple[int, ...]

    @property
    def size(self) -> tuple[int, tuple[int, ...]]:
        """What orders inputs."""
        return len(self.ids), self.ids


class _Question:
    """A property of a program."""

    def __init__(
        self, program: Program, file: PropertyFile, prop: Property, budget: Budget
    ) -> None:
        self.program, self.file, self.prop, self.budget = program, file, prop, budget
        self.batches = PropertyBatches(program, file, prop)
        self.referee = Referee(program, file)
        self.inputs = program.language.count(program.max_length)
        self.failing = 0
        # Of as many positions the ones with a frame come in the order of the language.
        self.shapes = sorted(framed_shapes(program), key=lambda shape: len(shape.slots))

    def decided(self) -> Decision:
        if self.inputs <= self.budget.limit:
            failing, smallest = self._exhausted(self.shapes)
            if smallest is None:
                return self._decision(Proved(f"all {self.inputs:,} inputs tried"), 0)
            self.failing = failing
            return self._refuted(smallest, failing, smallest=True)
        shortest = self._shortest()
        self.failing, smallest = self._exhausted(shortest)
        if smallest is not None:
            return self._refuted(smallest, None, smallest=True)
        found = self._of_few_tokens(self.shapes[len(shortest) :]) or self._sampled()
        return self._solved(len(shortest), None if found is None else self._shrunk(found))

    def _solved(self, tried: int, found: _Failing | None) -> Decision:
        """Ask the solver about all shapes but the first, which were tried.

        Args:
            tried: How many those are.
            found: A counterexample, if sampling found one: then only for a smaller one.
        """
        if found is not None:
            return self._smallest(tried, found)
        solver = Solver(self.program, self.file, self.prop, self.budget.effort)
        shapes, effort = self.shapes[tried:], 0.0
        unsettled, reasons = 0, dict[str, None]()
        answers = in_order(solver.ask, shapes, self.budget.processes or processors())
        for number, (shape, answer) in enumerate(zip(shapes, answers, strict=False)):
            if isinstance(answer, str):
                reasons[answer] = None
            elif isinstance(answer, Possible):
                first = tried if unsettled else tried + number
                return self._smallest(first, self._shrunk(_Failing(shape, answer.ids)))
            else:
                effort += answer.effort
            unsettled += not isinstance(answer, Impossible)
        if unsettled:
            spent = (
                f"{self.budget.samples:,} inputs sampled, none fails, and {effort:.0f} seconds of "
                f"{solver_name()}"
            )
            left = f"{unsettled} of {len(self.shapes)} shapes of inputs"
            return self._decision(Unknown("; ".join([left, *reasons]), spent))
        solved = f"all {amount(self.inputs)} inputs, by {solver_name()}"
        if tried:
            solved += (
                f" but for the {tried} shortest of {len(self.shapes)} shapes, which were tried"
            )
        return self._decision(Proved(solved))

    def _smallest(self, tried: int, found: _Failing) -> Decision:
        """Ask for smaller counterexamples than is known, until there are none.

        Args:
            tried: How many shapes, the first ones, have none.
            found: What is known.
        """
        solver = Solver(self.program, self.file, self.prop, self.budget.effort / _SHARE)
        shapes = [shape for shape in self.shapes[tried:] if len(shape.slots) <= len(found.ids)]
        unsettled = 0
        while shapes:
            shape = shapes[0]
            if len(shape.slots) > len(found.ids) or unsettled == _MOST_UNSETTLED:
                unsettled += len(shape.slots) <= len(found.ids)
                break
            same = len(shape.slots) == len(found.ids)
            answer = solver.ask(shape, found.ids if same else None)
            if isinstance(answer, Possible):
                found = self._shrunk(_Failing(shape, answer.ids))
                continue
            unsettled += not isinstance(answer, Impossible)
            del shapes[0]
        return self._refuted(found, None, smallest=not unsettled)

    def _decision(self, verdict: Verdict, failing: int | None = None) -> Decision:
        return Decision(self.prop.name, verdict, self.inputs, failing)

    def _refuted(self, found: _Failing, failing: int | None, *, smallest: bool) -> Decision:
        shown = self.referee.counterexample(self.prop, found.shape, found.ids)
        assert shown is not None, "arrays and interpreter disagree"
        verdict = Refuted(found.ids, shown.position)
        at_least = max(1, self.failing)
        return Decision(self.prop.name, verdict, self.inputs, failing, at_least, shown, smallest)

    def _exhausted(
        self, shapes: Sequence[FramedShape], slots: tuple[Slot[int], ...] | None = None
    ) -> tuple[int, _Failing | None]:
        """On how many inputs of some shapes it fails, and the smallest.

        Args:
            shapes: The shapes.
            slots: Fewer tokens for each position of the only shape.
        """
        failing = 0
        smallest: _Failing | None = None
        for shape in shapes:
            batches = self.batches.on(shape)
            for batch in shape_batches(slots or shape.slots, batches.batch_size):
                wrong = np.flatnonzero(batches.failing(batch.ids))
                failing += len(wrong)
                if len(wrong):
                    first = _Failing(shape, tuple(batch.ids[wrong[0]].tolist()))
                    smallest = min(smallest or first, first, key=lambda found: found.size)
        return failing, smallest

    def _shortest(self) -> list[FramedShape]:
        """The shapes of the fewest tokens: as many as have few inputs together."""
        found: list[FramedShape] = []
        count = 0
        for shape in self.shapes:
            count += math.prod(len(slot.tokens) for slot in shape.slots)
            if count > min(self.budget.limit, _SHORTEST):
                break
            found.append(shape)
        # The smallest of several shapes of equal length is only known if all of them are there.
        cut = len(self.shapes[len(found)].slots) if len(found) < len(self.shapes) else 0
        return [shape for shape in found if len(shape.slots) < cut or not cut]

    def _of_few_tokens(self, shapes: Sequence[FramedShape]) -> _Failing | None:
        """The smallest input of the first few tokens of the vocabulary on which it fails."""
        for shape in shapes:
            body = len([slot for slot in shape.slots if len(slot.tokens) > 1])
            few = int(min(self.budget.limit, _FEW_TOKENS) ** (1 / max(1, body)))
            slots = tuple(Slot(slot.tokens[: max(1, few)], slot.scored) for slot in shape.slots)
            self.failing, found = self._exhausted([shape], slots)
            if found is not None:
                return found
        return None

    def _sampled(self) -> _Failing | None:
        """The smallest of the inputs drawn on which it fails."""
        found: _Failing | None = None
        named = named_tokens(self.program, self.file, self.prop)
        for shape, ids in samples(self.shapes, named, self.budget.samples, self.budget.seed):
            wrong = self.batches.on(shape).failing(ids)
            self.failing += len(np.unique(ids[wrong], axis=0))
            for row in ids[wrong].tolist():
                failing = _Failing(shape, tuple(row))
                found = min(found or failing, failing, key=lambda known: known.size)
        return found

    def _shrunk(self, found: _Failing) -> _Failing:
        """The smallest that is found by leaving tokens out, or putting earlier ones."""

        def fails(ids: tuple[int, ...]) -> bool:
            shape = shape_of(self.program, ids)
            return shape is not None and self._fails(shape, ids)

        ids = shrink(self.program, found.ids, fails)
        shape = shape_of(self.program, ids)
        assert shape is not None, "it is in the language, as the first was"
        return _Failing(shape, ids)

    def _fails(self, shape: FramedShape, ids: tuple[int, ...]) -> bool:
        return bool(self.batches.on(shape).failing(np.array([ids], dtype=np.int32))[0])


def amount(count: int) -> str:
    """A number of inputs, rounded if it is large."""
    return f"{count:,}" if count < 10**9 else f"{count:.1e}"
