"""Whether two programs give the same labels, on all of a language or on a sample of strings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tpc.ir.program import Program
from tpc.semantics.batched import BatchEvaluator, LanguageBatch, language_batches, language_count
from tpc.semantics.sampling import arbitrary_strings


@dataclass(frozen=True)
class LabelComparison:
    """The outcome of comparing two programs.

    Args:
        method: `exhaustive` if every string of the input language was tried.
        strings: How many were.
        positions: How many labels were compared.
        counterexample: The ids of a string with different labels, if one was found.
        position: Where it differs; 0 for pooled programs.
    """

    method: Literal["exhaustive", "sampled"]
    strings: int
    positions: int
    counterexample: tuple[int, ...] | None = None
    position: int = 0

    @property
    def equal(self) -> bool:
        """Whether no difference was found."""
        return self.counterexample is None


def compare_on_language(
    one: Program, other: Program, limit: int = 2_000_000, samples: int = 2_000
) -> LabelComparison:
    """Compare labels at the scored positions of the input language of `one`.

    Args:
        one: The program whose language is taken.
        other: A program over the same vocabulary.
        limit: Languages of up to this many strings are exhausted, larger ones sampled.
        samples: How many strings are sampled.
    """
    exhaustive = language_count(one) <= limit
    batches = language_batches(one) if exhaustive else _sampled(one, samples)
    return _compare(one, other, batches, "exhaustive" if exhaustive else "sampled")


def compare_on_strings(one: Program, other: Program, samples: int = 2_000) -> LabelComparison:
    """Compare raw labels at all positions of random strings over the vocabulary."""
    strings = arbitrary_strings(one, samples, seed=1)
    return _compare(one, other, _padded(strings, None), "sampled")


def _compare(
    one: Program,
    other: Program,
    batches: Iterator[LanguageBatch],
    method: Literal["exhaustive", "sampled"],
) -> LabelComparison:
    first, second = BatchEvaluator(one, only=()), BatchEvaluator(other, only=())
    strings = positions = 0
    for batch in batches:
        expected = first.evaluate(batch.ids, batch.lengths).labels
        found = second.evaluate(batch.ids, batch.lengths).labels
        different = expected != found
        if one.label_type.pooled:
            positions += len(different)
            different = different[:, None]
        else:
            positions += int(batch.scored.sum())
            different = different & batch.scored
        strings += len(batch.ids)
        if different.any():
            row, position = (int(index) for index in np.argwhere(different)[0])
            ids = tuple(batch.ids[row, : batch.lengths[row]].tolist())
            return LabelComparison(method, strings, positions, ids, position)
    return LabelComparison(method, strings, positions)


def _sampled(program: Program, samples: int) -> Iterator[LanguageBatch]:
    strings = program.language.sample(program.max_length, samples, seed=0)
    masks = [program.language.scored(ids, program.max_length) for ids in strings]
    return _padded(strings, [mask or () for mask in masks])


def _padded(
    strings: list[tuple[int, ...]], masks: list[tuple[bool, ...]] | None
) -> Iterator[LanguageBatch]:
    """One batch of strings of different lengths; without masks every position counts."""
    lengths = np.array([len(ids) for ids in strings], dtype=np.int64)
    ids = np.zeros((len(strings), int(lengths.max(initial=0))), dtype=np.int32)
    scored = np.zeros(ids.shape, dtype=bool)
    for row, string in enumerate(strings):
        ids[row, : len(string)] = string
        scored[row, : len(string)] = True if masks is None else masks[row]
    yield LanguageBatch(ids, lengths, scored, 0)
