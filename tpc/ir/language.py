"""The input language of a program: which token strings its task produces, and what is scored.

A language is a union of patterns; a pattern is a sequence of groups of slots, each repeated a
number of times. A slot is a set of tokens, and is either scored (the task has a label there) or
not (framing tokens, for instance: the network answers something there, no task asks).

Tasks declare their language over words, programs have it over token ids: `Language.mapped` leads
from one to the other.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Token = TypeVar("Token", str, int)
Other = TypeVar("Other", str, int)

MOST_REPEATS = 100_000
"""Of a group in a language that is read from a file."""


@dataclass(frozen=True)
class Slot(Generic[Token]):
    """One position.

    Args:
        tokens: The tokens that may stand there; ids ascend.
        scored: Whether the task has a label there.
        members: The tokens as a set: vocabularies are large, and every position is looked up.
    """

    tokens: tuple[Token, ...]
    scored: bool = True
    members: frozenset[Token] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", frozenset(self.tokens))


@dataclass(frozen=True)
class Group(Generic[Token]):
    """Slots in sequence, repeated `least` to `most` times."""

    slots: tuple[Slot[Token], ...]
    least: int = 1
    most: int = 1


@dataclass(frozen=True)
class Language(Generic[Token]):
    """A finite set of token strings: the union of its alternatives, which do not overlap.

    Where a method takes `max_length`, longer strings are left out; by default there is no limit.
    """

    alternatives: tuple[tuple[Group[Token], ...], ...]

    def mapped(self, names: Mapping[Token, Other]) -> Language[Other]:
        """The language with each token replaced by its id, or each id by its token."""

        def mapped(slot: Slot[Token]) -> Slot[Other]:
            return Slot(tuple(sorted(names[token] for token in slot.tokens)), slot.scored)

        return self._with_slots(mapped)

    def restricted(self, vocabulary: Container[Token]) -> Language[Token]:
        """The strings whose tokens are all in the vocabulary."""

        def known(slot: Slot[Token]) -> Slot[Token]:
            return Slot(tuple(token for token in slot.tokens if token in vocabulary), slot.scored)

        alternatives = self._with_slots(known).alternatives
        return Language(tuple(kept for kept in alternatives if Language((kept,)).count()))

    def to_json(self) -> list[object]:
        """The alternatives as JSON values; `from_json` reads them back."""
        return [[_group_json(group) for group in groups] for groups in self.alternatives]

    def _with_slots(self, change: Callable[[Slot[Token]], Slot[Other]]) -> Language[Other]:
        return Language(
            tuple(
                tuple(
                    Group(tuple(map(change, group.slots)), group.least, group.most)
                    for group in alternative
                )
                for alternative in self.alternatives
            )
        )

    def shapes(self, max_length: int | None = None) -> Iterator[tuple[Slot[Token], ...]]:
        """Every sequence of slots, shortest groups first."""
        for alternative in self.alternatives:
            yield from _shapes(alternative, max_length)

    def shape_count(self, max_length: int) -> int:
        """How many sequences of slots `shapes` gives, without going through them."""
        return sum(_shape_count(alternative, max_length) for alternative in self.alternatives)

    def count(self, max_length: int | None = None) -> int:
        """How many strings there are."""
        return sum(
            math.prod(len(slot.tokens) for slot in shape) for shape in self.shapes(max_length)
        )

    def strings(self, max_length: int | None = None) -> Iterator[tuple[Token, ...]]:
        """Every string, shape by shape, each shape in the order of its slots' tokens."""
        for shape in self.shapes(max_length):
            yield from itertools.product(*(slot.tokens for slot in shape))

    def sample(self, max_length: int, count: int, seed: int) -> list[tuple[Token, ...]]:
        """Random strings, repetitions possible: a uniform shape, then uniform tokens."""
        shapes = list(self.shapes(max_length))
        stream = random.Random(seed)
        return [
            tuple(stream.choice(slot.tokens) for slot in stream.choice(shapes))
            for _ in range(count)
        ]

    def match(self, string: tuple[Token, ...], max_length: int) -> tuple[Slot[Token], ...] | None:
        """The shape that produces this string, or `None` if it is not in the language."""
        if len(string) > max_length:
            return None
        shapes = (_match_groups(alternative, string) for alternative in self.alternatives)
        return next((shape for shape in shapes if shape is not None), None)

    def scored(self, string: tuple[Token, ...], max_length: int) -> tuple[bool, ...] | None:
        """Which positions of this string are scored; `None` if it is not in the language."""
        shape = self.match(string, max_length)
        return None if shape is None else tuple(slot.scored for slot in shape)


def read_language(value: object) -> Language[str]:
    """A language that `to_json` wrote.

    Raises:
        ValueError: It is something else.
    """
    try:
        return Language(tuple(tuple(map(_read_group, groups)) for groups in _items(value)))
    except (KeyError, TypeError) as error:
        raise ValueError("it is no language") from error


def _slot_json(slot: Slot[Token]) -> list[object]:
    return [[*slot.tokens], slot.scored]


def _group_json(group: Group[Token]) -> dict[str, object]:
    slots = [_slot_json(slot) for slot in group.slots]
    return {"slots": slots, "least": group.least, "most": group.most}


def _read_group(value: Any) -> Group[str]:  # noqa: ANN401 - JSON
    slots = tuple(
        Slot(tuple(map(_word, tokens)), bool(scored)) for tokens, scored in value["slots"]
    )
    least, most = value["least"], value["most"]
    if type(least) is not int or type(most) is not int or not 0 <= max(least, most) <= MOST_REPEATS:
        raise ValueError("a group is repeated no number of times")
    return Group(slots, least, most)


def _items(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("it is no list")
    return value


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a token is no text")
    return value


def _shapes(
    groups: tuple[Group[Token], ...], room: int | None
) -> Iterator[tuple[Slot[Token], ...]]:
    """The sequences of slots of some groups, of at most `room` positions."""
    if not groups:
        yield ()
        return
    group, rest = groups[0], groups[1:]
    needed = sum(other.least * len(other.slots) for other in rest)
    for times in range(group.least, group.most + 1):
        left = None if room is None else room - times * len(group.slots)
        if left is not None and left < needed:
            return
        for tail in _shapes(rest, left):
            yield group.slots * times + tail


def _shape_count(groups: tuple[Group[Token], ...], max_length: int) -> int:
    """How many sequences of slots there are, by their lengths, group after group."""
    ways = {0: 1}
    for group in groups:
        width, longer = len(group.slots), dict[int, int]()
        for length, count in ways.items():
            last = min(group.most, (max_length - length) // width) if width else group.most
            for times in range(group.least, last + 1):
                at = length + times * width
                longer[at] = longer.get(at, 0) + count
        ways = longer
    return sum(ways.values())


def _match_groups(
    groups: tuple[Group[Token], ...], string: tuple[Token, ...]
) -> tuple[Slot[Token], ...] | None:
    """Backtracking over repeats, fewest first; patterns are short, so this is cheap."""
    if not groups:
        return None if string else ()
    group, rest = groups[0], groups[1:]
    width = len(group.slots)
    matched: tuple[Slot[Token], ...] = ()
    for times in range(group.most + 1):
        if times:
            chunk = string[(times - 1) * width : times * width]
            if len(chunk) < width or any(
                token not in slot.members for token, slot in zip(chunk, group.slots, strict=True)
            ):
                return None
            matched += group.slots
        if times >= group.least:
            tail = _match_groups(rest, string[times * width :])
            if tail is not None:
                return matched + tail
    return None
