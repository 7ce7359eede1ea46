"""The input language of a program: which token strings its task produces, and what is scored.

A language is a union of patterns; a pattern is a sequence of groups of slots, each repeated a
number of times. A slot is a set of tokens, and is either scored (the task has a label there) or
not (framing tokens, for instance: the network answers something there, no task asks).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Slot:
    """One position: the ids of the tokens that may stand there, ascending; whether it counts."""

    tokens: tuple[int, ...]
    scored: bool = True

    @cached_property
    def members(self) -> frozenset[int]:
        """The tokens as a set: vocabularies are large, and every position is looked up."""
        return frozenset(self.tokens)


@dataclass(frozen=True)
class Group:
    """Slots in sequence, repeated `least` to `most` times."""

    slots: tuple[Slot, ...]
    least: int = 1
    most: int = 1


@dataclass(frozen=True)
class Language:
    """A finite set of token id strings: the union of its alternatives, which do not overlap."""

    alternatives: tuple[tuple[Group, ...], ...]

    def shapes(self, max_length: int) -> Iterator[tuple[Slot, ...]]:
        """Every sequence of slots of at most `max_length` positions, shortest groups first."""
        for alternative in self.alternatives:
            choices = [range(group.least, group.most + 1) for group in alternative]
            for repeats in itertools.product(*choices):
                groups = zip(alternative, repeats, strict=True)
                shape = tuple(slot for group, times in groups for slot in group.slots * times)
                if len(shape) <= max_length:
                    yield shape

    def count(self, max_length: int) -> int:
        """How many strings of at most `max_length` tokens there are."""
        return sum(
            math.prod(len(slot.tokens) for slot in shape) for shape in self.shapes(max_length)
        )

    def strings(self, max_length: int) -> Iterator[tuple[int, ...]]:
        """Every string, shape by shape, each shape in ascending order of token ids."""
        for shape in self.shapes(max_length):
            yield from itertools.product(*(slot.tokens for slot in shape))

    def sample(self, max_length: int, count: int, seed: int) -> list[tuple[int, ...]]:
        """Random strings, repetitions possible: a uniform shape, then uniform tokens."""
        shapes = list(self.shapes(max_length))
        stream = random.Random(seed)
        return [
            tuple(stream.choice(slot.tokens) for slot in stream.choice(shapes))
            for _ in range(count)
        ]

    def match(self, ids: tuple[int, ...], max_length: int) -> tuple[Slot, ...] | None:
        """The shape that produces this string, or `None` if it is not in the language."""
        if len(ids) > max_length:
            return None
        for alternative in self.alternatives:
            shape = _match_groups(alternative, ids)
            if shape is not None:
                return shape
        return None

    def scored(self, ids: tuple[int, ...], max_length: int) -> tuple[bool, ...] | None:
        """Which positions of this string are scored; `None` if it is not in the language."""
        shape = self.match(ids, max_length)
        return None if shape is None else tuple(slot.scored for slot in shape)


def _match_groups(groups: tuple[Group, ...], ids: tuple[int, ...]) -> tuple[Slot, ...] | None:
    """Backtracking over repeats, fewest first; patterns are short, so this is cheap."""
    if not groups:
        return None if ids else ()
    group, rest = groups[0], groups[1:]
    width = len(group.slots)
    matched: tuple[Slot, ...] = ()
    for times in range(group.most + 1):
        if times:
            chunk = ids[(times - 1) * width : times * width]
            if len(chunk) < width or any(
                token not in slot.members for token, slot in zip(chunk, group.slots, strict=True)
            ):
                return None
            matched += group.slots
        if times >= group.least:
            tail = _match_groups(rest, ids[times * width :])
            if tail is not None:
                return matched + tail
    return None
