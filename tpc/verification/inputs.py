"""Which inputs a program is checked on: all of its language, or a stated sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeVar

from tpc.ir.program import Program
from tpc.semantics.shrinking import Ids
from tpc.semantics.strings import EXHAUSTIVE_LIMIT, arbitrary_strings

Input = TypeVar("Input")


@dataclass(frozen=True)
class InputSet:
    """A named set of inputs.

    Args:
        name: Such as "input language".
        method: Whether it is the whole of what the name says, or a sample of it.
        count: How many inputs.
        ids: Token ids of each input.
    """

    name: str
    method: Literal["exhaustive", "sampled"]
    count: int
    ids: Iterable[Ids]


def input_sets(
    program: Program,
    held_out: Sequence[Ids] = (),
    limit: int = EXHAUSTIVE_LIMIT,
    samples: int = 2_000,
    seed: int = 0,
) -> list[InputSet]:
    """What to check a program on.

    Its whole input language if that has at most `limit` strings, else a seeded sample of it and
    the held-out split. A program that is promised on every string is checked on a sample of
    arbitrary strings besides.
    """
    count = program.language.count(program.max_length)
    sets = []
    if count <= limit:
        language = program.language.strings(program.max_length)
        sets.append(InputSet("input language", "exhaustive", count, language))
    else:
        sample = program.language.sample(program.max_length, samples, seed)
        sets.append(InputSet("input language", "sampled", len(sample), sample))
        if held_out:
            sets.append(InputSet("held-out split", "exhaustive", len(held_out), held_out))
    if program.contract.scope == "every_string":
        arbitrary = arbitrary_strings(program, samples, seed + 1)
        sets.append(InputSet("arbitrary strings", "sampled", len(arbitrary), arbitrary))
    return sets


def chunks(inputs: Iterable[Input], size: int) -> Iterator[list[Input]]:
    """Consecutive inputs, `size` at a time."""
    iterator = iter(inputs)
    while chunk := list(islice(iterator, size)):
        yield chunk
