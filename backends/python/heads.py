"""Attention heads: where each position finds what it looks for, and what it takes from there."""

from __future__ import annotations

from itertools import groupby

from backends.python import helpers
from backends.python.draft import Draft, each, repeated
from backends.python.literals import Outcome, cost, literal, tuple_of
from backends.python.tables import Table, render
from backends.python.wants import Want, base_name, is_positions, want_of
from tpc.ir.nodes import Aggregate, Ones, Select

#: From so many heads on that look at positions, they share a helper.
_OFTEN = 3


def head(draft: Draft, node: Aggregate) -> str:
    """The column of an aggregate's values, as an expression."""
    select = draft.program.by_name[node.pattern]
    assert isinstance(select, Select), "patterns are made by selects"
    if select.rule == "score":
        return _ranked(draft, select, node.value)
    want = want_of(draft, select)
    if select.rule == "all":
        return _all(draft, want, node.value)
    if want.nothing:
        return f"{draft.column(node.value)}[:1] * len({draft.tokens_name})"
    if is_positions(draft, select.key):
        return _at(draft, want, node.value)
    if select.rule == "best":
        helper = helpers.best(draft, node.value)
        return f"{helper}({_arguments(draft, want, node.value)}, {_offsets(draft, select)})"
    helper = helpers.single(draft, select.rule, node.value, causal=select.causal)
    return f"{helper}({_arguments(draft, want, node.value)})"


def _arguments(draft: Draft, want: Want, value: str) -> str:
    return f"{want.column(draft)}, {draft.column(want.select.key)}, {draft.column(value)}"


def _offsets(draft: Draft, select: Select) -> str:
    """The offsets of a head, best first; among equally good ones the leftmost position counts."""
    assert select.offsets is not None, "verified"
    reach = len(select.offsets) // 2
    ranked = sorted(range(len(select.offsets)), key=select.offsets.__getitem__)
    offsets = [index - reach for index in ranked]
    if select.causal:
        offsets = [offset for offset in offsets if offset <= 0]
    return draft.constant(f"{base_name(select)}_offsets", tuple_of(offsets))


# The keys are the positions themselves: a head looks at the wanted one, or at the first.


def _at(draft: Draft, want: Want, value: str) -> str:
    select = want.select
    own = is_positions(draft, select.query)
    table = _targets(want.table, fold=own and select.causal)
    values, query, loop = (
        "" if is_positions(draft, value) else draft.column(value),
        draft.column(select.query),
        draft.loop(select.query),
    )
    size = len(table.universe)
    if own and values and size > 1 and list(table.outcomes) == [*range(1, size), 0]:
        return f"{values}[1:] + {values}[:1]"
    behind = own and all(_index(j) <= _index(i) for i, j in table.items())
    if values and _often_at(draft) and not (behind and _is_formula(table, loop)):
        helper = helpers.at(draft, value, causal=select.causal)
        return f"{helper}({_wanted(draft, want, table)}, {values})"
    target = draft.expression(table, loop, base_name(select))
    if behind:
        return each(f"{values}[{target}]" if values else target, loop, query)
    limit = f"< len({draft.tokens_name})" if own or not select.causal else "<= i"
    found = f"j if (j := {target}) {limit} else 0"
    found = f"{values}[{found}]" if values else found
    if own or not select.causal:
        return each(found, loop, query)
    return f"[{found} for i, {loop} in enumerate({query})]"


def _is_formula(table: Table, loop: str) -> bool:
    """Whether the position is said shorter by a formula than by a table."""
    rendered = render(table, loop)
    return not rendered.constants and rendered.cost < cost(literal(table.outcomes))


def _often_at(draft: Draft) -> bool:
    """Whether enough heads look at positions for them to share a helper."""
    selects = (node for node in draft.program.nodes if isinstance(node, Select))
    looking = {s.name for s in selects if s.rule != "all" and is_positions(draft, s.key)}
    heads = (node for node in draft.program.nodes if isinstance(node, Aggregate))
    return sum(head.pattern in looking for head in heads) >= _OFTEN


