"""Sets of strings by the tokens that may stand at each position; arrays checked against them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.semantics.arrays import Array, Mask

#: With more positions in all shapes than this, all shapes are looked at together.
_MAX_POSITIONS = 512


#: Languages of more shapes are matched sequence by sequence.
_MAX_SHAPES = 5_000


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


class PromiseCheck:
    """Checks a program's contract on arrays; see `tpc.semantics.encoding.require_promised`.

    Args:
        program: The program.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._shapes: dict[int, list[Mask]] | None = None
        if program.contract.scope == "every_string":
            return
        shapes: dict[int, list[Mask]] = {}
        for number, shape in enumerate(program.language.shapes(program.max_length)):
            if number == _MAX_SHAPES:
                return
            shapes.setdefault(len(shape), []).append(_allowed(program, shape))
        self._shapes = shapes

    def covers(self, ids: Array, lengths: Array) -> bool:
        """Whether every sequence is one that the program is promised on.

        Args:
            ids: Token ids `[sequences, positions]`.
            lengths: Of the sequences.
        """
        if self._program.contract.scope == "every_string":
            return True
        if self._shapes is None:
            return all(
                self._program.language.match(tuple(row[:length]), self._program.max_length)
                is not None
                for row, length in zip(ids.tolist(), lengths.tolist(), strict=True)
                if length
            )
        return all(
            self._covers_length(ids[lengths == length, :length])
            for length in np.unique(lengths).tolist()
            if length
        )

    def _covers_length(self, ids: Array) -> bool:
        """Sequences of one length: each must be of some shape."""
        assert self._shapes is not None, "checked by the caller"
        found = np.zeros(len(ids), dtype=bool)
        for allowed in self._shapes.get(ids.shape[1], ()):
            found |= allowed[np.arange(ids.shape[1]), ids].all(axis=1)
        return bool(found.all())


def _allowed(program: Program, shape: tuple[Slot[int], ...]) -> Mask:
    """For each position of a shape, which tokens may stand there: `[positions, tokens]`."""
    allowed = np.zeros((len(shape), len(program.vocabulary)), dtype=bool)
    for position, slot in enumerate(shape):
        allowed[position, list(slot.tokens)] = True
    return allowed
