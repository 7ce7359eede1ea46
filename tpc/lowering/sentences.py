"""What a head looks at, in words."""

from __future__ import annotations

from collections.abc import Callable

from tpc.lowering.lowered import Head, Lowered
from tpc.lowering.predicates import Predicate, predicate

#: How a value is written in a sentence.
Shown = Callable[[str | int], str]

_WHERE = {
    ("closest", False): "the nearest other position",
    ("closest", True): "the last earlier position",
    ("first", False): "the first position",
    ("first", True): "the first position so far",
    ("best", False): "the best placed position",
    ("best", True): "the best placed position so far",
}


def noun(lowered: Lowered, name: str) -> str:
    """What one value of a column is called."""
    source = lowered.columns[name].source
    return {"tokens": "token", "positions": "position"}.get(source, name)


def sentence(lowered: Lowered, head: Head, shown: Shown = repr) -> str:
    """What a head takes and where it looks, without a full stop.

    Args:
        lowered: The program.
        head: One of its steps.
        shown: How tokens and numbers are written.
    """
    selector, value = head.selector, noun(lowered, head.value)
    so_far = " so far" if selector.causal else ""
    key, query = noun(lowered, selector.key), noun(lowered, selector.query)
    if selector.rule == "score":
        return f"{value} at the first position{so_far} with the {key} this {query} ranks best"
    found = predicate(lowered, selector)
    if lowered.is_positions(selector.key) and not found.nothing:
        return _at_position(lowered, head, found)
    matching = _matching(found, key, query, shown)
    if selector.rule == "all":
        if lowered.is_ones(head.value):
            return f"number of positions{so_far} {matching}"
        return f"sum of {value} over the positions{so_far} {matching}"
    if found.nothing:
        return f"{value} at the first position"
    # Where every position matches itself, what a head falls back to is a part of the story.
    failing = ", else its own" if found.same and selector.rule == "closest" else ""
    return f"{value} at {_WHERE[selector.rule, selector.causal]} {matching}{failing}"


def _at_position(lowered: Lowered, head: Head, found: Predicate) -> str:
    """A head whose keys are positions looks at one position, which may not be there."""
    place = _position(lowered, found)
    if head.selector.single:
        return f"{noun(lowered, head.value)} at {place}, else at the first"
    if lowered.is_ones(head.value):
        there = "is not to the right" if head.selector.causal else "is in the sequence"
        return f"1 if {place} {there}, else 0"
    return f"{head.value} at {place}, else 0"


def _position(lowered: Lowered, found: Predicate) -> str:
    shift, query = found.shift, found.selector.query
    if shift is not None and lowered.is_positions(query):
        if shift == 0:
            return "this position"
        return f"the position {abs(shift)} to the {'right' if shift > 0 else 'left'}"
    if found.matched.constant:
        return f"position {found.matched.outcomes[0]}"
    return f"the position this {noun(lowered, query)} looks for"


def _matching(found: Predicate, key: str, query: str, shown: Shown) -> str:
    """Which positions match."""
    if found.nothing:
        return "that nothing looks for"
    shift, first = found.shift, found.matched.outcomes[0]
    if shift == 0:
        return f"with the same {key}" if key == query else f"with this {query} as {key}"
    if shift is not None:
        return f"with {key} = this {query} {'+' if shift > 0 else '-'} {abs(shift)}"
    if found.matched.constant and isinstance(first, str | int):
        return f"with {key} {shown(first)}"
    if found.exceptions and key == query:
        exceptions = " and ".join(map(shown, found.exceptions))
        return f"with the same {key} (none for {exceptions})"
    return f"with the {key} this {query} looks for"
