"""Lookups: an expression of one variable, a function of several, or a table."""

from __future__ import annotations

from itertools import groupby, islice
from math import inf
from string import ascii_lowercase

from backends.python.conditions import condition, conjunction
from backends.python.draft import TOO_LONG, Draft, Json, each, repeated
from backends.python.grids import possible, shortest_grid
from backends.python.literals import cost, literal
from backends.python.rules import Rules, rules_of
from backends.python.tables import Table
from tpc.ir.nodes import TOKENS, Case, Lookup, Positions
from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.ir.types import Label

#: From this many conditions on, the answers of a function are remembered.
_MANY = 16

#: More cases than this are never written as such, where a table can be.
_MOST_CASES = 100

#: About how many tokens a function takes besides cases that are in the data file.
_LISTED = 50

#: The values of a number are listed in a pattern only if there are no more than this.
_MOST_LISTED = 64


def lookup(draft: Draft, node: Lookup) -> str:
    """The column of a lookup's outcomes, as an expression."""
    rules = rules_of(draft, node)
    if not rules.operands:
        outcome = draft.program.domain_of(node.name).value(rules.cases[-1].outcome)
        return repeated(outcome, draft.tokens_name)
    if len(rules.operands) == 1:
        return _single(draft, node, rules)
    tabulable = rules.entries <= MAX_TABLE_ENTRIES and possible(rules)
    options = [rules, rules.regrouped()] if tabulable else [rules]
    texts = [
        _function(draft, node, option)
        for option in options
        if len(option.cases) <= _MOST_CASES or not tabulable
    ]
    text = min(texts, key=cost, default="")
    size = cost(text) if text else inf
    stored = min(size, _listed(rules)) if size > TOO_LONG else size
    table = _table(draft, node, rules, stored) if tabulable else None
    if table is not None:
        return table
    operands = rules.operands if stored < size else _arguments(options, text, texts)
    draft.functions.append(_function_of_data(draft, node, rules) if stored < size else text)
    if draft.functions[-1].startswith("@cache"):
        draft.import_from("functools", "cache")
    columns = ", ".join(map(draft.column, operands))
    return f"list(map({function_name(draft, node.name)}, {columns}))"


def _arguments(options: list[Rules], text: str, texts: list[str]) -> tuple[str, ...]:
    """The operands of the option whose text was taken."""
    return options[texts.index(text) - len(texts)].operands


def function_name(draft: Draft, name: str) -> str:
    """What the function that decides a variable is called."""
    return f"{draft.names.variable(name)}_at"


def parameter(draft: Draft, name: str) -> str:
    """What a value of a variable is called in a function of several."""
    if name == TOKENS or isinstance(draft.program.by_name[name], Positions):
        return draft.loop(name)
    return draft.names.variable(name)


def _single(draft: Draft, node: Lookup, rules: Rules) -> str:
    domain, operand = draft.program.domain_of(node.name), rules.operands[0]
    outcomes = tuple(domain.value(outcome) for outcome in rules.table)
    loop, column = draft.loop(operand), draft.column(operand)
    text = draft.expression(Table(rules.universes[0], outcomes), loop, node.name)
    # The ends of a list of labels may be replaced: it must not be another variable's list.
    if text == loop and isinstance(node.type, Label):
        return f"list({column})"
    return each(text, loop, column)


def _table(draft: Draft, node: Lookup, rules: Rules, size: float) -> str | None:
    """The lookup as a table, if that is shorter than a function of this size."""
    grid = shortest_grid(rules, draft.program.domain_of(node.name))
    long = grid.entries > TOO_LONG
    if size <= (grid.entries if long else cost(grid.source())):
        return None
    if long:
        return grid.column(draft, draft.store(node.name, grid.nested()))
    return grid.column(draft, draft.constant(node.name, grid.source()))


# Cases.


def _function(draft: Draft, node: Lookup, rules: Rules) -> str:
    bodies = [_chain(draft, node, rules)]
    if all(len(u) <= _MOST_LISTED or not u.ordered for u in rules.universes):
        bodies.append(_match(draft, node, rules))
    remembered = "@cache\n" if len(rules.operands) * len(rules.cases) > _MANY else ""
    return remembered + _head(draft, node, rules) + min(bodies, key=cost)


