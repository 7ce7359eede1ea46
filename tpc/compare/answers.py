"""On how many inputs two programs answer differently, and on which one first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.semantics.arrays import Array, Mask
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.encoding import known_ids, present
from tpc.semantics.shrinking import Ids, shrink
from tpc.semantics.strings import (
    EXHAUSTIVE_LIMIT,
    LanguageBatch,
    LanguageCheck,
    language_batch,
    language_batches,
)

Answer: TypeAlias = list[str] | str


@dataclass(frozen=True)
class Disagreement:
    """An input on which two programs differ.

    Attributes:
        tokens: The input.
        before: The first program's answer, as `tpc run` gives it.
        after: The second's.
        positions: Where they differ; empty if the programs answer once for a sequence.
    """

    tokens: tuple[str, ...]
    before: Answer
    after: Answer
    positions: tuple[int, ...]


@dataclass(frozen=True)
class AnswerDiff:
    """How often two programs answer differently.

    Attributes:
        method: `exhaustive`: every input that both languages have was tried; `sampled`: some of
            them were, drawn at random.
        inputs: How many were tried.
        different: How many of them are answered differently.
        labels: Scored labels that were compared.
        different_labels: How many of them differ.
        only_before: Inputs that the first language has and the second has not, among those
            looked at.
        smallest: Of the inputs that differ one with the fewest tokens, the first in order of
            token ids; where inputs were sampled, the one that making them smaller led to.
    """

    method: Literal["exhaustive", "sampled"]
    inputs: int
    different: int
    labels: int
    different_labels: int
    only_before: int
    smallest: Disagreement | None


class AnswerPair:
    """Two programs that answer the same inputs; ids are those of the first.

    Args:
        one: The first program.
        other: The second.

    Raises:
        TpcError: Only one of them answers once for a whole sequence.
    """

    def __init__(self, one: Program, other: Program) -> None:
        if one.label_type.pooled != other.label_type.pooled:
            raise TpcError(
                "one program labels every token, the other the whole sequence: their answers "
                "cannot be compared"
            )
        self.one, self.other = one, other
        self._first, self._second = BatchEvaluator(one, only=()), BatchEvaluator(other, only=())
        self._ids = read_as(one.vocabulary, other)
        self._classes = _class_numbers(other.classes, one.classes)
        self._check = None if _same_inputs(one, other) else LanguageCheck(other)

    def shared(self, batch: LanguageBatch) -> Mask:
        """Which strings of the first program's language are in that of the second: `[B]`."""
        if self._check is None:
            return np.ones(len(batch.ids), dtype=bool)
        ids = self._ids[batch.ids]
        inside = np.arange(ids.shape[1]) < batch.lengths[:, None]
        known = ((ids >= 0) | ~inside).all(axis=1)
        return np.asarray(known & self._check.contains(np.maximum(ids, 0), batch.lengths))

    def different(self, batch: LanguageBatch) -> Mask:
        """Which scored labels differ: `[B, L]`, or `[B, 1]` if there is one for a sequence."""
        expected = self._first.evaluate(batch.ids, batch.lengths).labels
        ids = np.maximum(self._ids[batch.ids], 0)
        found = self._classes[self._second.evaluate(ids, batch.lengths).labels]
        different = np.asarray(expected != found)
        if self.one.label_type.pooled:
            return different[:, None]
        inside = np.arange(batch.ids.shape[1]) < batch.lengths[:, None]
        return np.asarray(different & batch.scored & inside)

    def differs(self, ids: Ids) -> bool:
        """Whether one string of the first program's language is one that the two differ on."""
        batch = language_batch(self.one, [ids])
        return bool(self.shared(batch)[0] and self.different(batch).any())

    def disagreement(self, ids: Ids) -> Disagreement:
        """What the two answer to a string."""
        batch = language_batch(self.one, [ids])
        where = np.flatnonzero(self.different(batch)[0]).tolist()
        tokens = tuple(self.one.vocabulary[token] for token in ids)
        answers = []
        for program, evaluator, given in (
            (self.one, self._first, list(ids)),
            (self.other, self._second, self._ids[list(ids)].tolist()),
        ):
            labels = [program.classes[index] for index in evaluator.class_indices([given])[0]]
            answers.append(present(program, tokens, labels, raw=False))
        pooled = self.one.label_type.pooled
        return Disagreement(tokens, answers[0], answers[1], () if pooled else tuple(where))


