"""Inputs as properties see them: shapes of the language without the tokens that frame them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.ir.words import BOS, EOS


@dataclass(frozen=True)
class FramedShape:
    """A shape of the input language.

    Args:
        slots: Of all positions, the frame's among them.
        start: How many positions the frame takes before the first that counts.
        end: How many it takes after the last.
    """

    slots: tuple[Slot[int], ...]
    start: int
    end: int

    @property
    def body(self) -> tuple[Slot[int], ...]:
        """The positions that properties count."""
        return self.slots[self.start : len(self.slots) - self.end]

    @property
    def length(self) -> int:
        """How many positions there are, without the frame."""
        return len(self.slots) - self.start - self.end


def framed_shapes(program: Program) -> Iterator[FramedShape]:
    """The shapes of a program's input language, in the order of `Language.shapes`."""
    ids = program.token_ids
    for slots in program.language.shapes(program.max_length):
        if slots:
            yield framed(slots, ids.get(BOS), ids.get(EOS))


def framed(slots: tuple[Slot[int], ...], bos: int | None, eos: int | None) -> FramedShape:
    """A shape, and what of it is a frame: a first `<s>` and a last `</s>` that are not scored."""
    start = int(_is_frame(slots[0], bos))
    end = int(len(slots) > start and _is_frame(slots[-1], eos))
    return FramedShape(slots, start, end)


def _is_frame(slot: Slot[int], token: int | None) -> bool:
    return not slot.scored and slot.tokens == (token,)


def body_tokens(program: Program) -> tuple[str, ...]:
    """The tokens that may stand at any position that counts, in the order of the vocabulary."""
    ids = program.token_ids
    found: set[int] = set()
    for alternative in program.language.alternatives:
        slots = tuple(slot for group in alternative for slot in group.slots)
        for slot in slots:
            if not _is_frame(slot, ids.get(BOS)) and not _is_frame(slot, ids.get(EOS)):
                found.update(slot.tokens)
    return tuple(program.vocabulary[token] for token in sorted(found))
