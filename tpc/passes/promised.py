"""On which strings, and where in them, a program has to keep its answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tpc.ir.nodes import Aggregate, Classify, Select, operands
from tpc.ir.program import Program
from tpc.semantics.value_sets import (
    Frame,
    Mask,
    SelectChoices,
    as_mask,
    every_string,
    input_language,
    possible_values,
    select_choices,
)


def frames(program: Program) -> list[Frame]:
    """The strings that the program's contract covers."""
    if program.contract.scope == "every_string":
        return every_string(program)
    return input_language(program)


def read_everywhere(program: Program) -> set[str]:
    """The variables whose values matter at positions that are not scored, too.

    The label matters where it is promised, and with it what is computed position by position;
    keys and values of a head matter wherever it may look.
    """
    classifier = program.by_name[program.result]
    pooled = isinstance(classifier, Classify) and classifier.pool != "none"
    everywhere: set[str] = set()
    if program.contract.scope == "every_string" or pooled:
        everywhere.add(program.result)
    for node in reversed(program.nodes):
        match node:
            case Aggregate():
                everywhere.add(node.value)
                if node.name in everywhere:
                    everywhere.add(node.pattern)
            case Select():
                everywhere.add(node.key)
                if node.name in everywhere:
                    everywhere.add(node.query)
            case _:
                if node.name in everywhere:
                    everywhere.update(operands(node))
    return everywhere


def values_anywhere(program: Program) -> dict[str, Mask]:
    """The values that each variable can have at any position of those strings.

    Masks over `program.range_of(name)`; real variables are left out.
    """
    found = possible_values(program, frames(program))
    return {name: as_mask(values, program.range_of(name)) for name, values in found.items()}


def values_answered(program: Program) -> dict[str, Mask]:
    """The values that each variable can have at positions whose label is promised."""
    if program.result in read_everywhere(program):
        return values_anywhere(program)
    found = possible_values(program, frames(program), "scored")
    return {name: as_mask(values, program.range_of(name)) for name, values in found.items()}


def values_mattering(program: Program) -> dict[str, Mask]:
    """The values that each variable can have at positions where it matters."""
    everywhere = read_everywhere(program)
    anywhere, answered = values_anywhere(program), values_answered(program)
    return {name: (anywhere if name in everywhere else answered)[name] for name in anywhere}


def choices_mattering(program: Program) -> dict[str, SelectChoices]:
    """What each select can meet at positions where its pattern matters."""
    everywhere = read_everywhere(program)
    found = select_choices(program, frames(program))
    if program.result in everywhere:
        return found
    scored = select_choices(program, _scored_only(frames(program)))
    return {name: (found if name in everywhere else scored)[name] for name in found}


def _scored_only(strings: Sequence[Frame]) -> list[Frame]:
    return [
        Frame(f.tokens, f.least, f.scored, asking=f.scored) for f in strings if np.any(f.scored)
    ]
