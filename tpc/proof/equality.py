"""Programs on all of an input language, or on a sample of strings: columns, and equal labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tpc.ir.program import Program
from tpc.semantics.arrays import Array
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.strings import (
    EXHAUSTIVE_LIMIT,
    LanguageBatch,
    arbitrary_strings,
    language_batch,
    language_batches,
    padded,
)

#: Columns of all variables on a whole language may take this many bytes together.
_MAX_BYTES = 1_500_000_000

#: So many strings are compared where not all of them are.
_SAMPLES = 2_000


def exhaustible(program: Program, limit: int) -> bool:
    """Whether the input language is small enough to be gone through string by string."""
    count = program.language.count(program.max_length)
    return count <= limit and count * program.max_length * (len(program.nodes) + 1) <= _MAX_BYTES


def scored_columns(
    program: Program, names: Iterable[str], batches: Iterable[LanguageBatch] | None = None
) -> dict[str, Array]:
    """Columns of variables at the scored positions of strings; at all of them if it is pooled.

    Args:
        program: The program.
        names: Of the variables.
        batches: The strings; all of the input language by default.
    """
    parts: dict[str, list[Array]] = {name: [] for name in names}
    evaluator = BatchEvaluator(program, only=parts.keys(), result=False)
    for batch in language_batches(program) if batches is None else batches:
        columns = evaluator.evaluate(batch.ids, batch.lengths).columns
        everywhere = np.arange(batch.ids.shape[1]) < batch.lengths[:, None]
        read = everywhere if program.label_type.pooled else batch.scored
        for name, found in parts.items():
            found.append(columns[name].T[read.T])
    return {name: np.concatenate(found) for name, found in parts.items()}


def labels_on(program: Program, batches: Iterable[LanguageBatch]) -> Array:
    """The class indices at the scored positions of strings; one a string if pooled."""
    evaluator = BatchEvaluator(program, only=())
    pooled = program.label_type.pooled
    found = []
    for batch in batches:
        labels = evaluator.evaluate(batch.ids, batch.lengths).labels
        found.append(labels if pooled else labels.T[batch.scored.T])
    return np.concatenate(found)


@dataclass(frozen=True)
class LabelComparison:
    """The outcome of comparing two programs.

    Args:
        strings: How many strings were tried.
        positions: How many labels were compared.
        counterexample: The ids of a string with different labels, if one was found.
        position: Where it differs; 0 for pooled programs.
    """

    strings: int
    positions: int
    counterexample: tuple[int, ...] | None = None
    position: int = 0

    @property
    def equal(self) -> bool:
        """Whether no difference was found."""
        return self.counterexample is None


def compare_on_language(
    one: Program, other: Program, limit: int = EXHAUSTIVE_LIMIT
) -> LabelComparison:
    """Compare labels at the scored positions of the input language of `one`.

    Args:
        one: The program whose language is taken.
        other: A program over the same vocabulary.
        limit: Languages of up to this many strings are exhausted, larger ones sampled.
    """
    if one.language.count(one.max_length) <= limit:
        return _compare(one, other, language_batches(one))
    return compare_on_given(one, other, one.language.sample(one.max_length, _SAMPLES, seed=0))


def compare_on_given(
    one: Program, other: Program, strings: Sequence[tuple[int, ...]]
) -> LabelComparison:
    """Compare labels at the scored positions of given strings of the input language of `one`."""
    return _compare(one, other, [language_batch(one, strings)])


def compare_on_strings(one: Program, other: Program, samples: int = _SAMPLES) -> LabelComparison:
    """Compare raw labels at all positions of random strings over the vocabulary."""
    ids, lengths = padded(arbitrary_strings(one, samples, seed=1))
    everywhere = np.arange(ids.shape[1]) < lengths[:, None]
    return _compare(one, other, [LanguageBatch(ids, lengths, everywhere)])


def _compare(one: Program, other: Program, batches: Iterable[LanguageBatch]) -> LabelComparison:
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
            return LabelComparison(strings, positions, ids, position)
    return LabelComparison(strings, positions)
