"""Lookups: an expression of one variable, a function of several, or a table; and other MLPs."""

from __future__ import annotations

from itertools import groupby, islice
from math import inf
from string import ascii_lowercase

from tpc.backends.python.emitter import TOO_LONG, Emitter, as_json, repeated
from tpc.backends.python.expressions import condition, conjunction
from tpc.backends.python.formulas import outcome_of
from tpc.backends.python.literals import cost, display, literal, tuple_of
from tpc.backends.python.pointwise import Pointwise
from tpc.lowering import Case, Lookup, Perceptron
from tpc.lowering.cases import Cases, Json, can_be_nested, nested, nested_entries, reduced_cases
from tpc.lowering.formulas import Computed, shown_outcome
from tpc.lowering.functions import Function
from tpc.lowering.predicates import noun

#: From this many conditions on, the answers of a function are remembered.
_MANY = 16

#: More cases than this are never written as such, where a table can be.
_MOST_CASES = 100

#: About how many tokens a function takes besides cases that are in the data file.
_LISTED = 50

#: The values of a number are listed in a pattern only if there are no more than this.
_MOST_LISTED = 64

#: Formulas after other cases are an expression up to this length.
_MOST_COMPUTED = 76

#: What the operands of a nested table are called.
_LETTERS = "abcdefgh"
_PAIR = 2


def lookup(emitter: Emitter, step: Lookup) -> str | Pointwise:
    """A lookup's outcomes, as an expression."""
    given = reduced_cases(emitter.lowered, step)
    if given.has_formulas:
        outcomes = [_shown(emitter, step, given, case) for case in given.cases]
        if None not in outcomes:
            return _computed(emitter, step, given)
        given = given.regrouped()
    if not given.operands:
        outcome = emitter.lowered.columns[step.name].value(given.cases[-1].constant)
        return repeated(outcome, emitter.tokens_name)
    if len(given.operands) == 1:
        return _single(emitter, step, given)
    tabulable = len(given.operands) <= len(_LETTERS) and can_be_nested(given)
    options = [given, given.regrouped()] if tabulable else [given]
    texts = [
        (_function(emitter, step, option), option.operands)
        for option in options
        if len(option.cases) <= _MOST_CASES or not tabulable
    ]
    text, operands = min(texts, key=lambda pair: cost(pair[0]), default=("", given.operands))
    size = cost(text) if text else inf
    stored = min(size, _listed(given)) if size > TOO_LONG else size
    table = _table(emitter, step, given, stored) if tabulable else None
    if table is not None:
        return table
    if stored < size:
        text, operands = _function_of_data(emitter, step, given), given.operands
    return _called(emitter, step, text, operands)


def _computed(emitter: Emitter, step: Lookup, given: Cases) -> str | Pointwise:
    """A lookup with formulas: an expression if that is short, else a function."""
    names = [emitter.parameter(name) for name in given.operands]
    *others, last = [_outcome(emitter, step, given, case) for case in given.cases]
    tests = [_test(emitter, given, case) for case in given.cases[:-1]]
    text = "".join(f"{o} if {t} else " for o, t in zip(others, tests, strict=True)) + last
    if text in names and emitter.lowered.columns[step.name].kind == "label":
        return _copied(emitter, given.operands[names.index(text)])
    if not tests or len(text) <= _MOST_COMPUTED:
        return emitter.rows(text, dict(zip(names, given.operands, strict=True)))
    return _called(emitter, step, _function(emitter, step, given), given.operands)


def _copied(emitter: Emitter, operand: str) -> str | Pointwise:
    """The values of another variable, which is not written if nothing else reads it."""
    known = emitter.pointwise.get(operand)
    if known is not None and known.loops:
        emitter.copied.add(operand)
        if emitter.inlined(operand):
            emitter.reads[operand] += 1
            return known
    # The ends of a list of labels may be replaced: it must not be another variable's list.
    return f"list({emitter.column(operand)})"


def _called(emitter: Emitter, step: Lookup, function: str, operands: tuple[str, ...]) -> str:
    """The column that a function of some columns gives."""
    emitter.functions.append(function)
    if function.startswith("@cache"):
        emitter.import_from("functools", "cache")
    columns = ", ".join(map(emitter.column, operands))
    return f"list(map({function_name(emitter, step.name)}, {columns}))"


