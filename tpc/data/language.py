"""The input language of a task as plain data: which sequences its networks are meant for.

A frontend turns this into the IR's own language; here it only has to be declared, once per task.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Slot:
    """One position: the tokens that may stand there, and whether a task scores its label."""

    tokens: tuple[str, ...]
    scored: bool = True


@dataclass(frozen=True)
class Group:
    """Consecutive slots that repeat together, `min_repeat` to `max_repeat` times inclusive."""

    slots: tuple[Slot, ...]
    min_repeat: int = 1
    max_repeat: int = 1

    def count(self) -> int:
        """The number of token strings of this group."""
        choices = 1
        for slot in self.slots:
            choices *= len(slot.tokens)
        return sum(choices**repeat for repeat in range(self.min_repeat, self.max_repeat + 1))

    def strings(self) -> Iterator[tuple[str, ...]]:
        """Every token string, shortest first, in the slots' token order."""
        alphabets = [slot.tokens for slot in self.slots]
        for repeat in range(self.min_repeat, self.max_repeat + 1):
            yield from itertools.product(*alphabets * repeat)


Pattern = tuple[Group, ...]
"""Groups in sequence."""


@dataclass(frozen=True)
class Language:
    """A union of patterns no two of which share a string."""

    alternatives: tuple[Pattern, ...]

    def count(self) -> int:
        """The number of strings, without enumerating them."""
        total = 0
        for pattern in self.alternatives:
            strings = 1
            for group in pattern:
                strings *= group.count()
            total += strings
        return total

    def restricted(self, vocabulary: Container[str]) -> Language:
        """The strings whose tokens are all in the vocabulary."""
        alternatives = []
        for pattern in self.alternatives:
            groups = []
            for group in pattern:
                slots = tuple(
                    Slot(tuple(token for token in slot.tokens if token in vocabulary), slot.scored)
                    for slot in group.slots
                )
                groups.append(Group(slots, group.min_repeat, group.max_repeat))
            kept = tuple(groups)
            if Language((kept,)).count():
                alternatives.append(kept)
        return Language(tuple(alternatives))

    def strings(self) -> Iterator[tuple[str, ...]]:
        """Every string of the language, in a fixed order."""
        for pattern in self.alternatives:
            for parts in itertools.product(*(list(group.strings()) for group in pattern)):
                yield tuple(itertools.chain.from_iterable(parts))


def frame(token: str) -> Group:
    """A single unscored framing token such as `<s>`."""
    return Group((Slot((token,), scored=False),))


def body(alphabet: tuple[str, ...], shortest: int, longest: int) -> Group:
    """`shortest` to `longest` scored tokens of one alphabet."""
    return Group((Slot(alphabet),), shortest, longest)
