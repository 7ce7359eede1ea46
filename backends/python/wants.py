"""What each position looks for: the predicate of a head, without what no key can be."""

from __future__ import annotations

from dataclasses import dataclass

from backends.python.conditions import Universe, condition
from backends.python.draft import Draft, each
from backends.python.tables import Table
from tpc.ir.nodes import Positions, Select
from tpc.ir.program import matched_keys
from tpc.ir.values import value_set


@dataclass(frozen=True)
class Want:
    """A predicate as a table from query values to key values.

    Args:
        select: Whose predicate it is.
        table: The key value that each query value looks for; `None` if there is no such key.
        keys: All key values.
    """

    select: Select
    table: Table
    keys: frozenset[str | int]

    @property
    def nothing(self) -> bool:
        """Whether no query can ever match."""
        return set(self.table.outcomes) == {None}

    def delta(self) -> int | None:
        """`d` if the predicate is `key == query + d` (0: equality); `None` if it is no formula."""
        items = self.table.items()
        if all(self._fits(value, outcome) for value, outcome in items):
            return 0
        if not self.table.universe.ordered:
            return None
        first = next((v, o) for v, o in items if o is not None)
        if not isinstance(first[1], int):
            return None
        delta = first[1] - int(first[0])
        return delta if all(self._fits(int(v) + delta, o) for v, o in items) else None

    def _fits(self, candidate: str | int, outcome: object) -> bool:
        """Whether looking for `candidate` finds the same keys as looking for `outcome`."""
        if outcome is None:
            return candidate not in self.keys
        return type(candidate) is type(outcome) and candidate == outcome

    def expression(self, draft: Draft) -> str:
        """The wanted key in terms of the query's loop variable; may be a value that no key has."""
        loop = draft.loop(self.select.query)
        delta = self.delta()
        if delta is not None:
            return loop if delta == 0 else f"{loop} {'+' if delta > 0 else '-'} {abs(delta)}"
        known = draft.wants.get(self.select.name)
        if known is None:
            known = draft.expression(self.table, loop, base_name(self.select))
            draft.wants[self.select.name] = known
        return known

    def column(self, draft: Draft) -> str:
        """The wanted key of each position."""
        if self.table.constant:
            return draft.everywhere(self.table.outcomes[0])
        if self.delta() is None and is_positions(draft, self.select.query):
            return draft.by_position(self.table, base_name(self.select))
        loop, query = draft.loop(self.select.query), draft.column(self.select.query)
        return each(self.expression(draft), loop, query)

    def guarded(self, draft: Draft) -> tuple[str, str]:
        """The wanted key, never `None`, and the condition under which there is one (or nothing)."""
        if self.delta() is not None or not self.table.partial:
            return self.expression(draft), ""
        loop, universe = draft.loop(self.select.query), self.table.universe
        known = [i for i, outcome in enumerate(self.table.outcomes) if outcome is not None]
        rest = Table(
            Universe(tuple(universe.values[i] for i in known)),
            tuple(self.table.outcomes[i] for i in known),
        )
        guard = condition(loop, universe, value_set(known))
        return draft.expression(rest, loop, base_name(self.select)), guard


def want_of(draft: Draft, select: Select) -> Want:
    """The predicate of a select that has one."""
    program, keys = draft.program, draft.reach[select.key]
    wanted, present = matched_keys(program, select), set(keys)

    def outcome(query: int) -> str | int | None:
        key = wanted[query]
        return draft.value(select.key, key) if key is not None and key in present else None

    values = frozenset(draft.value(select.key, key) for key in keys)
    return Want(select, draft.table(select.query, outcome), values)


def is_positions(draft: Draft, name: str) -> bool:
    """Whether a variable is the index of the position."""
    return isinstance(draft.program.by_name.get(name), Positions)


def base_name(select: Select) -> str:
    """What constants of a head are named after."""
    return select.name.removesuffix("_pattern")
