"""What a head looks at, in words."""

from __future__ import annotations

from backends.python.draft import Draft
from backends.python.literals import literal
from backends.python.wants import Want, is_positions, want_of
from tpc.ir.nodes import Aggregate, Ones, Select

#: Exceptions are named if there are no more than this.
_FEW = 2

_PLACES = {
    ("closest", False): "the nearest other position",
    ("closest", True): "the last earlier position",
    ("first", False): "the first position",
    ("first", True): "the first position so far",
    ("best", False): "the best placed position",
    ("best", True): "the best placed position so far",
}


def comment(draft: Draft, node: Aggregate) -> str:
    """One line for an aggregate."""
    select = draft.program.by_name[node.pattern]
    assert isinstance(select, Select), "patterns are made by selects"
    so_far = " so far" if select.causal else ""
    if select.rule == "score":
        return (
            f"# {draft.thing(node.value)} at the first position{so_far} with the "
            f"{draft.thing(select.key)} this {draft.thing(select.query)} ranks best"
        )
    want = want_of(draft, select)
    matching = _matching(draft, want)
    if is_positions(draft, select.key) and not want.nothing:
        return _at_position(draft, node, want)
    if select.rule == "all":
        if isinstance(draft.program.by_name.get(node.value), Ones):
            return f"# number of positions{so_far} {matching}"
        return f"# sum of {draft.thing(node.value)} over the positions{so_far} {matching}"
    if want.nothing:
        return f"# {draft.thing(node.value)} at the first position"
    place = _PLACES[select.rule, select.causal]
    return f"# {draft.thing(node.value)} at {place} {matching}{_failing(want)}"


def _at_position(draft: Draft, node: Aggregate, want: Want) -> str:
    """A head whose keys are positions looks at one place, which may not be there."""
    place = _place(draft, want)
    if want.select.rule != "all":
        return f"# {draft.thing(node.value)} at {place}, else at the first"
    if isinstance(draft.program.by_name.get(node.value), Ones):
        there = "is not to the right" if want.select.causal else "is in the sequence"
        return f"# 1 if {place} {there}, else 0"
    return f"# {node.value} at {place}, else 0"


def _matching(draft: Draft, want: Want) -> str:
    """Which positions match."""
    key, query = draft.thing(want.select.key), draft.thing(want.select.query)
    if want.nothing:
        return "that nothing looks for"
    delta = want.delta()
    if delta == 0:
        return f"with the same {key}" if key == query else f"with this {query} as {key}"
    if delta is not None:
        return f"with {key} = this {query} {'+' if delta > 0 else '-'} {abs(delta)}"
    if want.table.constant:
        return f"with {key} {literal(want.table.outcomes[0])}"
    if (exceptions := _exceptions(want)) and key == query:
        return f"with the same {key} (none for {' and '.join(map(literal, exceptions))})"
    return f"with the {key} this {query} looks for"


def _exceptions(want: Want) -> list[str | int]:
    """The few values that look for nothing, if all others look for themselves."""
    items = want.table.items()
    if any(outcome is not None and outcome != value for value, outcome in items):
        return []
    exceptions = [value for value, outcome in items if outcome is None]
    return exceptions if len(exceptions) <= _FEW else []


def _place(draft: Draft, want: Want) -> str:
    """Which position, where the key is the position itself."""
    delta = want.delta()
    if is_positions(draft, want.select.query) and delta is not None:
        if delta == 0:
            return "this position"
        return f"the position {abs(delta)} to the {'right' if delta > 0 else 'left'}"
    if want.table.constant:
        return f"position {want.table.outcomes[0]}"
    return f"the position this {draft.thing(want.select.query)} looks for"


def _failing(want: Want) -> str:
    """Where every position matches itself, what a head falls back to is a part of the story."""
    same = want.delta() == 0 and want.select.key == want.select.query
    return ", else its own" if same and want.select.rule == "closest" else ""
