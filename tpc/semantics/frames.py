"""Sets of strings that a program is looked at on: every string, or those of its input language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.semantics.arrays import Mask

#: With more positions in all shapes than this, all shapes are looked at together.
_MAX_POSITIONS = 512


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
    frames = [_frame(program, shape) for shape in shapes]
    if len(frames) * program.max_length <= _MAX_POSITIONS:
        return frames
    longest = max(len(shape) for shape in shapes)
    tokens = np.zeros((longest, len(program.vocabulary)), dtype=bool)
    scored = np.zeros(longest, dtype=bool)
    for frame in frames:
        tokens[: len(frame.tokens)] |= frame.tokens
        scored[: len(frame.tokens)] |= frame.scored
    return [Frame(tokens, min(len(shape) for shape in shapes), scored)]


def _frame(program: Program, shape: tuple[Slot[int], ...]) -> Frame:
    tokens = np.zeros((len(shape), len(program.vocabulary)), dtype=bool)
    for position, slot in enumerate(shape):
        tokens[position, list(slot.tokens)] = True
    return Frame(tokens, len(shape), np.array([slot.scored for slot in shape]))
