"""Inputs drawn to refute a property: uniform ones, and some that are rare among those."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np

from tpc.ir.program import Program
from tpc.properties.frames import FramedShape
from tpc.properties.syntax import Property, PropertyFile, Word, walk
from tpc.semantics.arrays import Array


def samples(
    shapes: Sequence[FramedShape], named: Sequence[int], count: int, seed: int
) -> Iterator[tuple[FramedShape, Array]]:
    """Inputs by a uniform shape: half of them of uniform tokens, half of a few tokens.

    Inputs of few distinct tokens are rare among all, and what counts goes wrong on them; so are
    those of the words that the property names, among which some have to be.

    Args:
        shapes: Of the language.
        named: The tokens that the property names.
        count: How many inputs.
        seed: Of the random numbers.

    Yields:
        A shape, and the inputs drawn of it `[B, L]`.
    """
    stream = random.Random(seed)
    drawn: dict[int, list[list[int]]] = {}
    for sample in range(count):
        number = stream.randrange(len(shapes))
        slots = shapes[number].slots
        ids = [stream.choice(slot.tokens) for slot in slots]
        if sample % 2:
            few = stream.sample(ids, min(len(ids), stream.randint(2, 4)))
            few += stream.sample(named, min(len(named), 2)) if sample % 4 == 1 else []
            ids = [
                stream.choice([token for token in few if token in slot.members] or [own])
                for own, slot in zip(ids, slots, strict=True)
            ]
        drawn.setdefault(number, []).append(ids)
    for number in sorted(drawn):
        yield shapes[number], np.array(drawn[number], dtype=np.int32)


def named_tokens(program: Program, file: PropertyFile, prop: Property) -> list[int]:
    """The tokens that a property, or a definition of its file, names."""
    bodies = [prop.body, *(found.body for found in file.definitions.values())]
    words = {node.text for body in bodies for node in walk(body) if isinstance(node, Word)}
    return sorted(program.token_ids[word] for word in words if word in program.token_ids)
