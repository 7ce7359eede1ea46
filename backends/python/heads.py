"""Attention heads: the key that each position matches, and what it takes from there."""

from __future__ import annotations

from tpc.backends.python.emitter import Emitter, each, repeated
from tpc.backends.python.expressions import condition, conjunction, render, shifted
from tpc.backends.python.formulas import outcome_of
from tpc.backends.python.literals import cost, literal, tuple_of
from tpc.backends.python.pointwise import INDEX, POSITIONS, Pointwise, occurrences
from tpc.lowering import Head, Selector
from tpc.lowering.functions import Function, Outcome
from tpc.lowering.inside import is_inside
from tpc.lowering.predicates import Predicate, predicate, rankings

#: So many heads that look in the same way are a line each; of more a function is made.
_MOST_LINES_ALIKE = 3

#: From so many heads on that look at positions, they share a helper.
_OFTEN = 3


def head(emitter: Emitter, step: Head) -> str | Pointwise:
    """A head's values, as an expression."""
    selector = step.selector
    if selector.rule == "score":
        return _ranked(emitter, selector, step.value)
    found = predicate(emitter.lowered, selector)
    if selector.rule == "all":
        return _all(emitter, found, step.value)
    if found.nothing:
        return f"{emitter.sequence(step.value)}[:1] * len({emitter.tokens_name})"
    if emitter.lowered.is_positions(selector.key):
        return _at(emitter, found, step.value)
    if selector.rule == "best":
        helper, offsets = emitter.use("best", step.value), tuple_of(selector.visible_offsets)
        arguments = _arguments(emitter, found, step.value)
        return f"{helper}({arguments}, {emitter.constant(f'{selector.base}_offsets', offsets)})"
    return _by_rule(emitter, found, step.value)


def _by_rule(emitter: Emitter, found: Predicate, value: str) -> str | Pointwise:
    """What a head for the first or closest match takes, in a line or by a shared helper."""
    name = _so_far(found.selector.rule, found.selector)
    if name in _LINES and _alike(emitter, found.selector) <= _MOST_LINES_ALIKE:
        place = _LINES[name](emitter, found)
        if place is not None:
            return _taken(emitter, found.selector, place, value)
    helper = emitter.use(name, value)
    return f"{helper}({_arguments(emitter, found, value)})"


def _alike(emitter: Emitter, selector: Selector) -> int:
    """How many heads look in the same way."""
    heads = (step.selector for step in emitter.lowered.steps if isinstance(step, Head))
    return sum(
        (other.rule, other.causal) == (selector.rule, selector.causal)
        and not emitter.lowered.is_positions(other.key)
        for other in heads
    )


def _first(emitter: Emitter, found: Predicate) -> str:
    """The first position with the wanted key, else the first: an expression of the query."""
    keys, (match, guard) = emitter.sequence(found.selector.key), _guarded(emitter, found)
    seen = f"{keys}[: i + 1]" if found.selector.causal else keys
    also = f"{conjunction([guard, ''])}" if guard else ""
    if match.isidentifier() or found.known[0].constant:
        return f"{keys}.index({match}) if {also}{match} in {seen} else 0"
    return f"{keys}.index(key) if {also}(key := {match}) in {seen} else 0"


def _latest(emitter: Emitter, found: Predicate) -> str | None:
    """The last earlier position with the same key, else the query's own."""
    if not found.same:
        return None
    keys, loop = emitter.sequence(found.selector.key), emitter.loop(found.selector.query)
    return f"max((j for j in range(i) if {keys}[j] == {loop}), default=i)"


#: Helpers that are one line where they are used once.
_LINES = {"first": _first, "first_so_far": _first, "latest": _latest}


def _taken(emitter: Emitter, selector: Selector, place: str, value: str) -> Pointwise:
    """The value at a place that is an expression of the query."""
    at = place if emitter.lowered.is_positions(value) else f"{emitter.sequence(value)}[{place}]"
    return _for_each_query(emitter, selector, at)


def _so_far(name: str, selector: Selector) -> str:
    """The helper of this name that takes the direction of the selector into account."""
    if not selector.causal:
        return name
    return "latest" if name == "closest" else f"{name}_so_far"