def _wanted(draft: Draft, want: Want, table: Table) -> str:
    """The position that each position looks at."""
    query = want.select.query
    if table.constant or is_positions(draft, query):
        return draft.by_position(table, base_name(want.select))
    loop = draft.loop(query)
    return each(draft.expression(table, loop, base_name(want.select)), loop, draft.column(query))


def _targets(table: Table, *, fold: bool) -> Table:
    """Positions to look at: the first for no match and, where `fold`, for what lies ahead."""
    items = [(value, 0 if outcome is None else _index(outcome)) for value, outcome in table.items()]
    if fold:
        items = [(i, j if j <= _index(i) else 0) for i, j in items]
    return Table(table.universe, tuple(outcome for _, outcome in items))


def _index(value: Outcome) -> int:
    assert isinstance(value, int), "positions are integers"
    return value


# Ranked keys.


def _ranked(draft: Draft, select: Select, value: str) -> str:
    """Rankings list the keys, best first; where some are equally good, groups of keys."""
    assert select.scores is not None, "verified"
    scores, keys = select.scores, draft.reach[select.key]
    groups: dict[int, list[tuple[Outcome, ...]]] = {}
    for index in draft.reach[select.query]:
        row = scores[index]
        order = sorted(keys, key=row.__getitem__)
        groups[index] = [
            tuple(draft.value(select.key, key) for key in group)
            for _, group in groupby(order, row.__getitem__)
        ]
    tied = any(len(group) > 1 for ranking in groups.values() for group in ranking)

    def ranking(index: int) -> Outcome:
        return tuple(group if tied else group[0] for group in groups[index])

    loop, query = draft.loop(select.query), draft.column(select.query)
    table = draft.table(select.query, ranking)
    rankings = each(draft.expression(table, loop, base_name(select)), loop, query)
    helper = helpers.ranked(draft, value, tied=tied, causal=select.causal)
    return f"{helper}({rankings}, {draft.column(select.key)}, {draft.column(value)})"


# All matches.


def _all(draft: Draft, want: Want, value: str) -> str:
    if want.nothing:
        return repeated(0, draft.tokens_name)
    ones = isinstance(draft.program.by_name.get(value), Ones)
    if is_positions(draft, want.select.key):
        return _present(draft, want, "" if ones else draft.column(value))
    if ones:
        return _count(draft, want)
    helper = helpers.total(draft, value, causal=want.select.causal)
    return f"{helper}({_arguments(draft, want, value)})"


def _present(draft: Draft, want: Want, values: str) -> str:
    """The keys are the positions: at most one matches. Without values its presence counts."""
    select, never = want.select, draft.program.max_length
    table = Table(
        want.table.universe,
        tuple(never if target is None else target for target in want.table.outcomes),
    )
    query, loop = draft.column(select.query), draft.loop(select.query)
    own = is_positions(draft, select.query)
    if own and select.causal and not values:
        present = tuple(int(_index(j) <= _index(i)) for i, j in table.items())
        table = Table(table.universe, present)
        return each(draft.expression(table, loop, base_name(select)), loop, query)
    target = draft.expression(table, loop, base_name(select))
    limit = "<= i" if select.causal else f"< len({draft.tokens_name})"
    # A conditional expression binds less tightly than a comparison.
    found = f"int(({target}) {limit})" if " if " in target else f"int({target} {limit})"
    if values:
        found = f"{values}[j] if (j := {target}) {limit} else 0"
    if own or not select.causal:
        return each(found, loop, query)
    return f"[{found} for i, {loop} in enumerate({query})]"


def _count(draft: Draft, want: Want) -> str:
    """A sum of ones is what `list.count` gives."""
    select = want.select
    query, loop, keys = (
        draft.column(select.query),
        draft.loop(select.query),
        draft.column(select.key),
    )
    if want.table.constant and not select.causal:
        return f"[{keys}.count({literal(want.table.outcomes[0])})] * len({keys})"
    wanted, guard = want.guarded(draft)
    otherwise = f" if {guard} else 0" if guard else ""
    if not select.causal:
        return each(f"{keys}.count({wanted}){otherwise}", loop, query)
    count = f"{keys}[: i + 1].count({wanted}){otherwise}"
    if is_positions(draft, select.query):
        return each(count, loop, query)
    return f"[{count} for i, {loop} in enumerate({query})]"
