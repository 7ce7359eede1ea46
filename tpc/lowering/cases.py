"""Lookups over the values that occur, rid of cases that cannot hold; as tables of tables."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tpc.ir.cases import cases_of
from tpc.ir.nodes import Case, read_by_formulas, with_numbers
from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.ir.types import ValueSet, contains, value_set
from tpc.lowering.arrays import Array
from tpc.lowering.functions import Universe, universe
from tpc.lowering.lowered import Lookup, Lowered
from tpc.semantics.dense_tables import painted

#: Values of a data file: nested lists and objects of numbers, strings and nothing.
Json: TypeAlias = "str | int | float | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True)
class Cases:
    """A lookup over the values that occur.

    Args:
        operands: Distinct columns that the cases distinguish.
        universes: Their values; sets of `cases` are intervals of indices into them.
        cases: The first that holds decides; the last holds always.
        numbers: What formulas take for the values of each operand.
    """

    operands: tuple[str, ...]
    universes: tuple[Universe, ...]
    cases: tuple[Case, ...]
    numbers: tuple[Sequence[int], ...]

    @property
    def has_formulas(self) -> bool:
        """Whether an outcome is a formula."""
        return any(not isinstance(case.outcome, int) for case in self.cases)

    @property
    def entries(self) -> int:
        """How many combinations of values there are."""
        return math.prod(map(len, self.universes))

    def members(self, case: Case) -> list[tuple[str | int, ...]]:
        """For each operand the values for which a case holds."""
        return [
            universe.values if pattern is None else universe.members(pattern)
            for universe, pattern in zip(self.universes, case.patterns, strict=True)
        ]

    def table(self) -> Array:
        """The outcome of every combination, an axis for each operand."""
        indices = [range(len(universe)) for universe in self.universes]
        return painted(self.cases, indices, self.numbers)

    def regrouped(self) -> Cases:
        """The same table with its cases grouped anew over the values that occur."""
        ranges = [range(len(universe)) for universe in self.universes]
        cases = cases_of(self.table().ravel().tolist(), ranges)
        return Cases(self.operands, self.universes, cases, self.numbers)


def reduced_cases(lowered: Lowered, step: Lookup) -> Cases:
    """The cases of a lookup without what cannot occur, and without operands that decide nothing."""
    operands = tuple(dict.fromkeys(step.operands))
    cases: list[Case] = []
    for case in step.cases:
        patterns = tuple(_pattern(lowered, step, case, name) for name in operands)
        if all(pattern is None or pattern for pattern in patterns):
            cases.append(
                with_numbers(Case(patterns, case.outcome), _numbers(step.operands, operands))
            )
        if all(pattern is None for pattern in patterns):
            break
    # Tables are total: what no case before the last covers, the last does.
    cases[-1] = Case((None,) * len(operands), cases[-1].outcome)
    while len(cases) > 1 and cases[-2].outcome == cases[-1].outcome:
        del cases[-2]
    read = read_by_formulas(cases)
    kept = [i for i in range(len(operands)) if i in read or any(case.patterns[i] for case in cases)]
    names = tuple(operands[i] for i in kept)
    numbers = _numbers(operands, names)
    return Cases(
        names,
        tuple(universe(lowered, name) for name in names),
        tuple(
            with_numbers(Case(tuple(case.patterns[i] for i in kept), case.outcome), numbers)
            for case in cases
        ),
        tuple(lowered.columns[name].values for name in names),
    )


def constant_cases(lowered: Lowered, step: Lookup) -> tuple[Case, ...]:
    """The cases of a lookup over its operands as they are, formulas worked out."""
    if not read_by_formulas(step.cases):
        return step.cases
    ranges = [lowered.columns[name].type_range for name in step.operands]
    return cases_of(painted(step.cases, ranges).ravel().tolist(), ranges)


def _numbers(before: Sequence[str], after: Sequence[str]) -> dict[int, int]:
    """The new numbers of operands."""
    return {i: after.index(name) for i, name in enumerate(before) if name in after}


def _pattern(lowered: Lowered, step: Lookup, case: Case, name: str) -> ValueSet | None:
    """The values of a column that fit, as indices into those that occur; `None` if all do."""
    required = [
        pattern
        for pattern, operand in zip(case.patterns, step.operands, strict=True)
        if operand == name and pattern is not None
    ]
    if not required:
        return None
    values = lowered.columns[name].values
    found = [i for i, value in enumerate(values) if all(contains(p, value) for p in required)]
    return None if len(found) == len(values) else value_set(found)


# Tables of tables: one level for each operand.


def nested(cases: Cases, order: Sequence[int], value: Callable[[int], str | int]) -> Json:
    """Objects by word and lists by number, outcomes at the bottom.

    Numbers that do not occur are filled in, so that the others are indices.

    Args:
        cases: The lookup, its numbers not negative.
        order: The operand of each level, as an index into those of `cases`.
        value: An outcome as it is written, from its index.
    """
    universes = [cases.universes[i] for i in order]
    return _level(cases.table().transpose(order), universes, value)


def _level(table: Array, universes: Sequence[Universe], value: Callable[[int], str | int]) -> Json:
    if not universes:
        return value(int(table))
    below = [_level(row, universes[1:], value) for row in table]
    values = universes[0].values
    if not universes[0].ordered:
        return dict(zip(map(str, values), below, strict=True))
    filled = dict(zip(values, below, strict=True))
    return [filled.get(number, below[0]) for number in range(int(values[-1]) + 1)]


def nested_entries(cases: Cases) -> int:
    """How many outcomes the nested table lists, those that are filled in included."""
    return math.prod(int(u.values[-1]) + 1 if u.ordered else len(u) for u in cases.universes)


def can_be_nested(cases: Cases) -> bool:
    """Whether the table is not too large, and all numbers can be indices."""
    numbers = (int(universe.values[0]) for universe in cases.universes if universe.ordered)
    return cases.entries <= MAX_TABLE_ENTRIES and all(number >= 0 for number in numbers)
