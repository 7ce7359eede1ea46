"""The comparison of a program with its network, over every target that was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

from tpc.ir.program import Program
from tpc.runtime.backend import INTERPRETER, LoadedProgram, run_with
from tpc.semantics.encoding import known_ids
from tpc.semantics.shrinking import Ids, shrink
from tpc.semantics.strings import EXHAUSTIVE_LIMIT
from tpc.verification.by_parts import compare_by_parts
from tpc.verification.compare import Difference, first_difference
from tpc.verification.inputs import InputSet, chunks, input_sets
from tpc.verification.reference import NEAR_TIE, Expected, Reference
from tpc.verification.report import Counterexample, Report, SetResult, TargetResult

if TYPE_CHECKING:
    from tpc.model.run import Run

#: Emitted programs are traced, variable by variable, on at most this many inputs of a set;
#: labels are compared on all of them, and the interpreter is traced on all of them.
TRACED_INPUTS = 20_000

#: Inputs that show a part that differs: so many are compared.
_SHOWN = 1_000

#: Inputs that are compared together.
_CHUNK = 1_024

Progress = Callable[[Iterable[Any], str, int], Iterable[Any]]


@dataclass(frozen=True)
class VerificationOptions:
    """What to compare, with a network or with a task, and how far to go.

    Args:
        targets: `interpreter` and names of backends.
        limit: Languages of up to this many strings are exhausted.
        samples: Inputs of each sample otherwise.
        seed: Of the samples.
        rows: Words of inputs to compare besides, in place of the run's own test split.
        thorough: Whether a proof may take minutes.
    """

    targets: tuple[str, ...] = (INTERPRETER,)
    limit: int = EXHAUSTIVE_LIMIT
    samples: int = 2_000
    seed: int = 0
    rows: tuple[tuple[str, ...], ...] | None = None
    thorough: bool = False


def verify_program(
    program: Program,
    run: Run,
    options: VerificationOptions,
    progress: Progress = lambda items, *_: items,
) -> Report:
    """Compare a program, through each target, with the network of a run.

    Raises:
        TpcError: Program and run do not belong together, or a target cannot be used.
    """
    reference = Reference(run, program)
    parts = compare_by_parts(program, run, options.limit, options.thorough)
    shown = tuple(found.example for found in parts.different if found.example)[:_SHOWN]
    held_out, given = _held_out(run, program), None
    if options.rows is not None:
        given = _ids(program, options.rows)
        held_out = []
    results = []
    for target in options.targets:
        sets = input_sets(program, held_out, options.limit, options.samples, options.seed)
        if given is not None:
            sets.append(InputSet("given rows", "exhaustive", len(given), given))
        if shown:
            sets.append(InputSet("inputs that show a part", "sampled", len(shown), shown))
        with run_with(program, target) as loaded:
            checker = _Checker(program, reference, loaded, traces_all=target == INTERPRETER)
            found = tuple(checker.check(inputs, target, progress) for inputs in sets)
            results.append(TargetResult(target, found, checker.counterexample()))
    return Report(tuple(results), parts)


def _held_out(run: Run, program: Program) -> list[Ids]:
    """The run's test split, if it says where its data are."""
    dataset = run.dataset()
    if dataset is None:
        return []
    return _ids(program, [tokens for tokens, _ in dataset.splits.test])


def _ids(program: Program, rows: Iterable[Sequence[str]]) -> list[Ids]:
    """Rows as far as the program takes them.

    Words are rewritten as the program says. Unknown ones are `<unk>` to a program of text;
    elsewhere they make a row no input.
    """
    found = (known_ids(program, row) for row in rows if len(row) <= program.max_length)
    return [tuple(ids) for ids in found if ids is not None]


def _smallest(margins: Iterable[float | None]) -> float | None:
    """The smallest of some margins that are finite: with one class there is nothing to choose."""
    finite = (margin for margin in margins if margin is not None and margin < math.inf)
    return min(finite, default=None)


class _Checker:
    """One target's comparison; remembers the first input that differs."""

    def __init__(
        self, program: Program, reference: Reference, loaded: LoadedProgram, traces_all: bool
    ) -> None:
        self._program = program
        self._reference = reference
        self._loaded = loaded
        self._traces_all = traces_all
        self._failure: Ids | None = None

    def check(self, inputs: InputSet, target: str, progress: Progress) -> SetResult:
        result = SetResult(inputs.name, inputs.method, 0, 0, 0, 0, 0, 0)
        # Evenly spread, so that long and short inputs are traced alike.
        stride = 1 if self._traces_all else max(1, -(-inputs.count // TRACED_INPUTS))
        title = f"{target}: {inputs.name}"
        steps = -(-inputs.count // _CHUNK)
        for chunk in progress(chunks(inputs.ids, _CHUNK), title, steps):
            result = self._chunk(chunk, result, stride)
        return result

    def _chunk(self, chunk: list[Ids], result: SetResult, stride: int) -> SetResult:
        tokens = [self._tokens(ids) for ids in chunk]
        first = -result.inputs % stride
        traced = range(first, len(chunk), stride)
        expected = self._reference.answers(chunk, traced)
        traces = [
            self._loaded.trace(words) if index in traced else None
            for index, words in enumerate(tokens)
        ]
        answers: Iterable[list[str] | str] = (
            (list(map(str, trace["label"])) for trace in traces if trace is not None)
            if self._traces_all
            else self._loaded.run_many(tokens, raw=True)
        )
        margins = list(chain.from_iterable(answer.margins["label"] for answer in expected))
        close_calls = sum(margin < NEAR_TIE for margin in margins)
        counts = [0, 0]
        for network, trace, answer in zip(expected, traces, answers, strict=True):
            labels = [answer] if isinstance(answer, str) else answer
            difference = first_difference(self._program, network, trace, labels)
            if difference is not None:
                counts[difference.near_tie] += 1
                if not difference.near_tie and self._failure is None:
                    self._failure = network.ids
        return replace(
            result,
            inputs=result.inputs + len(chunk),
            positions=result.positions + sum(len(answer.labels) for answer in expected),
            traced=result.traced + sum(trace is not None for trace in traces),
            differences=result.differences + counts[False],
            near_ties=result.near_ties + counts[True],
            close_calls=result.close_calls + close_calls,
            smallest_margin=_smallest([*margins, result.smallest_margin]),
        )

    def counterexample(self) -> Counterexample | None:
        """The first failure, shrunk."""
        if self._failure is None:
            return None
        small = shrink(self._program, self._failure, lambda ids: self._real(ids) is not None)
        difference, expected, found = self._compare(small)
        assert difference is not None, "shrinking keeps the difference"
        return Counterexample(small, self._tokens(small), expected.labels, found, difference)

    def _real(self, ids: Ids) -> Difference | None:
        difference = self._compare(ids)[0]
        return None if difference is None or difference.near_tie else difference

    def _compare(self, ids: Ids) -> tuple[Difference | None, Expected, list[str]]:
        (expected,) = self._reference.answers([ids])
        tokens = self._tokens(ids)
        answer = self._loaded.run(tokens, raw=True)
        labels = [answer] if isinstance(answer, str) else answer
        trace = self._loaded.trace(tokens)
        return first_difference(self._program, expected, trace, labels), expected, labels

    def _tokens(self, ids: Ids) -> tuple[str, ...]:
        vocabulary = self._program.vocabulary
        return tuple(vocabulary[index] for index in ids)
