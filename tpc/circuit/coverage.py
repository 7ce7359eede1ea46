"""Which predicate cases and table entries inputs exercise, and inputs that exercise them all."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

import numpy as np

from tpc.ir.nodes import TOKENS, Lookup, Select
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Value
from tpc.semantics.arrays import Array
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.interpreter import lookup, present_column
from tpc.semantics.strings import EXHAUSTIVE_LIMIT, language_batches, padded, padded_batches

Ids: TypeAlias = tuple[int, ...]
What: TypeAlias = Literal["predicate cases", "table entries"]

#: Of larger languages than are gone through so many strings are drawn.
SAMPLES = 5_000

#: Inputs that covering ones are chosen from, besides the first that exercises each case.
_CANDIDATES = 4_000

#: Combinations of operands are numbered; tables of more are left out.
_MOST = 2**62


@dataclass(frozen=True)
class Case:
    """A case of a predicate or an entry of a table.

    Attributes:
        at: The query, or the value of each operand.
        outcome: The key that matches, or what the table gives; `None` if no key matches.
    """

    at: tuple[Value, ...]
    outcome: Value | None


@dataclass(frozen=True)
class NodeCoverage:
    """What is exercised of a head's predicate or a table.

    Attributes:
        name: Of the pattern or table.
        what: Its cases: the values of a predicate's query, or the combinations of operands.
        total: How many there are by type.
        reachable: How many of them inputs of the language exercise: all that can occur if the
            language was gone through, else those seen in a sample.
        exercised: How many the given inputs exercise; `None` without any.
        trained: How many the training data exercise; `None` if they are not known.
        untrained: The first of those that are reachable and that the training data never exercise.
        unexercised: The first of those that are reachable and that the given inputs do not.
    """

    name: str
    what: What
    total: int
    reachable: int
    exercised: int | None
    trained: int | None
    untrained: tuple[Case, ...]
    unexercised: tuple[Case, ...]


@dataclass(frozen=True)
class Coverage:
    """What inputs exercise of a program.

    Attributes:
        method: Whether `reachable` comes from all inputs of the language or from a sample.
        inputs: How many those were.
        nodes: In the program's order.
    """

    method: Literal["exhaustive", "sampled"]
    inputs: int
    nodes: tuple[NodeCoverage, ...]

    def to_json(self) -> dict[str, object]:
        """Everything, as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class CoveringInputs:
    """Inputs that together exercise all that was reached.

    Attributes:
        inputs: Token ids, those that add most first.
        covered: How many cases they exercise.
        reachable: Of how many.
        method: Whether `reachable` comes from all inputs of the language or from a sample.
    """

    inputs: tuple[Ids, ...]
    covered: int
    reachable: int
    method: Literal["exhaustive", "sampled"]

    @property
    def complete(self) -> bool:
        """Whether every case that inputs of the language can exercise is."""
        return self.method == "exhaustive" and self.covered == self.reachable


@dataclass(frozen=True)
class _Unit:
    """A predicate or table, whose cases are numbered."""

    node: Select | Lookup
    operands: tuple[str, ...]
    ranges: tuple[range, ...]

    @property
    def total(self) -> int:
        return math.prod(map(len, self.ranges))

    def codes(self, columns: dict[str, Array]) -> Array:
        """The number of the case at each position, `[B, L]`."""
        code: Array = np.zeros(columns[TOKENS].shape, dtype=np.int64)
        for name, values in zip(self.operands, self.ranges, strict=True):
            code = code * len(values) + (columns[name].astype(np.int64) - values.start)
        return code

    def case(self, program: Program, code: int) -> Case:
        """The case of a number, as users see it."""
        indices: list[int] = []
        for values in reversed(self.ranges):
            code, digit = divmod(code, len(values))
            indices.insert(0, values.start + digit)
        at = tuple(_shown(program, n, i) for n, i in zip(self.operands, indices, strict=True))
        if isinstance(self.node, Lookup):
            return Case(at, _shown(program, self.node.name, lookup(self.node, indices)))
        key = matched_keys(program, self.node)[indices[0]] if self.node.predicate else None
        return Case(at, None if key is None else _shown(program, self.node.key, key))


def _shown(program: Program, name: str, index: int) -> Value:
    [value] = present_column(program, name, [index])
    return value


def coverage(
    program: Program,
    inputs: Sequence[Ids] | None = None,
    training: Sequence[Ids] | None = None,
    *,
    limit: int = EXHAUSTIVE_LIMIT,
    samples: int = SAMPLES,
    seed: int = 0,
    most: int | None = 10,
) -> Coverage:
    """What inputs and training data exercise, of all that inputs of the language can.

    Args:
        program: Any program.
        inputs: Token ids of inputs of interest.
        training: Token ids of the training data.
        limit: Languages of up to this many strings are gone through, larger ones sampled.
        samples: How many strings of a larger one are tried.
        seed: Of the sample.
        most: How many cases of a node are listed; all if `None`.
    """
    units = _units(program)
    method, count, reached = _reached(program, units, (limit, samples, seed))
    given = None if inputs is None else _exercised(program, units, _batches(inputs))
    trained = None if training is None else _exercised(program, units, _batches(training))
    found = []
    for number, unit in enumerate(units):
        every = set(reached[number])
        inside = None if given is None else set(given[number])
        learned = None if trained is None else set(trained[number])
        if method == "sampled":
            # What was only sampled is reached by what is given, too.
            every |= (inside or set()) | (learned or set())
        found.append(_node(program, unit, every, inside, learned, most))
    return Coverage(method, count, tuple(found))