# Matched keys.


def _arguments(emitter: Emitter, found: Predicate, value: str) -> str:
    keys = emitter.column(found.selector.key)
    return f"{_matched(emitter, found)}, {keys}, {emitter.column(value)}"


def _matched(emitter: Emitter, found: Predicate) -> str:
    """The matched key of each position."""
    if found.matched.constant:
        return emitter.everywhere(found.matched.outcomes[0])
    query = found.selector.query
    computed = found.shift is not None or found.formula is not None
    if not computed and emitter.lowered.is_positions(query):
        return emitter.by_position(found.matched, found.selector.base)
    return each(_matched_by(emitter, found), emitter.loop(query), emitter.column(query))


def _matched_by(emitter: Emitter, found: Predicate) -> str:
    """The matched key in terms of the query's loop variable; may be a value that no key has."""
    loop, name = emitter.loop(found.selector.query), found.selector.name
    if found.shift is not None:
        return shifted(loop, found.shift)
    if found.formula is not None:
        return outcome_of(found.formula, lambda _: loop)
    if name not in emitter.matched:
        text = emitter.expression(found.matched, loop, found.selector.base)
        emitter.matched[name] = text
    return emitter.matched[name]


def _guarded(emitter: Emitter, found: Predicate) -> tuple[str, str]:
    """The matched key, never `None`, and the condition under which there is one (or nothing)."""
    computed = found.shift is not None or found.formula is not None
    if computed or not found.matched.partial:
        return _matched_by(emitter, found), ""
    loop = emitter.loop(found.selector.query)
    known, chosen = found.known
    guard = condition(loop, found.matched.universe, chosen)
    return emitter.expression(known, loop, found.selector.base), guard


# The keys are the positions themselves: a head looks at the matched one, or at the first.


def _at(emitter: Emitter, found: Predicate, value: str) -> str | Pointwise:
    selector = found.selector
    own = emitter.lowered.is_positions(selector.query)
    targets = _targets(found.matched, fold=own and selector.causal)
    values = "" if emitter.lowered.is_positions(value) else emitter.sequence(value)
    loop = emitter.loop(selector.query)
    size = len(targets.universe)
    if own and values and size > 1 and list(targets.outcomes) == [*range(1, size), 0]:
        return f"{values}[1:] + {values}[:1]"
    behind = _is_behind(emitter, found, targets)
    if values and _often_at(emitter) and not (behind and _is_formula(targets, loop)):
        helper = emitter.use(_so_far("at", selector), value)
        return f"{helper}({_positions(emitter, selector, targets)}, {values})"
    ahead = not own and found.shift is not None and found.shift > 0
    # What lies behind the last position is not there either way.
    target = shifted(loop, found.shift or 0) if ahead else ""
    target = target or emitter.expression(targets, loop, selector.base)
    if behind:
        return emitter.rows(f"{values}[{target}]" if values else target, {loop: selector.query})
    limit = f"< len({emitter.tokens_name})" if own or not selector.causal else "<= i"
    taken = f"j if (j := {target}) {limit} else 0"
    taken = f"{values}[{taken}]" if values else taken
    return _for_each_query(emitter, selector, taken)


def _is_behind(emitter: Emitter, found: Predicate, targets: Function) -> bool:
    """Whether no target is further to the right than what can be seen."""
    query, causal = found.selector.query, found.selector.causal
    if not all(isinstance(i, int) and _index(j) <= i for i, j in targets.items()):
        return False
    return is_inside(emitter.lowered, query, so_far=causal)


def _for_each_query(emitter: Emitter, selector: Selector, text: str) -> Pointwise:
    """An expression of a query, and for a causal head of its position `i`."""
    operands = {emitter.loop(selector.query): selector.query, INDEX: POSITIONS}
    read = {name: variable for name, variable in operands.items() if occurrences(text, name)}
    if not read and "[" in text:
        read = {INDEX: POSITIONS}  # An empty sequence has no element to be read.
    return emitter.rows(text, read)


