"""Are properties of a program proved, refuted or unknown: exhaustion first, then a search.

What is found by sampling refutes, and never proves.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tpc.diagnostics import one_of
from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.proof.cubes import Effort, settle
from tpc.proof.parallel import in_order, processors
from tpc.proof.query import Answer, Impossible, Possible, solver_name
from tpc.proof.values import NotEncodableError
from tpc.proof.verdict import Proved, Refuted, Unknown, Verdict
from tpc.properties.batches import PropertyBatches
from tpc.properties.cases import Counterexample, Referee, shape_of
from tpc.properties.checking import check_properties
from tpc.properties.frames import FramedShape, framed_shapes
from tpc.properties.solving import FailingQuestion
from tpc.properties.syntax import Property, PropertyFile, Word, walk
from tpc.semantics.arrays import Array
from tpc.semantics.strings import EXHAUSTIVE_LIMIT, shape_batches

#: Where the language is not exhausted, its shortest inputs are: so many at most.
_SHORTEST = 100_000

#: And of each length so many inputs of the first tokens of the vocabulary.
_FEW_TOKENS = 2**15

#: A smaller counterexample than is known is not worth as much as the first: a part of the effort.
_SHARE = 3

#: After so many shapes on which it is open whether there is a smaller one, no more are asked about.
_MOST_UNSETTLED = 2

#: Tokens of all positions of a shape together: the solver is not asked about larger ones.
_MOST_TOKENS = 4_000

#: Of the solver on a question that may still be split.
_FIRST = 2.0

#: Steps to a smaller counterexample.
_MOST_STEPS = 200


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


@dataclass(frozen=True)
class _Solver:
    """Asks OR-Tools for counterexamples on a shape.

    Args:
        program: The program.
        file: Where the property is.
        prop: The property.
        effort: Of one question.
    """

    program: Program
    file: PropertyFile
    prop: Property
    effort: float

    def ask(self, shape: FramedShape, before: tuple[int, ...] | None = None) -> Answer | str:
        """Whether there is a counterexample of a shape, or why that cannot be asked.

        Args:
            shape: The shape.
            before: Only smaller ones than this are asked for, if it is given.
        """
        if sum(len(slot.tokens) for slot in shape.slots) > _MOST_TOKENS:
            return "the vocabulary is too large for the solver"
        question = FailingQuestion(self.program, self.file, self.prop, shape, before)
        effort = Effort(_FIRST, _FIRST, _FIRST, self.effort)
        try:
            return settle(question, shape.slots, effort)
        except NotEncodableError as error:
            return str(error)


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
        solver = _Solver(self.program, self.file, self.prop, self.budget.effort)
        shapes, effort = self.shapes[tried:], 0.0
        unsettled, reasons = 0, dict[str, None]()
        answers = in_order(solver.ask, shapes, self.budget.processes or processors())
        for shape, answer in zip(shapes, answers, strict=False):
            if isinstance(answer, str):
                reasons[answer] = None
            elif isinstance(answer, Possible):
                return self._smallest(tried, self._shrunk(_Failing(shape, answer.ids)))
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
        """Ask for smaller counterexamples than is known, until there are none."""
        solver = _Solver(self.program, self.file, self.prop, self.budget.effort / _SHARE)
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
        for shape, ids in self._samples():
            wrong = self.batches.on(shape).failing(ids)
            self.failing += len(np.unique(ids[wrong], axis=0))
            for row in ids[wrong].tolist():
                failing = _Failing(shape, tuple(row))
                found = min(found or failing, failing, key=lambda known: known.size)
        return found

    def _samples(self) -> Iterator[tuple[FramedShape, Array]]:
        """Inputs drawn by a uniform shape: half of them of uniform tokens, half of a few tokens.

        Inputs of few distinct tokens are rare among all, and what counts goes wrong on them; so are
        those of the words that the property names, among which some have to be.
        """
        stream = random.Random(self.budget.seed)
        named = self._named_tokens()
        drawn: dict[int, list[list[int]]] = {}
        for sample in range(self.budget.samples):
            number = stream.randrange(len(self.shapes))
            slots = self.shapes[number].slots
            ids = [stream.choice(slot.tokens) for slot in slots]
            if sample % 2:
                few = stream.sample(ids, min(len(ids), stream.randint(2, 4)))
                few += stream.sample(named, min(len(named), 2)) if sample % 4 == 1 else []
                ids = [
                    stream.choice([token for token in few if token in slot.members] or [own])
                    for own, slot in zip(ids, slots, strict=True)
                ]
            drawn.setdefault(number, []).append(ids)
        for number in sorted(drawn):
            yield self.shapes[number], np.array(drawn[number], dtype=np.int32)

    def _named_tokens(self) -> list[int]:
        """The tokens that the property, or a definition of its file, names."""
        bodies = [self.prop.body, *(found.body for found in self.file.definitions.values())]
        words = {node.text for body in bodies for node in walk(body) if isinstance(node, Word)}
        ids = self.program.token_ids
        return sorted(ids[word] for word in words if word in ids)

    def _shrunk(self, found: _Failing) -> _Failing:
        """The smallest that is found by leaving tokens out, or putting earlier ones."""
        for _ in range(_MOST_STEPS):
            smaller = self._smaller(found)
            failing = [
                _Failing(shape, tuple(row))
                for shape, rows in smaller
                for row in rows[self.batches.on(shape).failing(rows)].tolist()
            ]
            if not failing:
                break
            found = min(failing, key=lambda known: known.size)
        return found

    def _smaller(self, found: _Failing) -> Iterator[tuple[FramedShape, Array]]:
        """Inputs that are a step smaller, by their shapes."""
        ids = found.ids
        shorter = {ids[:i] + ids[i + 1 :] for i in range(len(ids))}
        by_shape: dict[FramedShape, list[tuple[int, ...]]] = {}
        for candidate in sorted(shorter):
            shape = shape_of(self.program, candidate)
            if shape is not None:
                by_shape.setdefault(shape, []).append(candidate)
        for i, slot in enumerate(found.shape.slots):
            for token in slot.tokens:
                if token < ids[i]:
                    earlier = (*ids[:i], token, *ids[i + 1 :])
                    by_shape.setdefault(found.shape, []).append(earlier)
        for shape, rows in by_shape.items():
            yield shape, np.array(rows, dtype=np.int32)


def amount(count: int) -> str:
    """A number of inputs, rounded if it is large."""
    return f"{count:,}" if count < 10**9 else f"{count:.1e}"
