"""On which strings, and where in them, a program has to keep its answers."""

from __future__ import annotations

from tpc.analysis.reach import (
    Frame,
    Mask,
    as_mask,
    every_string,
    input_language,
    possible_values,
)
from tpc.ir.nodes import Classify
from tpc.ir.program import Program


def frames(program: Program) -> list[Frame]:
    """The strings that the program's contract covers."""
    if program.contract.scope == "every_string":
        return every_string(program)
    return input_language(program)


def values_anywhere(program: Program) -> dict[str, Mask]:
    """The values that each variable can have at any position of those strings.

    Masks over `program.range_of(name)`; real variables are left out.
    """
    found = possible_values(program, frames(program))
    return {name: as_mask(values, program.range_of(name)) for name, values in found.items()}


def values_answered(program: Program) -> dict[str, Mask]:
    """The values that each variable can have at positions whose label is promised."""
    classifier = program.by_name[program.result]
    pooled = isinstance(classifier, Classify) and classifier.pool != "none"
    if program.contract.scope == "every_string" or pooled:
        return values_anywhere(program)
    found = possible_values(program, frames(program), "scored")
    return {name: as_mask(values, program.range_of(name)) for name, values in found.items()}