def _head(draft: Draft, node: Lookup, rules: Rules) -> str:
    """The first lines of a function."""
    parameters = ", ".join(f"{parameter(draft, n)}: {draft.annotation(n)}" for n in rules.operands)
    operands = ", ".join(draft.thing(name) for name in rules.operands)
    return (
        f"def {function_name(draft, node.name)}({parameters}) -> {draft.annotation(node.name)}:\n"
        f'    """What {node.name} is for {operands}."""\n'
    )


def _listed(rules: Rules) -> int:
    """About how many tokens a function takes whose cases are in the data file."""
    return _LISTED + sum(1 + sum(map(len, _members(rules, case))) for case in rules.cases[:-1])


def _members(rules: Rules, case: Case) -> list[tuple[str | int, ...]]:
    """For each operand the values for which a case holds."""
    return [
        universe.values if pattern is None else universe.members(pattern)
        for universe, pattern in zip(rules.universes, case.patterns, strict=True)
    ]


def _function_of_data(draft: Draft, node: Lookup, rules: Rules) -> str:
    """A function whose cases are rows of the data file: values of each operand, and the outcome."""
    domain = draft.program.domain_of(node.name)
    rows: list[Json] = []
    for case in rules.cases[:-1]:
        members: list[Json] = [list(values) for values in _members(rules, case)]
        rows.append([*members, domain.value(case.outcome)])
    cases = draft.put(node.name, rows)
    parameters = [parameter(draft, name) for name in rules.operands]
    names = (name for name in ("outcome", *ascii_lowercase) if name not in parameters)
    outcome, sets = next(names), list(islice(names, len(parameters)))
    tests = " and ".join(
        f"{name} in {allowed}" for name, allowed in zip(parameters, sets, strict=True)
    )
    return (
        f"@cache\n{_head(draft, node, rules)}"
        f"    for {', '.join(sets)}, {outcome} in {cases}:\n"
        f"        if {tests}:\n"
        f"            return {draft.annotation(node.name)}({outcome})\n"
        f"    return {_outcome(draft, node, rules.cases[-1])}"
    )


def _outcome(draft: Draft, node: Lookup, case: Case) -> str:
    return literal(draft.program.domain_of(node.name).value(case.outcome))


def _runs(rules: Rules) -> list[list[Case]]:
    """The cases but the last, neighbours with one outcome together."""
    return [list(run) for _, run in groupby(rules.cases[:-1], lambda case: case.outcome)]


def _chain(draft: Draft, node: Lookup, rules: Rules) -> str:
    """An `if` for each outcome."""
    lines = []
    for cases in _runs(rules):
        tests = " or ".join(_test(draft, rules, case) for case in cases)
        lines.append(f"    if {tests}:\n        return {_outcome(draft, node, cases[0])}")
    lines.append(f"    return {_outcome(draft, node, rules.cases[-1])}")
    return "\n".join(lines)


def _test(draft: Draft, rules: Rules, case: Case) -> str:
    operands = zip(rules.operands, rules.universes, case.patterns, strict=True)
    return conjunction(
        [
            condition(parameter(draft, name), universe, pattern)
            for name, universe, pattern in operands
            if pattern is not None
        ]
    )


def _match(draft: Draft, node: Lookup, rules: Rules) -> str:
    """A `case` for each outcome."""
    lines = [f"    match {', '.join(parameter(draft, name) for name in rules.operands)}:"]
    for cases in _runs(rules):
        patterns = [_pattern(rules, case) for case in cases]
        text = patterns[0] if len(cases) == 1 else " | ".join(f"({p})" for p in patterns)
        lines.append(f"        case {text}:\n            return {_outcome(draft, node, cases[0])}")
    lines.append(f"    return {_outcome(draft, node, rules.cases[-1])}")
    return "\n".join(lines)


def _pattern(rules: Rules, case: Case) -> str:
    return ", ".join(
        "_" if pattern is None else " | ".join(map(literal, universe.members(pattern)))
        for universe, pattern in zip(rules.universes, case.patterns, strict=True)
    )