def _is_formula(targets: Function, loop: str) -> bool:
    """Whether the position is said shorter by a formula than by a table."""
    rendered = render(targets, loop)
    return not rendered.constants and rendered.cost < cost(literal(targets.outcomes))


def _often_at(emitter: Emitter) -> bool:
    """Whether enough heads look at positions for them to share a helper."""
    heads = (step for step in emitter.lowered.steps if isinstance(step, Head))
    looking = (h.selector.single and emitter.lowered.is_positions(h.selector.key) for h in heads)
    return sum(looking) >= _OFTEN


def _positions(emitter: Emitter, selector: Selector, targets: Function) -> str:
    """The position that each position looks at."""
    if targets.constant or emitter.lowered.is_positions(selector.query):
        return emitter.by_position(targets, selector.base)
    loop, query = emitter.loop(selector.query), emitter.column(selector.query)
    return each(emitter.expression(targets, loop, selector.base), loop, query)


def _targets(matched: Function, *, fold: bool) -> Function:
    """Positions to look at: the first for no match and, where `fold`, for what lies ahead."""
    items = [(i, 0 if outcome is None else _index(outcome)) for i, outcome in matched.items()]
    if fold:
        items = [(i, j if j <= _index(i) else 0) for i, j in items]
    return Function(matched.universe, tuple(target for _, target in items), matched.formula)


def _index(value: Outcome) -> int:
    assert isinstance(value, int), "positions are integers"
    return value


# Ranked keys.


def _ranked(emitter: Emitter, selector: Selector, value: str) -> str:
    """Rankings list the keys, best first; where some are equally good, groups of keys."""
    table, tied = rankings(emitter.lowered, selector)
    loop, query = emitter.loop(selector.query), emitter.column(selector.query)
    ranked = each(emitter.expression(table, loop, selector.base), loop, query)
    name = "preferred_group" if tied else "preferred"
    helper = emitter.use(_so_far(name, selector), value)
    return f"{helper}({ranked}, {emitter.column(selector.key)}, {emitter.column(value)})"


# All matches.


def _all(emitter: Emitter, found: Predicate, value: str) -> str | Pointwise:
    if found.nothing:
        return repeated(0, emitter.tokens_name)
    ones = emitter.lowered.is_ones(value)
    if emitter.lowered.is_positions(found.selector.key):
        return _present(emitter, found, "" if ones else emitter.sequence(value))
    if ones:
        return _count(emitter, found)
    helper = emitter.use(_so_far("total", found.selector), value)
    return f"{helper}({_arguments(emitter, found, value)})"


def _present(emitter: Emitter, found: Predicate, values: str) -> Pointwise:
    """The keys are the positions: at most one matches. Without values its presence counts."""
    selector, never = found.selector, emitter.lowered.max_length
    outcomes = tuple(never if target is None else target for target in found.matched.outcomes)
    table = Function(found.matched.universe, outcomes)
    loop = emitter.loop(selector.query)
    own = emitter.lowered.is_positions(selector.query)
    if own and selector.causal and not values:
        present = tuple(int(_index(j) <= _index(i)) for i, j in table.items())
        table = Function(table.universe, present)
        text = emitter.expression(table, loop, selector.base)
        return _for_each_query(emitter, selector, text)
    target = emitter.expression(table, loop, selector.base)
    limit = "<= i" if selector.causal else f"< len({emitter.tokens_name})"
    # A conditional expression binds less tightly than a comparison.
    text = f"int(({target}) {limit})" if " if " in target else f"int({target} {limit})"
    if values:
        text = f"{values}[j] if (j := {target}) {limit} else 0"
    return _for_each_query(emitter, selector, text)


def _count(emitter: Emitter, found: Predicate) -> Pointwise:
    """A sum of ones is what `list.count` gives."""
    selector = found.selector
    keys = emitter.sequence(selector.key)
    if found.matched.constant and not selector.causal:
        return Pointwise(f"{keys}.count({literal(found.matched.outcomes[0])})")
    matched, guard = _guarded(emitter, found)
    otherwise = f" if {guard} else 0" if guard else ""
    seen = f"{keys}[: i + 1]" if selector.causal else keys
    return _for_each_query(emitter, selector, f"{seen}.count({matched}){otherwise}")
