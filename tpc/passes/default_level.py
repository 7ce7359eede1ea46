"""The level that a program is compiled at where nobody says: the highest that is soon proved."""

from __future__ import annotations

from dataclasses import dataclass

from tpc.ir.numbers import counted
from tpc.ir.program import Program
from tpc.proof.equality import exhaustible
from tpc.semantics.strings import EXHAUSTIVE_LIMIT

#: So many values may be computed to go through an input language once: every variable at every
#: position of every string. It is counted, not timed: the same program has the same level anywhere.
BUDGET = 100_000_000

#: The highest level, and that which needs no input language.
HIGHEST, ANALYSED = 3, 1


@dataclass(frozen=True)
class DefaultLevel:
    """A level, and why it is that one.

    Args:
        level: As `-O` takes it.
        why: A sentence for the user, empty if there is no choice.
    """

    level: int
    why: str


def default_level(program: Program) -> DefaultLevel:
    """The level for a program, by what it would take to prove the highest one.

    A program that has been optimised for its language stays what it is: there is nothing to say.
    """
    if program.contract.scope != "every_string":
        return DefaultLevel(ANALYSED, "")
    strings = program.language.count(program.max_length)
    inputs = f"{counted(strings)} inputs"
    values = strings * program.max_length * len(program.nodes)
    if exhaustible(program, EXHAUSTIVE_LIMIT) and values <= BUDGET:
        return DefaultLevel(HIGHEST, f"-O{HIGHEST}: proved on all {inputs} of its language")
    return DefaultLevel(
        ANALYSED,
        f"-O{ANALYSED}: proved on every string; its language has {inputs}, more than are gone "
        f"through without asking (-O{HIGHEST} does)",
    )
