"""Attention: which positions a head looks at, and what it takes from them."""

from __future__ import annotations

from itertools import zip_longest

from tpc.backends.rasp.emitter import Emitter
from tpc.backends.rasp.formulas import computed_key
from tpc.backends.rasp.text import listed
from tpc.lowering import Head, Selector

_WHERE = {
    "closest": "looks for the nearest position",
    "first": "looks for the first position",
    "best": "looks for the position at the most preferred offset",
    "all": "looks at all positions",
}


def write_selector(emitter: Emitter, step: Selector) -> None:
    """The selector of a head, named as the IR names its pattern."""
    name, key = emitter.variables[step.name], emitter.variables[step.key]
    base = name.removesuffix("_pattern")
    side = " up to here" if step.causal else ""
    if step.rule == "score":
        choices = emitter.private(f"{base}_choices")
        emitter.say(f"{base}: looks for the position{side} whose {key} comes first in {choices}")
        emitter.define(name, f"select(indices, {_scored(emitter, step, choices)}, ==)")
        return
    formula = _formula(emitter, step)
    matched = formula if formula.isidentifier() else emitter.names.fresh(f"{base}_want")
    emitter.say(f"{base}: {_WHERE[step.rule]}{side} whose {key} is {formula or matched}")
    if matched != formula:
        emitter.define(matched, formula or _key_table(emitter, step))
    if step.rule == "all":
        visible = f" and {emitter.use('up_to_here')}" if step.causal else ""
        emitter.define(name, f"select({key}, {matched}, ==){visible}")
        return
    emitter.define(name, f"select(indices, {_position(emitter, step, matched)}, ==)")


def _position(emitter: Emitter, step: Selector, matched: str) -> str:
    """The position that a head with a predicate takes."""
    key = emitter.variables[step.key]
    if emitter.lowered.is_positions(step.key):
        # Position values are all different: there is one match at most, whatever the rule.
        return f"{emitter.use('at_before' if step.causal else 'at')}({matched})"
    visible = _visible(emitter, step)
    if step.rule == "best":
        offsets = [str(offset) for offset in step.visible_offsets]
        base = emitter.variables[step.name].removesuffix("_pattern")
        table = emitter.long_list(f"{base}_offsets", offsets)
        return f"{emitter.use('preferred')}({key}, {matched}, {table}, {visible})"
    order = emitter.order_of(key)
    if step.rule == "first":
        return f"{emitter.use('first_match')}({key}, {order}, {matched}, {visible})"
    function = emitter.use("closest_before" if step.causal else "closest")
    return f"{function}({key}, {order}, {matched})"


def _visible(emitter: Emitter, step: Selector) -> str:
    """The selector of the positions that a head can look at."""
    return emitter.use("up_to_here") if step.causal else "full_s"


def _formula(emitter: Emitter, step: Selector) -> str:
    """The matched key as arithmetic on the query; empty if it takes a table."""
    query = emitter.variables[step.query]
    columns = emitter.lowered.columns
    if step.shift is not None and columns[step.query].labels is columns[step.key].labels is None:
        sign = "+" if step.shift > 0 else "-"
        return f"{query} {sign} {abs(step.shift)}" if step.shift else query
    if _matched_keys(emitter, step) == emitter.literals(step.query):
        return query
    return computed_key(emitter, step)


def _matched_keys(emitter: Emitter, step: Selector) -> list[str]:
    """The key that matches each query value; a value that no key has where none does."""
    none = _no_key(emitter, step)
    return [none if key is None else emitter.literal(step.key, key) for key in step.matched]


def _no_key(emitter: Emitter, step: Selector) -> str:
    return "-1" if emitter.lowered.columns[step.key].labels is None else '""'


def _key_table(emitter: Emitter, step: Selector) -> str:
    queries, query = emitter.literals(step.query), emitter.variables[step.query]
    return emitter.mapping(step.name, queries, _matched_keys(emitter, step), query)


def _scored(emitter: Emitter, step: Selector, choices: str) -> str:
    """The position of the best-scored key: keys equally good for a query are one choice."""
    query, key = emitter.variables[step.query], emitter.variables[step.key]
    keys, queries = emitter.literals(step.key), emitter.literals(step.query)
    none = _no_key(emitter, step)
    emitter.define(choices, "[]")
    for level in range(1 + max(max(row) for row in step.scores)):
        equal = [[keys[k] for k, rank in enumerate(row) if rank == level] for row in step.scores]
        columns = [
            emitter.mapping(f"{choices}_{level}", queries, list(column), query)
            for column in zip_longest(*equal, fillvalue=none)
        ]
        emitter.define(choices, f"{choices} + [{listed(columns)}]")
    visible, order = _visible(emitter, step), emitter.order_of(key)
    return f"{emitter.use('best_scored')}({key}, {order}, {choices}, {visible})"


def write_head(emitter: Emitter, step: Head) -> None:
    """What a head takes: the value at its position, or the sum over its positions."""
    name, value = emitter.variables[step.name], emitter.variables[step.value]
    selected = emitter.variables[step.selector.name]
    if step.selector.single:
        emitter.define(name, f"aggregate({selected}, {value})", f"takes its {value}")
    elif emitter.lowered.is_ones(step.value):
        emitter.define(name, f"selector_width({selected})", "counts them")
    else:
        real = emitter.lowered.columns[step.name].kind == "real"
        total = emitter.use("real_total" if real else "total")
        emitter.define(name, f"{total}({selected}, {value})", f"sums their {value}")
