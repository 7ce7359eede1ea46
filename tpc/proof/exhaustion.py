"""All strings of an input language at once: which labels to keep, and whether they are kept."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from tpc.ir.program import Program
from tpc.semantics.arrays import Array
from tpc.semantics.batched import (
    BATCH_SIZE,
    BatchEvaluator,
    LanguageBatch,
    language_batches,
    language_count,
)

#: Columns of all variables may take this many bytes together.
MAX_BYTES = 1_500_000_000


@dataclass
class Exhaustion:
    """The labels of a program on its whole input language, to hold other programs to.

    Args:
        program: Whose labels and language.
        labels: At every scored position of every string, in order (one a string if pooled).
    """

    program: Program
    labels: Array
    _suspects: list[tuple[Array, Array, Array]] = field(default_factory=list, repr=False)

    def columns(self, program: Program, names: Iterable[str]) -> dict[str, Array]:
        """Columns of variables of a program, at all scored positions of all strings."""
        distinct = list(dict.fromkeys(names))
        parts: dict[str, list[Array]] = {name: [] for name in distinct}
        evaluator = BatchEvaluator(program, only=distinct)
        for batch in self.batches():
            result = evaluator.evaluate(batch.ids, batch.lengths)
            for name in distinct:
                parts[name].append(result.columns[name].T[batch.scored.T])
        return {name: np.concatenate(columns) for name, columns in parts.items()}

    def batches(self) -> Iterator[LanguageBatch]:
        """The strings, in the order of `labels`."""
        return language_batches(self.program, BATCH_SIZE)

    def agrees(self, program: Program) -> bool:
        """Whether a program over the same language gives every one of the labels.

        Strings on which earlier programs went wrong are tried first.
        """
        evaluator = BatchEvaluator(program, only=())
        for ids, lengths, expected in self._suspects:
            found = evaluator.evaluate(ids, lengths).labels
            if ((found != expected) & (expected >= 0)).any():
                return False
        start = 0
        for batch in self.batches():
            labels = evaluator.evaluate(batch.ids, batch.lengths).labels
            found = labels if labels.ndim == 1 else labels.T[batch.scored.T]
            expected = self.labels[start : start + len(found)]
            if (found != expected).any():
                self._suspect(batch, labels, found != expected, expected)
                return False
            start += len(found)
        return True

    def _suspect(self, batch: LanguageBatch, labels: Array, wrong: Array, expected: Array) -> None:
        """Remember some of the strings that went wrong."""
        if labels.ndim == 1:
            labelled = expected
            rows = np.flatnonzero(wrong)[:32]
        else:
            full = np.full(labels.T.shape, -1, dtype=expected.dtype)
            full[batch.scored.T] = expected
            marked = np.zeros(labels.T.shape, dtype=bool)
            marked[batch.scored.T] = wrong
            labelled = full.T
            rows = np.flatnonzero(marked.any(axis=0))[:32]
        self._suspects.insert(0, (batch.ids[rows], batch.lengths[rows], labelled[rows]))
        del self._suspects[24:]


def exhaustible(program: Program, limit: int) -> bool:
    """Whether the input language is small enough to be gone through string by string."""
    count = language_count(program)
    if count > limit:
        return False
    return count * program.max_length * (len(program.nodes) + 1) <= MAX_BYTES


def exhaust(program: Program) -> Exhaustion:
    """Compute the labels of a program on its whole input language."""
    evaluator = BatchEvaluator(program, only=())
    parts = []
    for batch in language_batches(program, BATCH_SIZE):
        labels = evaluator.evaluate(batch.ids, batch.lengths).labels
        parts.append(labels if labels.ndim == 1 else labels.T[batch.scored.T])
    return Exhaustion(program, np.concatenate(parts))


def scored_count(program: Program) -> int:
    """How many labels the input language has: scored positions, or strings if pooled."""
    total = 0
    for shape in program.language.shapes(program.max_length):
        strings = math.prod(len(slot.tokens) for slot in shape)
        pooled = program.label_type.pooled
        total += strings * (1 if pooled else sum(slot.scored for slot in shape))
    return total