def function_name(emitter: Emitter, name: str) -> str:
    """What the function that decides a variable is called."""
    return f"{emitter.names.variables[name]}_at"


def _single(emitter: Emitter, step: Lookup, given: Cases) -> str | Pointwise:
    result, operand = emitter.lowered.columns[step.name], given.operands[0]
    outcomes = tuple(map(result.value, given.table().tolist()))
    loop = emitter.loop(operand)
    text = emitter.expression(Function(given.universes[0], outcomes), loop, step.name)
    # The ends of a list of labels may be replaced: it must not be another variable's list.
    if text == loop and result.kind == "label":
        return _copied(emitter, operand)
    return emitter.rows(text, {loop: operand})


def _table(emitter: Emitter, step: Lookup, given: Cases, size: float) -> str | None:
    """The lookup as a table, if that is shorter than a function of this size."""
    value, operands, entries = (
        emitter.lowered.columns[step.name].value,
        given.operands,
        nested_entries(given),
    )
    order = tuple(range(len(operands)))
    if entries > TOO_LONG:
        if size <= entries:
            return None
        table = emitter.store(step.name, nested(given, order, value))
    else:
        orders = [order, (1, 0)] if len(operands) == _PAIR else [order]
        sources = [(display(nested(given, option, value)), option) for option in orders]
        source, order = min(sources, key=lambda pair: cost(pair[0]))
        if size <= cost(source):
            return None
        table = emitter.constant(step.name, source)
    loops = _LETTERS[: len(order)]
    columns = ", ".join(emitter.column(operands[i]) for i in order)
    index = "".join(f"[{loop}]" for loop in loops)
    return f"[{table}{index} for {', '.join(loops)} in zip({columns})]"


# Cases.


def _function(emitter: Emitter, step: Lookup, given: Cases) -> str:
    bodies = [_chain(emitter, step, given)]
    if all(len(u) <= _MOST_LISTED or not u.ordered for u in given.universes):
        bodies.append(_match(emitter, step, given))
    remembered = "@cache\n" if len(given.operands) * len(given.cases) > _MANY else ""
    return remembered + opening(emitter, step.name, given.operands) + min(bodies, key=cost)


def opening(emitter: Emitter, name: str, operands: tuple[str, ...]) -> str:
    """The first lines of the function that decides a variable."""
    parameters = ", ".join(f"{emitter.parameter(n)}: {emitter.annotation(n)}" for n in operands)
    words = ", ".join(noun(emitter.lowered, operand) for operand in operands)
    return (
        f"def {function_name(emitter, name)}({parameters}) -> {emitter.annotation(name)}:\n"
        f'    """What {name} is for {words}."""\n'
    )


def _listed(given: Cases) -> int:
    """About how many tokens a function takes whose cases are in the data file."""
    return _LISTED + sum(1 + sum(map(len, given.members(case))) for case in given.cases[:-1])


def _function_of_data(emitter: Emitter, step: Lookup, given: Cases) -> str:
    """A function whose cases are rows of the data file: values of each operand, and the outcome."""
    result = emitter.lowered.columns[step.name]
    rows: list[Json] = []
    for case in given.cases[:-1]:
        members: list[Json] = [list(values) for values in given.members(case)]
        rows.append([*members, result.value(case.constant)])
    cases = emitter.put(step.name, rows)
    parameters = [emitter.parameter(name) for name in given.operands]
    names = (name for name in ("outcome", *ascii_lowercase) if name not in parameters)
    outcome, sets = next(names), list(islice(names, len(parameters)))
    tests = " and ".join(
        f"{name} in {allowed}" for name, allowed in zip(parameters, sets, strict=True)
    )
    return (
        f"@cache\n{opening(emitter, step.name, given.operands)}"
        f"    for {', '.join(sets)}, {outcome} in {cases}:\n"
        f"        if {tests}:\n"
        f"            return {emitter.annotation(step.name)}({outcome})\n"
        f"    return {_outcome(emitter, step, given, given.cases[-1])}"
    )


def _shown(emitter: Emitter, step: Lookup, given: Cases, case: Case) -> Computed | str | int | None:
    return shown_outcome(emitter.lowered, step.name, given.operands, case)


