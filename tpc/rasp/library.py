"""The names that exist before a program starts: inputs and the functions of rasplib.

What each function computes is that of the reference interpreter's library; how is our own. Counts
are taken directly instead of through reciprocals of averages, which gives the same integers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tpc.rasp import operations as ops
from tpc.rasp.values import Builtin, EvaluationError, Fault, Scope, Selector, Sop, Value, describe

Build = Callable[..., Any]


def library(fault: Fault) -> Scope:
    """The outermost scope. `fault` serves errors of the inputs themselves, such as int("a")."""
    scope = Scope()
    scope.names.update(_inputs(fault))
    scope.names["full_s"] = _full(fault)
    for name, build in _FUNCTIONS.items():
        parameters = build.__code__.co_varnames[: build.__code__.co_argcount - 1]
        scope.names[name] = Builtin(name, parameters, build)
    return scope


def reserved_names() -> frozenset[str]:
    """Library names that a file cannot redefine. `tokens` is the one that may be."""
    return frozenset({*_FUNCTIONS, "full_s", "length"})


def _inputs(fault: Fault) -> dict[str, Any]:
    conversions: dict[str, Callable[[Any], Any]] = {
        "tokens_str": str,
        "tokens_int": int,
        "tokens_float": float,
        "tokens_bool": bool,
    }
    names: dict[str, Any] = {"True": True, "False": False}
    for name, conversion in conversions.items():
        names[name] = _converted(conversion, fault)
    names["tokens"] = names["tokens_str"]
    names["tokens_asis"] = Sop(list, (), fault)
    names["indices"] = _indices(fault)
    names["length"] = Sop(lambda tokens: [len(tokens)] * len(tokens), (), fault)
    return names


def _converted(conversion: Callable[[Any], Any], fault: Fault) -> Sop:
    return Sop(lambda tokens: list(map(conversion, tokens)), (), fault)


def _full(fault: Fault) -> Selector:
    return ops.select(1, 1, "==", fault)


def _indices(fault: Fault) -> Sop:
    return Sop(lambda tokens: list(range(len(tokens))), (), fault)


def _need_selector(value: Value) -> Selector:
    if not isinstance(value, Selector):
        raise EvaluationError(f"a selector is needed here, not {describe(value)}")
    return value


def selector_width(sel: Value, fault: Fault) -> Sop:
    """How many positions each row of `sel` selects."""
    return ops.widths(_need_selector(sel), fault)


def has_focus(sel: Value, fault: Fault) -> Sop:
    """Whether each row of `sel` selects anything."""
    return ops.elementwise(bool, ops.widths(_need_selector(sel), fault), fault)


def count(seq: Value, atom: Value, fault: Fault) -> Sop:
    """At every position: how often `atom` occurs in `seq`."""
    return selector_width(ops.select(_occurrences(seq, atom, fault), True, "==", fault), fault)


def contains(seq: Value, atom: Value, fault: Fault) -> Sop:
    """At every position: whether `atom` occurs in `seq`."""
    return has_focus(ops.select(_occurrences(seq, atom, fault), True, "==", fault), fault)


def _occurrences(seq: Value, atom: Value, fault: Fault) -> Value:
    """Where `seq` is `atom`, which the library hands to `indicator`."""
    found = ops.apply("==", seq, atom, fault)
    if not isinstance(found, Sop):
        raise EvaluationError(f"an s-op is needed here, not {describe(seq)}")
    return found


def maximum(a: Value, b: Value, fault: Fault) -> Value:
    """The larger of two values or s-ops; the second when they are equal."""
    return ops.choose(ops.apply(">", a, b, fault), a, b, fault)


def minimum(a: Value, b: Value, fault: Fault) -> Value:
    """The smaller of two values or s-ops; the second when they are equal."""
    return ops.choose(ops.apply("<", a, b, fault), a, b, fault)


def average(a: Value, fault: Fault) -> Sop:
    """The average of `a` over all positions."""
    return ops.aggregate(_full(fault), ops.as_sop(a, fault), 0, fault)


def load_from_location(seq: Value, location: Value, fault: Fault) -> Sop:
    """The value of `seq` at position `location`."""
    at_location = ops.select(_indices(fault), location, "==", fault)
    return ops.aggregate(at_location, ops.as_sop(seq, fault), 0, fault)


def shift(seq: Value, n: Value, filler: Value, fault: Fault) -> Sop:
    """`seq` moved `n` positions to the right; `filler` where nothing arrives."""
    moved = ops.apply("+", _indices(fault), n, fault)
    source = ops.select(moved, _indices(fault), "==", fault)
    return ops.aggregate(source, ops.as_sop(seq, fault), filler, fault)


def mark_last_instance(seq: Value, val: Value, fault: Fault) -> Sop:
    """Whether this position holds `val` and no later one does."""
    return _mark_outermost(seq, val, ">", fault)


def mark_first_instance(seq: Value, val: Value, fault: Fault) -> Sop:
    """Whether this position holds `val` and no earlier one does."""
    return _mark_outermost(seq, val, "<", fault)


def _mark_outermost(seq: Value, val: Value, beyond: str, fault: Fault) -> Sop:
    further = ops.select(_indices(fault), _indices(fault), beyond, fault)
    others = ops.combine("and", ops.select(seq, val, "==", fault), further, fault)
    alone = ops.elementwise(ops.UNARY["not"], has_focus(others, fault), fault)
    return ops.connect("and", ops.apply("==", seq, val, fault), alone, fault)


def select_from_last(seq: Value, val: Value, fault: Fault) -> Selector:
    """Every row selects the last position that holds `val`."""
    return ops.select(mark_last_instance(seq, val, fault), True, "==", fault)


def select_from_first(seq: Value, val: Value, fault: Fault) -> Selector:
    """Every row selects the first position that holds `val`."""
    return ops.select(mark_first_instance(seq, val, fault), True, "==", fault)


def sort(seq: Value, key: Value, fault: Fault) -> Sop:
    """`seq` in the order of `key`, equal keys in the order of their positions."""
    smaller = ops.select(key, key, "<", fault)
    earlier = ops.combine("or", smaller, _same_before(key, fault), fault)
    goal = ops.widths(earlier, fault)
    arriving = ops.select(goal, _indices(fault), "==", fault)
    return ops.aggregate(arriving, ops.as_sop(seq, fault), 0, fault)


def select_next_identical(seq: Value, fault: Fault) -> Selector:
    """Each row selects the next position that holds the same value."""
    order = ops.widths(_same_before(seq, fault), fault)
    following = ops.apply("+", order, 1, fault)
    same = ops.select(seq, seq, "==", fault)
    return ops.combine("and", same, ops.select(order, following, "==", fault), fault)


def _same_before(seq: Value, fault: Fault) -> Selector:
    same = ops.select(seq, seq, "==", fault)
    before = ops.select(_indices(fault), _indices(fault), "<", fault)
    return ops.combine("and", same, before, fault)


_FUNCTIONS: dict[str, Build] = {
    "selector_width": selector_width,
    "has_focus": has_focus,
    "count": count,
    "contains": contains,
    "max": maximum,
    "min": minimum,
    "average": average,
    "load_from_location": load_from_location,
    "shift": shift,
    "sort": sort,
    "mark_last_instance": mark_last_instance,
    "mark_first_instance": mark_first_instance,
    "select_from_last": select_from_last,
    "select_from_first": select_from_first,
    "select_next_identical": select_next_identical,
}
