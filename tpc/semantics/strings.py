"""Strings of token ids as arrays: those of an input language, given ones, random ones."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.ir.words import PAD, rewrite
from tpc.semantics.arrays import Array

#: Sequences that are evaluated together: large enough for NumPy, small enough for the cache.
BATCH_SIZE = 32_768

#: Sequences times positions that are evaluated together; long ones come in smaller batches.
_MAX_BATCH_CELLS = 8 * BATCH_SIZE


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


def language_batches(program: Program, batch_size: int = BATCH_SIZE) -> Iterator[LanguageBatch]:
    """The whole input language, shape by shape, in the order of `Language.strings`.

    Args:
        program: Whose language.
        batch_size: The most sequences in a batch.
    """
    for shape in program.language.shapes(program.max_length):
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


def padded(strings: Sequence[Sequence[int]]) -> tuple[Array, Array]:
    """The ids `[B, L]` of strings, padded with 0, and their lengths `[B]`."""
    lengths = np.array([len(ids) for ids in strings], dtype=np.int64)
    table = np.zeros((len(strings), int(lengths.max(initial=0))), dtype=np.int64)
    for row, ids in enumerate(strings):
        table[row, : len(ids)] = ids
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