def _node(
    program: Program,
    unit: _Unit,
    every: set[int],
    inside: set[int] | None,
    learned: set[int] | None,
    most: int | None,
) -> NodeCoverage:
    def missing(seen: set[int] | None) -> tuple[Case, ...]:
        left = [] if seen is None else sorted(every - seen)[:most]
        return tuple(unit.case(program, code) for code in left)

    return NodeCoverage(
        unit.node.name,
        "table entries" if isinstance(unit.node, Lookup) else "predicate cases",
        unit.total,
        len(every),
        None if inside is None else len(every & inside),
        None if learned is None else len(every & learned),
        missing(learned),
        missing(inside),
    )


def covering_inputs(
    program: Program,
    most: int,
    *,
    limit: int = EXHAUSTIVE_LIMIT,
    samples: int = SAMPLES,
    seed: int = 0,
) -> CoveringInputs:
    """Few inputs that together exercise every case that can be: the greedy choice, step by step.

    Args:
        program: Any program.
        most: How many inputs at most.
        limit: Languages of up to this many strings are gone through, larger ones sampled.
        samples: How many strings of a larger one are tried.
        seed: Of the sample.
    """
    units = _units(program)
    method, count, reached = _reached(program, units, (limit, samples, seed))
    left = {(number, code) for number, cases in enumerate(reached) for code in cases}
    reachable = len(left)
    firsts = dict.fromkeys(ids for cases in reached for ids in cases.values())
    step = max(1, count // _CANDIDATES)
    others = itertools.islice(program.language.strings(program.max_length), 0, None, step)
    some = others if method == "exhaustive" else _sample(program, samples, seed)
    candidates = list(
        dict.fromkeys([*firsts, *(i for i in itertools.islice(some, _CANDIDATES) if i)])
    )
    exercise = _each(program, units, candidates)
    chosen: list[Ids] = []
    while left and len(chosen) < most:
        # The first of those that add most; shorter inputs come before longer ones.
        best = max(
            range(len(candidates)),
            key=lambda index: (len(exercise[index] & left), -len(candidates[index]), -index),
        )
        if not exercise[best] & left:
            break
        chosen.append(candidates[best])
        left -= exercise[best]
    return CoveringInputs(tuple(chosen), reachable - len(left), reachable, method)


def _units(program: Program) -> list[_Unit]:
    units = []
    for node in program.nodes:
        if isinstance(node, Select | Lookup):
            names = (node.query,) if isinstance(node, Select) else node.operands
            unit = _Unit(node, names, tuple(map(program.range_of, names)))
            if unit.total < _MOST:
                units.append(unit)
    return units


def _sample(program: Program, samples: int, seed: int) -> list[Ids]:
    drawn = program.language.sample(program.max_length, samples, seed)
    return [ids for ids in dict.fromkeys(drawn) if ids]


def _reached(
    program: Program, units: Sequence[_Unit], size: tuple[int, int, int]
) -> tuple[Literal["exhaustive", "sampled"], int, list[dict[int, Ids]]]:
    limit, samples, seed = size
    count = program.language.count(program.max_length)
    if count <= limit:
        batches = ((b.ids, b.lengths) for b in language_batches(program) if b.ids.shape[1])
        return "exhaustive", count, _exercised(program, units, batches)
    drawn = _sample(program, samples, seed)
    return "sampled", len(drawn), _exercised(program, units, _batches(drawn))


def _batches(strings: Sequence[Ids]) -> Iterator[tuple[Array, Array]]:
    for _, ids, lengths in padded_batches([ids for ids in strings if ids]):
        yield ids, lengths


def _exercised(
    program: Program, units: Sequence[_Unit], batches: Iterable[tuple[Array, Array]]
) -> list[dict[int, Ids]]:
    """For each unit the cases that occur, each with the first input that it occurs in."""
    found: list[dict[int, Ids]] = [{} for _ in units]
    evaluator = _evaluator(program, units)
    for ids, lengths in batches:
        columns = dict(evaluator.evaluate(ids, lengths).columns)
        inside = np.arange(ids.shape[1]) < np.asarray(lengths)[:, None]
        rows = np.nonzero(inside)[0]
        for unit, cases in zip(units, found, strict=True):
            codes, first = np.unique(unit.codes(columns)[inside], return_index=True)
            for code, where in zip(codes.tolist(), first.tolist(), strict=True):
                if code not in cases:
                    row = int(rows[where])
                    cases[code] = tuple(ids[row, : lengths[row]].tolist())
    return found


def _each(
    program: Program, units: Sequence[_Unit], strings: Sequence[Ids]
) -> list[set[tuple[int, int]]]:
    """The cases that each input exercises, with the number of their unit."""
    found: list[set[tuple[int, int]]] = [set() for _ in strings]
    if not strings:
        return found
    ids, lengths = padded(strings)
    columns = dict(_evaluator(program, units).evaluate(ids, lengths).columns)
    for number, unit in enumerate(units):
        for row, codes in enumerate(unit.codes(columns).tolist()):
            found[row].update((number, code) for code in codes[: lengths[row]])
    return found


def _evaluator(program: Program, units: Sequence[_Unit]) -> BatchEvaluator:
    names = {name for unit in units for name in unit.operands}
    return BatchEvaluator(program, only=names, result=False)