def _outcome(emitter: Emitter, step: Lookup, given: Cases, case: Case) -> str:
    shown = _shown(emitter, step, given, case)
    assert shown is not None, "formulas that cannot be shown are tables"
    return outcome_of(shown, lambda index: emitter.parameter(given.operands[index]))


def _runs(given: Cases) -> list[list[Case]]:
    """The cases but the last, neighbours with one outcome together."""
    return [list(run) for _, run in groupby(given.cases[:-1], lambda case: case.outcome)]


def _chain(emitter: Emitter, step: Lookup, given: Cases) -> str:
    """An `if` for each outcome."""
    lines = []
    for cases in _runs(given):
        tests = " or ".join(_test(emitter, given, case) for case in cases)
        lines.append(f"    if {tests}:\n        return {_outcome(emitter, step, given, cases[0])}")
    lines.append(f"    return {_outcome(emitter, step, given, given.cases[-1])}")
    return "\n".join(lines)


def _test(emitter: Emitter, given: Cases, case: Case) -> str:
    operands = zip(given.operands, given.universes, case.patterns, strict=True)
    return conjunction(
        [
            condition(emitter.parameter(name), universe, pattern)
            for name, universe, pattern in operands
            if pattern is not None
        ]
    )


def _match(emitter: Emitter, step: Lookup, given: Cases) -> str:
    """A `case` for each outcome."""
    lines = [f"    match {', '.join(map(emitter.parameter, given.operands))}:"]
    for cases in _runs(given):
        patterns = [_pattern(given, case) for case in cases]
        text = patterns[0] if len(cases) == 1 else " | ".join(f"({p})" for p in patterns)
        lines.append(
            f"        case {text}:\n            return {_outcome(emitter, step, given, cases[0])}"
        )
    lines.append(f"    return {_outcome(emitter, step, given, given.cases[-1])}")
    return "\n".join(lines)


def _pattern(given: Cases, case: Case) -> str:
    return ", ".join(
        "_" if pattern is None else " | ".join(map(literal, values))
        for pattern, values in zip(case.patterns, given.members(case), strict=True)
    )


#: Answers remembered by one MLP. They depend on the operands at one position alone.
_REMEMBERED = 65_536


def mlp(emitter: Emitter, step: Perceptron) -> str:
    """The column of an MLP's outputs, as an expression."""
    emitter.import_from("functools", "lru_cache")
    emitter.import_from("collections.abc", "Sequence")
    emitter.import_from("typing", "Any")
    emitter.use("perceptron")
    distinct = tuple(dict.fromkeys(step.operands))
    inputs = ", ".join(_input(emitter, step, name) for name in step.operands)
    labels = emitter.lowered.columns[step.name].labels
    answer = f"perceptron({_weights(emitter, step)}, [{inputs}])"
    if labels is not None:
        names = emitter.constant(f"{step.name}_values", tuple_of(labels))
        answer = f"{names}[{answer}]"
    emitter.functions.append(
        f"@lru_cache(maxsize={_REMEMBERED})\n"
        f"{opening(emitter, step.name, distinct)}    return {answer}"
    )
    columns = ", ".join(map(emitter.column, distinct))
    return f"list(map({function_name(emitter, step.name)}, {columns}))"


def _input(emitter: Emitter, step: Perceptron, name: str) -> str:
    """A number as it is; a categorical value as one input for each value it could be."""
    column, variable = emitter.lowered.columns[name], emitter.parameter(name)
    if column.kind != "category":
        return variable
    if column.labels is None:
        return f"*[{variable} == value for value in range({len(column.type_range)})]"
    values = f"{step.name}_inputs_{name}"
    if len(column.labels) > TOO_LONG:
        source = emitter.put(values, list(column.labels))
    else:
        source = emitter.constant(values, tuple_of(column.labels))
    return f"*[{variable} == value for value in {source}]"


def _weights(emitter: Emitter, step: Perceptron) -> str:
    """Two layers, one row for each unit: its bias, then its weights."""
    layers = step.layers
    if sum(map(len, (*layers[0], *layers[1]))) > TOO_LONG / 4:
        return emitter.put(step.name, as_json(layers))
    return emitter.constant(f"{step.name}_weights", tuple_of(layers))
