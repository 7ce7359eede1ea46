"""Attention: which positions a head looks at, and what it takes from them."""

from __future__ import annotations

from backends.rasp.draft import Draft
from backends.rasp.text import chunked, listed
from tpc.ir.nodes import Aggregate, OffsetPredicate, Ones, Positions, Select
from tpc.ir.program import matched_keys
from tpc.ir.types import Num, Real

_WHERE = {
    "closest": "looks for the nearest position",
    "first": "looks for the first position",
    "best": "looks for the position at the most preferred offset",
    "all": "looks at all positions",
}


def write_select(draft: Draft, node: Select) -> None:
    """The selector of a head, named as the IR names its pattern."""
    query, key = draft.variables[node.query], draft.variables[node.key]
    name = draft.variables[node.name]
    side = " up to here" if node.causal else ""
    base = name.removesuffix("_pattern")
    if node.rule == "score":
        choices = draft.namer.private(f"{base}_choices")
        draft.say(f"{base}: looks for the position{side} whose {key} comes first in {choices}")
        draft.define(name, f"select(indices, {_scored(draft, node, choices)}, ==)")
        return
    wanted = _simple_want(draft, node)
    look_for = wanted or draft.namer.fresh(f"{base}_want")
    draft.say(f"{base}: {_WHERE[node.rule]}{side} whose {key} is {look_for}")
    if wanted is None:
        draft.define(look_for, _want_table(draft, node, query))
    elif not wanted.isidentifier():
        look_for = draft.namer.fresh(f"{base}_want")
        draft.define(look_for, wanted)
    if node.rule == "all":
        reach = f" and {draft.use('up_to_here')}" if node.causal else ""
        draft.define(name, f"select({key}, {look_for}, ==){reach}")
        return
    draft.define(name, f"select(indices, {_position(draft, node, look_for)}, ==)")


def _position(draft: Draft, node: Select, wanted: str) -> str:
    """The position that a head with a predicate takes."""
    key = draft.variables[node.key]
    if isinstance(draft.program.by_name.get(node.key), Positions):
        # Position values are all different: there is one match at most, whatever the rule.
        return f"{draft.use('at_before' if node.causal else 'at')}({wanted})"
    visible = draft.use("up_to_here") if node.causal else "full_s"
    if node.rule == "best":
        offsets = _offsets(draft, node)
        return f"{draft.use('preferred')}({key}, {wanted}, {offsets}, {visible})"
    order = draft.order_of(key)
    if node.rule == "first":
        return f"{draft.use('first_match')}({key}, {order}, {wanted}, {visible})"
    function = draft.use("closest_before" if node.causal else "closest")
    return f"{function}({key}, {order}, {wanted})"


def _simple_want(draft: Draft, node: Select) -> str | None:
    """The wanted key as arithmetic on the query, or None if it takes a table."""
    query = draft.variables[node.query]
    queries, keys = draft.program.domain_of(node.query), draft.program.domain_of(node.key)
    if isinstance(node.predicate, OffsetPredicate) and queries.labels is None is keys.labels:
        delta = node.predicate.delta
        return query if delta == 0 else f"{query} {'+' if delta > 0 else '-'} {abs(delta)}"
    return query if _want_values(draft, node) == draft.literals(node.query) else None


def _want_values(draft: Draft, node: Select) -> list[str]:
    """The key that each query looks for; a value that no key has where it looks for nothing."""
    keys = draft.program.domain_of(node.key)
    nothing = "-1" if keys.labels is None else '""'
    wanted = matched_keys(draft.program, node)
    return [nothing if index is None else draft.literal(keys, index) for index in wanted]


def _want_table(draft: Draft, node: Select, query: str) -> str:
    return draft.mapping(node.name, draft.literals(node.query), _want_values(draft, node), query)


def _offsets(draft: Draft, node: Select) -> str:
    """The offsets to try, best first; the leftmost of equally good ones first."""
    assert node.offsets is not None, "verified"
    reach = len(node.offsets) // 2
    ranked = sorted((rank, index - reach) for index, rank in enumerate(node.offsets))
    offsets = [str(offset) for _, offset in ranked if offset <= 0 or not node.causal]
    base = draft.variables[node.name].removesuffix("_pattern")
    return draft.list_table(f"{base}_offsets", [("", piece) for piece in chunked(offsets)])


def _scored(draft: Draft, node: Select, choices: str) -> str:
    """The position of the best-scored key: keys equally good for a query are one choice."""
    assert node.scores is not None, "verified"
    query, key = draft.variables[node.query], draft.variables[node.key]
    keys, queries = draft.literals(node.key), draft.literals(node.query)
    nothing = "-1" if draft.program.domain_of(node.key).labels is None else '""'
    draft.define(choices, "[]")
    for level in range(1 + max(max(row) for row in node.scores)):
        liked = [[keys[k] for k, rank in enumerate(row) if rank == level] for row in node.scores]
        columns = []
        for place in range(max(map(len, liked))):
            column = [row[place] if place < len(row) else nothing for row in liked]
            columns.append(draft.mapping(f"{choices}_{level}", queries, column, query))
        draft.define(choices, f"{choices} + [{listed(columns)}]")
    visible = draft.use("up_to_here") if node.causal else "full_s"
    order = draft.order_of(key)
    return f"{draft.use('best_scored')}({key}, {order}, {choices}, {visible})"


def write_aggregate(draft: Draft, node: Aggregate) -> None:
    """What a head takes: the value at its position, or the sum over its positions."""
    pattern = draft.program.by_name[node.pattern]
    assert isinstance(pattern, Select), "verified"
    name, value = draft.variables[node.name], draft.variables[node.value]
    selected = draft.variables[node.pattern]
    if pattern.rule != "all":
        draft.define(name, f"aggregate({selected}, {value})", f"takes its {value}")
    elif isinstance(draft.program.by_name.get(node.value), Ones):
        draft.define(name, f"selector_width({selected})", "counts them")
    elif isinstance(node.type, Real):
        draft.define(name, f"{draft.use('real_total')}({selected}, {value})", f"sums their {value}")
    else:
        assert isinstance(node.type, Num), "verified"
        draft.define(name, f"{draft.use('total')}({selected}, {value})", f"sums their {value}")
