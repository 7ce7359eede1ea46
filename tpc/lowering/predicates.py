"""The key that each query matches: as a formula where it is one, else as a table; in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from tpc.ir.expressions import Operand
from tpc.ir.notation import written
from tpc.ir.types import ValueSet, value_set
from tpc.lowering.formulas import Computed, shown_key
from tpc.lowering.functions import Function, Outcome, Universe, function
from tpc.lowering.inside import is_inside
from tpc.lowering.lowered import Head, Lookup, Lowered, Selector

#: Exceptions are named if there are no more than this.
_FEW = 2

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


@dataclass(frozen=True)
class Predicate:
    """The predicate of a selector, without keys that never occur.

    Args:
        selector: Whose predicate it is.
        matched: The key value that each query value matches; `None` if there is no such key.
        keys: All key values.
    """

    selector: Selector
    matched: Function
    keys: frozenset[str | int]

    @property
    def nothing(self) -> bool:
        """Whether no query can ever match."""
        return set(self.matched.outcomes) == {None}

    @property
    def shift(self) -> int | None:
        """`d` if the predicate is `key == query + d` (0: equality); `None` if it is no formula."""
        items = self.matched.items()
        if all(self._fits(value, outcome) for value, outcome in items):
            return 0
        if not self.matched.universe.ordered:
            return None
        value, outcome = next((v, o) for v, o in items if o is not None)
        if not isinstance(outcome, int):
            return None
        shift = outcome - int(value)
        return shift if all(self._fits(int(v) + shift, o) for v, o in items) else None

    def _fits(self, candidate: str | int, outcome: object) -> bool:
        """Whether matching `candidate` selects the same keys as matching `outcome`."""
        if outcome is None:
            return candidate not in self.keys
        return type(candidate) is type(outcome) and candidate == outcome

    @property
    def formula(self) -> Computed | None:
        """The formula for the wanted key: it may give values that no key has."""
        return self.matched.formula

    @property
    def same(self) -> bool:
        """Whether query and key are one column, so that every position matches itself."""
        return self.shift == 0 and self.selector.key == self.selector.query

    @property
    def exceptions(self) -> tuple[str | int, ...]:
        """The few values that match nothing, if all others match themselves."""
        items = self.matched.items()
        if any(outcome is not None and outcome != value for value, outcome in items):
            return ()
        found = tuple(value for value, outcome in items if outcome is None)
        return found if len(found) <= _FEW else ()

    @property
    def known(self) -> tuple[Function, ValueSet]:
        """The part of `matched` that is not `None`, and the query values that it is for."""
        universe, outcomes = self.matched.universe, self.matched.outcomes
        chosen = [index for index, outcome in enumerate(outcomes) if outcome is not None]
        values = Universe(tuple(universe.values[index] for index in chosen))
        known = tuple(outcomes[index] for index in chosen)
        return Function(values, known, self.formula), value_set(chosen)


def predicate(lowered: Lowered, selector: Selector) -> Predicate:
    """The predicate of a selector of any rule but `score`, over the values that occur."""
    column = lowered.columns[selector.key]
    present = set(column.values)

    def matched(query: int) -> str | int | None:
        key = selector.matched[query]
        return column.value(key) if key is not None and key in present else None

    keys = frozenset(map(column.value, column.values))
    formula = shown_key(lowered, selector)
    return Predicate(selector, function(lowered, selector.query, matched, formula), keys)


def rankings(lowered: Lowered, selector: Selector) -> tuple[Function, bool]:
    """For rule `score`, by query value: the keys, best first.

    Returns:
        The rankings, and whether they are of groups of keys, because some keys are equally good.
    """
    column = lowered.columns[selector.key]
    groups: dict[int, list[tuple[Outcome, ...]]] = {}
    for query in lowered.columns[selector.query].values:
        rank = selector.scores[query].__getitem__
        ordered = groupby(sorted(column.values, key=rank), rank)
        groups[query] = [tuple(map(column.value, group)) for _, group in ordered]
    tied = any(len(group) > 1 for ranking in groups.values() for group in ranking)

    def ranking(query: int) -> Outcome:
        return tuple(group if tied else group[0] for group in groups[query])

    return function(lowered, selector.query, ranking), tied


# What a head looks at, in words.


def noun(lowered: Lowered, name: str) -> str:
    """What one value of a column is called; a column that is another is called as that."""
    step = next((s for s in lowered.steps if s.name == name), None)
    if isinstance(step, Lookup) and [case.outcome for case in step.cases] == [Operand(0)]:
        return noun(lowered, step.operands[0])
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
        text = f"{noun(lowered, head.value)} at {place}"
        return text if _is_there(lowered, found) else f"{text}, else at the first"
    if lowered.is_ones(head.value):
        there = "is not to the right" if head.selector.causal else "is in the sequence"
        return f"1 if {place} {there}, else 0"
    return f"{head.value} at {place}, else 0"


def _is_there(lowered: Lowered, found: Predicate) -> bool:
    """Whether the position that a query looks for is always in the sequence."""
    if found.shift != 0 or lowered.is_positions(found.selector.query):
        return False
    return is_inside(lowered, found.selector.query, so_far=found.selector.causal)


def _position(lowered: Lowered, found: Predicate) -> str:
    shift, query = found.shift, found.selector.query
    if shift is not None and lowered.is_positions(query):
        if shift == 0:
            return "this position"
        return f"the position {abs(shift)} to the {'right' if shift > 0 else 'left'}"
    if found.matched.constant:
        return f"position {found.matched.outcomes[0]}"
    if shift is not None and shift >= 0:
        at = _computed(lowered, query)
        return f"position {at} + {shift}" if shift else f"position {at}"
    if found.formula is not None:
        text = written(found.formula.expression, lambda _: f"this {noun(lowered, query)}")
        return f"position {text}"
    return f"the position this {noun(lowered, query)} looks for"


def _computed(lowered: Lowered, name: str) -> str:
    """What one value of a column is called, or how it is computed if that is one formula."""
    step = next((s for s in lowered.steps if s.name == name), None)
    if isinstance(step, Lookup) and len(step.cases) == 1:
        [outcome] = [case.outcome for case in step.cases]
        if not isinstance(outcome, int):
            return written(outcome, lambda index: noun(lowered, step.operands[index]))
    return noun(lowered, name)


def _matching(found: Predicate, key: str, query: str, shown: Shown) -> str:
    """Which positions match."""
    if found.nothing:
        return "that nothing looks for"
    shift, first = found.shift, found.matched.outcomes[0]
    if shift == 0:
        return f"with the same {key}" if key == query else f"with this {query} as {key}"
    if shift is not None:
        return f"with {key} = this {query} {'+' if shift > 0 else '-'} {abs(shift)}"
    if found.formula is not None:
        return f"with {key} = {written(found.formula.expression, lambda _: f'this {query}')}"
    if found.matched.constant and isinstance(first, str | int):
        return f"with {key} {shown(first)}"
    if found.exceptions and key == query:
        exceptions = " and ".join(map(shown, found.exceptions))
        return f"with the same {key} (none for {exceptions})"
    return f"with the {key} this {query} looks for"
