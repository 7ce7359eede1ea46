"""Predicates rid of what cannot happen, and heads whose choice is always the position itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tpc.ir.nodes import (
    Aggregate,
    FormulaPredicate,
    OffsetPredicate,
    Positions,
    Predicate,
    Select,
    TablePredicate,
)
from tpc.ir.program import Program, matched_keys
from tpc.passes.base import Pass, PassContext, PassResult, Promised, result
from tpc.passes.rewriting import prune, read_instead, with_nodes
from tpc.semantics.selecting import preference_ranks


@dataclass(frozen=True)
class SelectChoices:
    """What a select can meet.

    Args:
        occurring: Query values that occur.
        matching: Those of them that can find a match.
        missing: Key values that never occur.
        own_position: Whether every query takes its own position.
    """

    occurring: frozenset[int]
    matching: frozenset[int]
    missing: frozenset[int]
    own_position: bool


@dataclass(frozen=True)
class SimplifySelects(Pass):
    """Simplifies predicates over the queries and keys that can meet."""

    name = "simplify-selects"
    exactness = "every_string"
    summary = "drop what no query asks for or no key has; fold fixed selections"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Simplify each select, then leave out what is read no more."""
        before = program
        found = context.promised(program)
        selects = [n for n in program.nodes if isinstance(n, Select) and n.predicate is not None]
        choices = {node.name: _choices(found, node) for node in selects}
        new = {node.name: simplified(program, node, choices[node.name]) for node in selects}
        program = with_nodes(program, dict(new))
        program, folded = _without_own_positions(program, choices)
        return result(before, prune(program), {"heads folded": folded} if folded else {})


def simplified(program: Program, node: Select, choices: SelectChoices) -> Select:
    """The select with the plainest predicate that finds the same keys."""
    matched = matched_keys(program, node)
    exact: dict[int, int] = {}
    dead: set[int] = set()
    for query, key in enumerate(matched):
        if query not in choices.occurring:
            continue
        if key is None or query not in choices.matching:
            dead.add(query)
        else:
            exact[query] = key
    predicate = plainest(len(matched), exact, dead)
    if isinstance(node.predicate, FormulaPredicate) and len(set(exact.values())) > 1:
        predicate = node.predicate  # A table of several keys says less.
    delta = _common_offset(program, node, exact, dead, choices)
    if delta is not None:
        predicate = OffsetPredicate(delta)
    return node if _same(program, node, predicate) else replace(node, predicate=predicate)


def plainest(queries: int, exact: dict[int, int], dead: set[int]) -> Predicate:
    """The table with the fewest different entries.

    Args:
        queries: How many query values there are.
        exact: What must be found by the queries that can find something.
        dead: Queries that must find nothing.
    """
    filling: int | None = None
    if not dead and exact:
        filling = Counter(exact.values()).most_common(1)[0][0]
    return TablePredicate(
        tuple(exact.get(query, None if query in dead else filling) for query in range(queries))
    )


def _common_offset(
    program: Program,
    node: Select,
    exact: dict[int, int],
    dead: set[int],
    choices: SelectChoices,
) -> int | None:
    """The one difference between keys and queries, if there is one and it means something."""
    first = node.rule != "all" and isinstance(program.by_name.get(node.key), Positions)
    if first:
        # What matches nothing takes the first position: that may be said either way.
        dead = dead | {query for query, key in exact.items() if key == 0}
        exact = {query: key for query, key in exact.items() if key}
    deltas = {key - query for query, key in exact.items()}
    if len(deltas) != 1 or len(exact) < 2:
        return None
    delta = deltas.pop()
    query, key = program.domain_of(node.query), program.domain_of(node.key)
    if query != key if delta == 0 else query.labels is not None or key.labels is not None:
        return None
    found = (value + delta for value in dead)
    harmless = choices.missing | ({0} if first else set())
    return delta if all(k in harmless or not 0 <= k < key.size for k in found) else None


def _same(program: Program, node: Select, predicate: Predicate) -> bool:
    if node.predicate == predicate:
        return True
    # A table that says what an offset says is not shorter.
    changed = replace(node, predicate=predicate)
    return isinstance(node.predicate, OffsetPredicate) and (
        matched_keys(program, node) == matched_keys(program, changed)
    )


def _without_own_positions(
    program: Program, choices: dict[str, SelectChoices]
) -> tuple[Program, int]:
    """A head that always takes the value of its own position is that value."""
    names: dict[str, str] = {}
    for node in program.nodes:
        choice = choices.get(node.pattern) if isinstance(node, Aggregate) else None
        if isinstance(node, Aggregate) and choice is not None and choice.own_position:
            names[node.name] = names.get(node.value, node.value)
    return read_instead(program, names), len(names)


# What selects can meet.


def _choices(found: Promised, select: Select) -> SelectChoices:
    """What a select can meet at positions where its pattern matters."""
    everywhere = not found.everywhere.isdisjoint((select.name, found.program.result))
    occurring: set[int] = set()
    matching: set[int] = set()
    absent = set(range(found.program.domain_of(select.key).size))
    own = select.rule != "all"
    for frame in found.frames:
        values = found.values.on(frame)
        attending = np.flatnonzero(np.ones(values.length) if everywhere else frame.scored).tolist()
        if attending:
            absent -= set(np.flatnonzero(values.categorical(select.key).any(axis=0)).tolist())
        for i in attending:
            ranks = preference_ranks(select, i, values.length)
            for query in values.queries(select, i):
                occurring.add(query)
                matches = list(values.matches(select, i, query))
                if matches:
                    matching.add(query)
                own = own and _takes_itself(ranks, i, matches)
    return SelectChoices(frozenset(occurring), frozenset(matching), frozenset(absent), own)


def _takes_itself(ranks: Sequence[int], i: int, matches: list[tuple[int, bool]]) -> bool:
    """Whether the best of the possible matches is the position itself, and certain."""
    if not matches:
        return i == 0
    best = min(matches, key=lambda match: ranks[match[0]])
    return best == (i, True)
