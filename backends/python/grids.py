"""Lookups as nested tables, one level for each operand."""

from __future__ import annotations

import math
from dataclasses import dataclass

from backends.python.draft import TOO_LONG, Draft, Json, as_json
from backends.python.literals import cost
from backends.python.rules import Rules
from tpc.ir.types import Domain

_LETTERS = "abcdefgh"
_PAIR = 2


@dataclass(frozen=True)
class Grid:
    """A nested table.

    Args:
        rules: What it tabulates.
        domain: Of the outcomes.
        order: The operand of each level, as an index into those of `rules`.
    """

    rules: Rules
    domain: Domain
    order: tuple[int, ...]

    def nested(self, chosen: tuple[int, ...] = ()) -> Json:
        """The table below the chosen values of the first levels."""
        if len(chosen) == len(self.order):
            return as_json(self.domain.value(self._outcome(chosen)))
        universe = self.rules.universes[self.order[len(chosen)]]
        below = [self.nested((*chosen, index)) for index in range(len(universe))]
        if not universe.ordered:
            return dict(zip(map(str, universe.values), below, strict=True))
        # Numbers that do not occur are filled in, so that the others are found by their index.
        filled = dict(zip(universe.values, below, strict=True))
        return [filled.get(value, below[0]) for value in range(int(universe.values[-1]) + 1)]

    def _outcome(self, chosen: tuple[int, ...]) -> int:
        place = 0
        by_operand = dict(zip(self.order, chosen, strict=True))
        for operand, universe in enumerate(self.rules.universes):
            place = place * len(universe) + by_operand[operand]
        return self.rules.table[place]

    @property
    def entries(self) -> int:
        """How many outcomes the table lists, those that are filled in included."""
        return math.prod(
            int(u.values[-1]) + 1 if u.ordered else len(u) for u in self.rules.universes
        )

    def source(self) -> str:
        """The table as source, its rows as tuples."""
        return _display(self.nested())

    def column(self, draft: Draft, table: str) -> str:
        """The outcomes at all positions, given the table's name."""
        loops = _LETTERS[: len(self.order)]
        columns = ", ".join(draft.column(self.rules.operands[i]) for i in self.order)
        index = "".join(f"[{loop}]" for loop in loops)
        return f"[{table}{index} for {', '.join(loops)} in zip({columns})]"


def shortest_grid(rules: Rules, domain: Domain) -> Grid:
    """The order of two operands that makes the shortest table; long tables as they are given."""
    given = Grid(rules, domain, tuple(range(len(rules.operands))))
    if len(rules.operands) > _PAIR or given.entries > TOO_LONG:
        return given
    return min(given, Grid(rules, domain, (1, 0)), key=lambda grid: cost(grid.source()))


def possible(rules: Rules) -> bool:
    """Whether numbers can be indices, and operands be named by a letter each."""
    numbers = (universe.values[0] for universe in rules.universes if universe.ordered)
    return len(rules.operands) <= len(_LETTERS) and all(int(value) >= 0 for value in numbers)


def _display(nested: Json) -> str:
    if isinstance(nested, dict):
        items = (f"{key!r}: {_display(value)}" for key, value in nested.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(nested, list):
        inside = ", ".join(map(_display, nested))
        return f"({inside},)" if len(nested) == 1 else f"({inside})"
    return repr(nested)
