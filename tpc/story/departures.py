"""Where a program departs from its task, and how often: on every input, or on a sample of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tpc.data.drawing import checked_arguments
from tpc.data.task import Task, TaskArguments, Tokens
from tpc.data.tasks import TASKS
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.runtime.sentences import origin
from tpc.verification.inputs import chunks
from tpc.verification.rightness import (
    CHUNK,
    BatchAnswers,
    Mistake,
    asked_row,
    mistakes,
    refuse_incomparable,
)

#: So many values of variables are computed to go through all inputs of a task: every variable at
#: every position of each. It is counted, not timed: the same program has the same story anywhere.
BUDGET = 100_000_000

#: Inputs that are drawn where there are more, and the seed of these.
SAMPLES, SEED = 2_000, 0

_ANY_LENGTH = 1_000_000


@dataclass(frozen=True)
class Departure:
    """One way of being wrong.

    Attributes:
        expected: The label of the task.
        found: The label of the program; nothing where it does not take the input.
        labels: How often.
        inputs: On how many inputs.
        example: The smallest of these: the fewest tokens, then the first in string order.
    """

    expected: str
    found: str
    labels: int
    inputs: int
    example: Mistake

    def to_json(self) -> dict[str, object]:
        """Everything; of the example its tokens and both lists of labels."""
        shown = self.example
        return {
            "expected": self.expected,
            "found": self.found or None,
            "labels": self.labels,
            "inputs": self.inputs,
            "example": {
                "tokens": [*shown.tokens],
                "expected": [*shown.expected],
                "found": None if shown.found is None else [*shown.found],
            },
        }


@dataclass(frozen=True)
class Departures:
    """How a program compares with a task.

    Attributes:
        task: The name of the task.
        total: How many inputs the task has.
        inputs: How many of these were compared.
        everything: Whether they are all.
        labels: How many labels were compared.
        wrong: On how many inputs a label is wrong.
        kinds: Each pair of a right and a wrong label, the most frequent first.
        given: The labels that the program gave where the task has one.
        asked: The labels that the task has.
    """

    task: str
    total: int
    inputs: int
    everything: bool
    labels: int
    wrong: int
    kinds: tuple[Departure, ...]
    given: frozenset[str]
    asked: frozenset[str]

    @property
    def wrong_labels(self) -> int:
        """How many labels are wrong."""
        return sum(kind.labels for kind in self.kinds)

    def to_json(self) -> dict[str, object]:
        """Everything but the labels that were given, which are told elsewhere."""
        return {
            "task": self.task,
            "total": self.total,
            "inputs": self.inputs,
            "everything": self.everything,
            "labels": self.labels,
            "wrong": self.wrong,
            "wrong_labels": self.wrong_labels,
            "kinds": [kind.to_json() for kind in self.kinds],
        }


def departures(
    program: Program, task: Task, arguments: TaskArguments, limit: int | None = None
) -> Departures:
    """Compare a program with a task on all of its inputs, or on a sample if these are many.

    Args:
        program: A verified program.
        task: What it should compute.
        arguments: Of the task: they decide which inputs it has.
        limit: So many inputs are gone through; by default as many as keep within `BUDGET`.

    Raises:
        TpcError: The task has no function, fails on an input, or cannot be compared.
    """
    refuse_incomparable(program, task)
    language = task.language(checked_arguments(task, arguments), _ANY_LENGTH)
    total = language.count()
    each = max(1, program.max_length * len(program.nodes))
    everything = total <= (BUDGET // each if limit is None else limit)
    strings: Iterable[Tokens] = language.strings()
    if not everything:
        strings = dict.fromkeys(language.sample(_ANY_LENGTH, SAMPLES, SEED))
    tally = _Tally(program, task)
    for chunk in chunks(strings, CHUNK):
        tally.add(chunk)
    return tally.result(total, everything=everything)


def own_task(program: Program) -> Task | None:
    """The task that a program was trained for, if it has right labels for every input."""
    recorded = origin(program)
    task = TASKS.get(str(recorded.get("task")))
    if task is None or task.answer is None or "own_task" in recorded:
        return None
    if task.pooled != program.label_type.pooled or not isinstance(recorded.get("data"), dict):
        return None
    return task


class _Tally:
    """Counts of right and wrong labels."""

    def __init__(self, program: Program, task: Task) -> None:
        self.task = task
        self.answers = BatchAnswers(program)
        self.pairs: Counter[tuple[str, str]] = Counter()
        self.on: Counter[tuple[str, str]] = Counter()
        self.examples: dict[tuple[str, str], Mistake] = {}
        self.inputs = self.wrong = 0

    def add(self, chunk: list[Tokens]) -> None:
        """Count the labels of some framed inputs."""
        rows = [row for row in (asked_row(self.task, tokens) for tokens in chunk) if row]
        found = self.answers([tokens for tokens, _ in rows])
        self.inputs += len(rows)
        for (_, tags), labels in zip(rows, found, strict=True):
            if labels is not None:
                self.pairs.update(zip(tags, labels, strict=False))
        for mistake in mistakes(rows, lambda _: found, pooled=self.task.pooled):
            self._wrong(mistake)

    def _wrong(self, mistake: Mistake) -> None:
        self.wrong += 1
        found = mistake.found or ("",) * len(mistake.expected)
        if mistake.found is None:
            self.pairs.update(zip(mistake.expected, found, strict=True))
        pairs = zip(mistake.expected, found, strict=False)
        for pair in {pair for pair in pairs if pair[0] not in (PAD, pair[1])}:
            self.on[pair] += 1
            known = self.examples.get(pair)
            if known is None or mistake.size < known.size:
                self.examples[pair] = mistake

    def result(self, total: int, *, everything: bool) -> Departures:
        """What has been counted."""
        counted = {pair: count for pair, count in self.pairs.items() if pair[0] != PAD}
        wrong = sorted(self.on, key=lambda pair: (-counted[pair], pair))
        return Departures(
            task=self.task.name,
            total=total,
            inputs=self.inputs,
            everything=everything,
            labels=sum(counted.values()),
            wrong=self.wrong,
            kinds=tuple(
                Departure(*pair, counted[pair], self.on[pair], self.examples[pair])
                for pair in wrong
            ),
            given=frozenset(found for _, found in counted if found),
            asked=frozenset(expected for expected, _ in counted),
        )
