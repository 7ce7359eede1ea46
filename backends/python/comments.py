"""What a head looks at, in words."""

from __future__ import annotations

from backends.python.draft import Draft
from backends.python.heads import is_positions
from backends.python.literals import literal
from backends.python.wants import Want, want_of
from tpc.ir.nodes import TOKENS, Aggregate, Ones, Select

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
            f"# {_thing(draft, node.value)} at the first position{so_far} whose "
            f"{_thing(draft, select.key)} ranks best for this {_thing(draft, select.query)}"
        )
    want = want_of(draft, select)
    matching = _matching(draft, want)
    if select.rule == "all":
        if isinstance(draft.program.by_name.get(node.value), Ones):
            return f"# number of positions{so_far} {matching}"
        return f"# sum of {_thing(draft, node.value)} over all positions{so_far} {matching}"
    if want.nothing:
        return f"# {_thing(draft, node.value)} at the first position"
    if is_positions(draft, select.key):
        return f"# {_thing(draft, node.value)} at the position {_place(draft, want)}"
    place = _PLACES[select.rule, select.causal]
    return f"# {_thing(draft, node.value)} at {place} {matching}{_failing(want)}"


def _thing(draft: Draft, name: str) -> str:
    if name == TOKENS:
        return "token"
    return "position" if is_positions(draft, name) else name


def _matching(draft: Draft, want: Want) -> str:
    """Which positions match."""
    key, query = _thing(draft, want.select.key), _thing(draft, want.select.query)
    if want.nothing:
        return "that nothing looks for"
    delta = want.delta()
    if delta == 0:
        return f"with the same {key}" if key == query else f"whose {key} is the {query} here"
    if delta is not None:
        return f"whose {key} is the {query} here {'+' if delta > 0 else '-'} {abs(delta)}"
    if want.table.constant:
        return f"whose {key} is {literal(want.table.outcomes[0])}"
    return f"whose {key} is the one that the {query} here looks for"


def _place(draft: Draft, want: Want) -> str:
    """Which position, where the key is the position itself."""
    delta = want.delta()
    if is_positions(draft, want.select.query) and delta:
        return f"{abs(delta)} to the {'right' if delta > 0 else 'left'}, else at the first"
    if want.table.constant:
        return f"{want.table.outcomes[0]}, else at the first"
    return f"that the {_thing(draft, want.select.query)} here looks for, else at the first"


def _failing(want: Want) -> str:
    """Where every position matches itself, what a head falls back to is a part of the story."""
    same = want.delta() == 0 and want.select.key == want.select.query
    return ", else its own" if same and want.select.rule == "closest" else ""
