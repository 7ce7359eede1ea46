"""Sequences that are longer than a program takes, as windows that overlap.

Each token has its label from one window: there it has tokens to both sides, a quarter of a window
at least, except near the ends of the sequence.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
Label = TypeVar("Label")


@dataclass(frozen=True)
class Window(Generic[T]):
    """A part of a sequence, framed as the whole is.

    Attributes:
        tokens: What a program is given.
        kept: Of which positions in it the labels are taken. All windows' kept positions, one after
            the other, are those of the whole sequence.
    """

    tokens: tuple[T, ...]
    kept: range


def windows(sequence: Sequence[T], longest: int, *, framed: bool) -> Iterator[Window[T]]:
    """The windows of a sequence, from left to right; one alone if it is short enough.

    Args:
        sequence: Tokens, or labels.
        longest: The most tokens of a window, framing included.
        framed: Whether the first and the last token frame the others, and so each window.

    Raises:
        ValueError: No token fits between the framing tokens.
    """
    frame = int(framed)
    width, length = longest - 2 * frame, len(sequence) - 2 * frame
    if width < 1:
        raise ValueError("windows have at least one token")
    starts = _starts(length, width)
    # Halfway between the start of a window and the end of the one before it.
    bounds = [0, *((b + a + width) // 2 for a, b in itertools.pairwise(starts)), length]
    for index, start in enumerate(starts):
        inside = sequence[frame + start : frame + min(start + width, length)]
        first, last = bounds[index] - start, bounds[index + 1] - start
        begins, ends = index == 0, index == len(starts) - 1
        yield Window(
            (*sequence[:frame], *inside, *sequence[len(sequence) - frame :]),
            range(0 if begins else frame + first, frame + last + (frame if ends else 0)),
        )


def joined(answers: Iterable[tuple[Window[T], Sequence[Label]]]) -> Iterator[Label]:
    """The labels of a whole sequence, from windows and the labels of each."""
    return (labels[i] for window, labels in answers for i in window.kept)


def _starts(length: int, width: int) -> list[int]:
    """Where windows begin: half a window apart, and the last one ends with the sequence."""
    step = max(1, width - 2 * (width // 4))
    return [*range(0, max(0, length - width), step), max(0, length - width)]
