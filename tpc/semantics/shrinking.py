"""Counterexamples made small: fewer tokens first, then earlier ones of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from tpc.ir.program import Program
from tpc.ir.words import PAD

Ids: TypeAlias = tuple[int, ...]


def shrink(program: Program, ids: Ids, differs: Callable[[Ids], bool]) -> Ids:
    """The smallest input that greedy steps lead to and that still differs.

    An input of the program's language stays in the language, so that what is shown is something
    the task could ask.

    Args:
        program: Whose language and vocabulary are used.
        ids: An input that differs.
        differs: Whether an input differs.
    """
    in_language = program.language.match(ids, program.max_length) is not None
    improved = True
    while improved:
        improved = False
        for candidate in _smaller(program, ids):
            if in_language and program.language.match(candidate, program.max_length) is None:
                continue
            if differs(candidate):
                ids, improved = candidate, True
                break
    return ids


def _smaller(program: Program, ids: Ids) -> Iterator[Ids]:
    for start in range(len(ids)):
        for width in (4, 2, 1):
            if len(ids) > width and start + width <= len(ids):
                yield ids[:start] + ids[start + width :]
    smallest = next(index for index, word in enumerate(program.vocabulary) if word != PAD)
    for position, token in enumerate(ids):
        for earlier in range(smallest, min(token, smallest + 50)):
            yield (*ids[:position], earlier, *ids[position + 1 :])
