"""The strings that a change of a program is tried on: its whole input language, or a sample of it.

What no string of the whole language contradicts is proved. What no string of a sample contradicts
is a guess: it has to be proved otherwise, and a string that refutes it joins the sample.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.proof.equality import labels_on, scored_columns
from tpc.semantics.arrays import Array
from tpc.semantics.strings import LanguageBatch, language_batch, language_batches

#: Random strings of a sample; short ones that are all in it; those made from one that refuted.
_RANDOM, _SHORT, _NEAR = 6_000, 2_000, 400

#: Half of the random strings are over so few tokens each: in others hardly any occurs twice.
_MOST_TOKENS = 4

Ids = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Evidence:
    """Strings with the labels that a program has to keep.

    Args:
        labels: At the scored positions of all strings, batch by batch; one a string if pooled.
        sample: The strings; `None` if they are all of the language.
    """

    labels: Array
    sample: LanguageBatch | None = None

    @property
    def whole(self) -> bool:
        """Whether they are the whole language, so that what holds on them is proved."""
        return self.sample is None

    def batches(self, program: Program) -> Iterable[LanguageBatch]:
        """The strings, for a program over the language that they were taken from."""
        return language_batches(program) if self.sample is None else [self.sample]

    def columns(self, program: Program, names: Iterable[str]) -> dict[str, Array]:
        """Columns of variables at the scored positions of all strings; everywhere if pooled."""
        return scored_columns(program, names, self.batches(program))

    def with_counterexample(self, program: Program, ids: Ids) -> Evidence:
        """The sample with a string that refuted a guess, and with others like it.

        Args:
            program: Whose labels are to be kept.
            ids: The string.
        """
        return self.with_strings(program, _near(program, ids))

    def with_strings(self, program: Program, strings: Iterable[Ids]) -> Evidence:
        """The sample with more strings; arguments as for `with_counterexample`."""
        assert self.sample is not None, "the whole language has no more"
        known, lengths = self.sample.ids.tolist(), self.sample.lengths.tolist()
        given = [tuple(row[:length]) for row, length in zip(known, lengths, strict=True)]
        return _evidence(program, [*given, *strings])


def whole_language(program: Program) -> Evidence:
    """All strings of the program's language."""
    return Evidence(labels_on(program, language_batches(program)))


def sampled(program: Program) -> Evidence:
    """A sample of the program's language: short strings, random ones, those of few tokens."""
    shapes = list(program.language.shapes(program.max_length))
    stream = random.Random(0)
    strings = list(_short(shapes))
    for number in range(_RANDOM):
        shape = stream.choice(shapes)
        few = _few(shape, stream) if number % 2 else None
        strings.append(_drawn(shape, few, stream))
    return _evidence(program, strings)


def _evidence(program: Program, strings: Sequence[Ids]) -> Evidence:
    # In order, so that strings with a common beginning are next to each other.
    sample = language_batch(program, sorted(set(strings)))
    return Evidence(labels_on(program, [sample]), sample)


def _short(shapes: Sequence[tuple[Slot[int], ...]]) -> Iterator[Ids]:
    left = _SHORT
    for shape in sorted(shapes, key=_count):
        left -= _count(shape)
        if left < 0:
            return
        yield from product(*(slot.tokens for slot in shape))


def _count(shape: tuple[Slot[int], ...]) -> int:
    return math.prod(len(slot.tokens) for slot in shape)


def _few(shape: tuple[Slot[int], ...], stream: random.Random) -> set[int]:
    """A few of the tokens that may stand in a string."""
    tokens = sorted({token for slot in shape for token in slot.tokens})
    return set(stream.sample(tokens, min(len(tokens), stream.randint(1, _MOST_TOKENS))))


def _drawn(shape: tuple[Slot[int], ...], few: set[int] | None, stream: random.Random) -> Ids:
    choices = (
        [token for token in slot.tokens if few is None or token in few] or slot.tokens
        for slot in shape
    )
    return tuple(stream.choice(tokens) for tokens in choices)


def _near(program: Program, ids: Ids) -> Iterator[Ids]:
    """A string, and strings of its shape that differ from it in one to three tokens."""
    shape = program.language.match(ids, program.max_length)
    assert shape is not None, "counterexamples are strings of the language"
    stream = random.Random(repr(ids))
    yield ids
    for number in range(_NEAR):
        changed = list(ids)
        for position in stream.sample(range(len(ids)), min(len(ids), 1 + number % 3)):
            changed[position] = stream.choice(shape[position].tokens)
        yield tuple(changed)
