"""Strings of token ids: as arrays, and as sets of what may stand at each position."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.ir.words import PAD, rewrite
from tpc.semantics.arrays import Array, Mask

#: Input languages of up to this many strings are gone through unless another limit is asked for.
EXHAUSTIVE_LIMIT = 2_000_000

#: Sequences that are evaluated together: large enough for NumPy, small enough for the cache.
BATCH_SIZE = 32_768

#: Sequences times positions that are evaluated together; long ones come in smaller batches.
_MAX_BATCH_CELLS = 8 * BATCH_SIZE

#: With more positions in all shapes than this, all shapes are looked at together.
_MAX_POSITIONS = 512


#: Languages of more shapes are matched sequence by sequence.
_MAX_SHAPES = 5_000


@dataclass(frozen=True)
class LanguageBatch:
    """Strings, and which of their positions the task scores.

    Args:
        ids: Token ids `[B, L]`.
        lengths: `[B]`; all `L` for strings of one shape of the input language.
        scored: `[B, L]`.
    """

    ids: Array
    lengths: Array
    scored: Array


def language_batch(program: Program, strings: Sequence[tuple[int, ...]]) -> LanguageBatch:
    """Some strings; of one that is not of the input language no position is scored."""
    scored, _ = padded([program.language.scored(ids, program.max_length) or () for ids in strings])
    return LanguageBatch(*padded(strings), scored > 0)


def language_batches(program: Program, batch_size: int = BATCH_SIZE) -> Iterator[LanguageBatch]:
    """The whole input language, shape by shape, in the order of `Language.strings`.

    Args:
        program: Whose language.
        batch_size: The most sequences in a batch.
    """
    for shape in program.language.shapes(program.max_length):
        yield from shape_batches(shape, batch_size)


def shape_batches(
    shape: tuple[Slot[int], ...], batch_size: int = BATCH_SIZE
) -> Iterator[LanguageBatch]:
    """All strings of one shape of an input language, in the order of its slots' tokens."""
    count = math.prod(len(slot.tokens) for slot in shape)
    scored = np.array([slot.scored for slot in shape], dtype=bool)
    for low in range(0, count, batch_size):
        high = min(count, low + batch_size)
        lengths = np.full(high - low, len(shape), dtype=np.int64)
        mask = np.broadcast_to(scored, (high - low, len(shape)))
        yield LanguageBatch(_decode(shape, low, high), lengths, mask)


def _decode(shape: tuple[Slot[int], ...], low: int, high: int) -> Array:
    """The strings number `low..high-1` of a shape: mixed-radix digits, the last one fastest."""
    ids = np.zeros((len(shape), high - low), dtype=np.int32)
    stride = 1
    for position in reversed(range(len(shape))):
        tokens = np.array(shape[position].tokens, dtype=np.int32)
        if stride < high:
            digits = np.arange(low, high, dtype=np.int64) // stride % len(tokens)
            ids[position] = tokens[digits]
        else:
            ids[position] = tokens[0]
        stride *= len(tokens)
    return ids.T


def padded(
    strings: Sequence[Sequence[int]], kind: DTypeLike = np.int64
) -> tuple[Array, NDArray[np.int64]]:
    """The ids `[B, L]` of strings, padded with 0, in an element type, and their lengths `[B]`."""
    lengths = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
    table = np.zeros((len(strings), int(lengths.max(initial=0))), dtype=kind)
    table[np.arange(table.shape[1]) < lengths[:, None]] = list(chain.from_iterable(strings))
    return table, lengths