def answer_diff(
    one: Program,
    other: Program,
    *,
    limit: int = EXHAUSTIVE_LIMIT,
    samples: int = 2_000,
    seed: int = 0,
) -> AnswerDiff:
    """Compare the scored labels of two programs on the inputs that both are for.

    Args:
        one: The first program, whose order of tokens is that of inputs.
        other: The second.
        limit: Languages of up to this many strings are gone through, larger ones sampled.
        samples: How many strings of a larger one are tried.
        seed: Of the sample.

    Raises:
        TpcError: Only one of the programs answers once for a whole sequence.
    """
    pair = AnswerPair(one, other)
    if one.language.count(one.max_length) <= limit:
        return _compared(pair, language_batches(one), "exhaustive")
    strings = dict.fromkeys(one.language.sample(one.max_length, samples, seed))
    return _compared(pair, [language_batch(one, list(strings))], "sampled")


def _compared(
    pair: AnswerPair,
    batches: Iterable[LanguageBatch],
    method: Literal["exhaustive", "sampled"],
) -> AnswerDiff:
    inputs = different = labels = wrong = left_out = 0
    smallest: Ids | None = None
    for batch, outside in _shared(pair, batches):
        where = pair.different(batch)
        rows = np.asarray(where.any(axis=1))
        inputs += len(rows)
        left_out += outside
        different += int(rows.sum())
        wrong += int(where.sum())
        labels += len(rows) if pair.one.label_type.pooled else int(batch.scored.sum())
        for row in _shortest(batch, np.flatnonzero(rows)):
            ids = tuple(batch.ids[row, : batch.lengths[row]].tolist())
            if smallest is None or (len(ids), ids) < (len(smallest), smallest):
                smallest = ids
    if smallest is not None and method == "sampled":
        smallest = shrink(pair.one, smallest, pair.differs)
    shown = None if smallest is None else pair.disagreement(smallest)
    return AnswerDiff(method, inputs, different, labels, wrong, left_out, shown)


def _shared(
    pair: AnswerPair, batches: Iterable[LanguageBatch]
) -> Iterator[tuple[LanguageBatch, int]]:
    """The strings of each batch that both programs are for, and how many others there were."""
    for batch in batches:
        kept: Array = pair.shared(batch)
        if kept.all():
            yield batch, 0
        else:
            part = LanguageBatch(batch.ids[kept], batch.lengths[kept], batch.scored[kept])
            yield part, int((~kept).sum())


def _shortest(batch: LanguageBatch, rows: Array) -> list[int]:
    """Those of some rows that have the fewest tokens."""
    lengths = batch.lengths[rows]
    found: list[int] = rows[lengths == lengths.min(initial=batch.ids.shape[1])].tolist()
    # Strings of one shape come in order: the first is the smallest.
    return found[:1] if len(set(batch.lengths.tolist())) == 1 else found


def _same_inputs(one: Program, other: Program) -> bool:
    return (one.vocabulary, one.rewrite, one.language, one.max_length) == (
        other.vocabulary,
        other.rewrite,
        other.language,
        other.max_length,
    )


def read_as(words: tuple[str, ...], program: Program) -> Array:
    """The id that a program has each word under, or reads it as; -1 where it does not know it."""
    found = []
    for word in words:
        read = known_ids(program, [word])
        found.append(program.token_ids.get(word, read[0] if read else -1))
    return np.array(found, dtype=np.int64)


def _class_numbers(names: tuple[str, ...], known: tuple[str, ...]) -> Array:
    """For each class its number among other classes, or -1."""
    number = {name: index for index, name in enumerate(known)}
    return np.array([number.get(name, -1) for name in names], dtype=np.int64)
