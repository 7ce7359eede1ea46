"""Random strings over a program's vocabulary, whatever its input language."""

from __future__ import annotations

import random

from tpc.ir.program import Program
from tpc.ir.words import PAD, rewrite


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