def padded_batches(
    sequences: Sequence[Sequence[int]],
) -> Iterator[tuple[list[int], Array, Array]]:
    """Sequences of similar length together.

    Yields:
        The numbers of some sequences, their ids `[B, L]` padded with 0, and their lengths `[B]`.
    """
    order = sorted(range(len(sequences)), key=lambda number: len(sequences[number]))
    start = 0
    while start < len(order):
        longest = max(1, len(sequences[order[min(start + BATCH_SIZE, len(order)) - 1]]))
        numbers = order[start : start + max(1, min(BATCH_SIZE, _MAX_BATCH_CELLS // longest))]
        start += len(numbers)
        yield numbers, *padded([sequences[number] for number in numbers])


def arbitrary_strings(program: Program, count: int, seed: int) -> list[tuple[int, ...]]:
    """Token ids of random strings: a uniform length, then uniform tokens."""
    stream = random.Random(seed)
    # A word that rewriting changes never reaches the network.
    tokens = [
        index
        for index, word in enumerate(program.vocabulary)
        if word != PAD and rewrite(word, program.rewrite) == word
    ]
    lengths = (stream.randint(1, program.max_length) for _ in range(count))
    return [tuple(stream.choices(tokens, k=length)) for length in lengths]


# Sets of strings.


@dataclass(frozen=True)
class Frame:
    """A set of strings: any choice of one token at each position, any length that is allowed.

    Args:
        tokens: Which tokens may stand at each position: `[L, V]`.
        least: The shortest length; the longest is `L`.
        scored: Which positions are scored.
    """

    tokens: Mask
    least: int
    scored: Mask


def every_string(program: Program) -> list[Frame]:
    """All strings over the vocabulary, of every length from 1 on."""
    allowed = np.array([word != PAD for word in program.vocabulary])
    tokens = np.tile(allowed, (program.max_length, 1))
    return [Frame(tokens, 1, np.ones(program.max_length, dtype=bool))]


def input_language(program: Program) -> list[Frame]:
    """The strings of the input language: one frame a shape, or, for many shapes, one for all."""
    shapes = [shape for shape in program.language.shapes(program.max_length) if shape]
    frames = [
        Frame(_allowed(program, shape), len(shape), np.array([slot.scored for slot in shape]))
        for shape in shapes
    ]
    if len(frames) * program.max_length <= _MAX_POSITIONS:
        return frames
    longest = max(len(shape) for shape in shapes)
    tokens = np.zeros((longest, len(program.vocabulary)), dtype=bool)
    scored = np.zeros(longest, dtype=bool)
    for frame in frames:
        tokens[: len(frame.tokens)] |= frame.tokens
        scored[: len(frame.tokens)] |= frame.scored
    return [Frame(tokens, min(len(shape) for shape in shapes), scored)]


class LanguageCheck:
    """Says of many strings at once whether they are in a program's input language.

    Args:
        program: The program.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._shapes: dict[int, list[Mask]] | None = None
        shapes: dict[int, list[Mask]] = {}
        for number, shape in enumerate(program.language.shapes(program.max_length)):
            if number == _MAX_SHAPES:
                return
            shapes.setdefault(len(shape), []).append(_allowed(program, shape))
        self._shapes = shapes

    @property
    def shapes(self) -> Mapping[int, Sequence[Mask]] | None:
        """By length, for each shape which tokens may stand where: `[positions, tokens]`.

        `None` if there are too many.
        """
        return self._shapes

    def contains(self, ids: Array, lengths: Array) -> Mask:
        """Which strings are in the language.

        Args:
            ids: Token ids `[B, L]`; entries at and after a string's length are ignored.
            lengths: `[B]`.
        """
        found = np.zeros(len(ids), dtype=bool)
        if self._shapes is None:
            language, longest = self._program.language, self._program.max_length
            for row, length in enumerate(lengths.tolist()):
                found[row] = language.match(tuple(ids[row, :length].tolist()), longest) is not None
            return found
        for length in np.unique(lengths).tolist():
            rows = lengths == length
            found[rows] = self._of_length(ids[rows, :length])
        return found

    def _of_length(self, ids: Array) -> Mask:
        """Strings of one length: each must be of some shape."""
        assert self._shapes is not None, "checked by the caller"
        found = np.zeros(len(ids), dtype=bool)
        for allowed in self._shapes.get(ids.shape[1], ()):
            inside = np.ones(len(ids), dtype=bool)
            for position, tokens in enumerate(allowed):  # Six times faster than all at once.
                inside &= tokens.take(ids[:, position])
            found |= inside
        return found


class PromiseCheck:
    """Checks a program's contract on arrays; see `tpc.semantics.encoding.require_promised`.

    Args:
        program: The program.

    Attributes:
        language: What it is promised on; `None` for every string.
    """

    def __init__(self, program: Program) -> None:
        everywhere = program.contract.scope == "every_string"
        self.language = None if everywhere else LanguageCheck(program)

    def covers(self, ids: Array, lengths: Array) -> bool:
        """Whether every sequence is one that the program is promised on.

        Args:
            ids: Token ids `[sequences, positions]`.
            lengths: Of the sequences.
        """
        if self.language is None:
            return True
        return bool((self.language.contains(ids, lengths) | (lengths == 0)).all())


def _allowed(program: Program, shape: tuple[Slot[int], ...]) -> Mask:
    """For each position of a shape, which tokens may stand there: `[positions, tokens]`."""
    allowed = np.zeros((len(shape), len(program.vocabulary)), dtype=bool)
    for position, slot in enumerate(shape):
        allowed[position, list(slot.tokens)] = True
    return allowed
