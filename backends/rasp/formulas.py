"""Formulas as arithmetic on s-ops. RASP computes both sides of a conditional everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tpc.backends.rasp.emitter import Emitter
from tpc.backends.rasp.text import MAX_ENTRIES, listed
from tpc.ir.expressions import Binary, Expression, Operand, Operator, operands_read
from tpc.ir.notation import ATOM, SUM, Form, written
from tpc.ir.types import ValueSet
from tpc.lowering import Case, Lookup, Selector
from tpc.lowering.cases import Cases, reduced_cases
from tpc.lowering.formulas import total_division
from tpc.lowering.functions import Universe
from tpc.rasp.writing import string

#: `%` binds less tightly than `*` here: what is nested is in parentheses.
_FORMS: Mapping[Operator, Form] = MappingProxyType(
    {
        "+": Form("{} + {}", SUM, SUM, ATOM),
        "-": Form("{} - {}", SUM, SUM, ATOM),
        "*": Form("{} * {}", SUM, ATOM, ATOM),
        "%": Form("{} % {}", SUM, ATOM, ATOM),
        "//": Form("quotient({}, {})"),
        "min": Form("min({}, {})"),
        "max": Form("max({}, {})"),
        "==": Form("indicator({} == {})", ATOM, SUM, SUM),
        "!=": Form("(1 - indicator({} == {}))", ATOM, SUM, SUM),
        "<": Form("indicator({} < {})", ATOM, SUM, SUM),
        "<=": Form("indicator({} <= {})", ATOM, SUM, SUM),
    }
)


#: What the language does not have.
_HELPERS = ("quotient", "magnitude")


def computed_key(emitter: Emitter, step: Selector) -> str:
    """The wanted key as arithmetic on the query; nothing if it is none."""
    columns = emitter.lowered.columns
    if step.formula is None or columns[step.key].labels is not None:
        return ""
    return _arithmetic(emitter, step.formula, [step.query]) or ""


def computed_lookup(emitter: Emitter, step: Lookup) -> str | None:
    """A lookup with formulas as arithmetic; `None` if one of them is about names."""
    given = reduced_cases(emitter.lowered, step)
    result = emitter.lowered.columns[step.name]
    if not given.operands or not given.has_formulas:
        return None
    if len(given.cases) == 1 and isinstance(given.cases[0].outcome, Operand):
        [operand] = given.operands
        if emitter.literals(operand) == emitter.literals(step.name):
            return emitter.variables[operand]
    outcomes = [_outcome(emitter, given, case) for case in given.cases]
    known = [outcome for outcome in outcomes if outcome is not None]
    if len(known) < len(outcomes):
        return None
    *others, text = known
    for outcome, case in zip(others[::-1], given.cases[-2::-1], strict=True):
        rest = f"({text})" if " if " in text else text
        text = f"{outcome} if {_condition(emitter, given, case)} else {rest}"
    if result.labels is None:
        return text
    labels = [string(label) for label in result.labels]
    table = listed(labels) if len(labels) <= MAX_ENTRIES else emitter.long_list(step.name, labels)
    return f"{table}[{text}]"


def _outcome(emitter: Emitter, given: Cases, case: Case) -> str | None:
    if isinstance(case.outcome, int):
        return str(case.outcome)
    return _arithmetic(emitter, case.outcome, given.operands)


def _arithmetic(emitter: Emitter, formula: Expression, operands: Sequence[str]) -> str | None:
    columns = [emitter.lowered.columns[name] for name in operands]
    total = total_division(formula, [(column.values[0], column.values[-1]) for column in columns])
    named = any(columns[index].labels is not None for index in operands_read(formula))
    if named or total is None:
        return None
    names = [emitter.variables[name] for name in operands]
    text = written(total, names.__getitem__, _form, "magnitude({})")
    for helper in _HELPERS:
        if f"{helper}(" in text:
            emitter.use(helper)
    return text


def _form(binary: Binary) -> Form:
    return _FORMS[binary.operator]


def _condition(emitter: Emitter, given: Cases, case: Case) -> str:
    operands = zip(given.operands, given.universes, case.patterns, strict=True)
    tests = [_among(emitter.variables[n], u, p) for n, u, p in operands if p is not None]
    return tests[0] if len(tests) == 1 else f"({' and '.join(tests)})"


def _among(name: str, universe: Universe, chosen: ValueSet) -> str:
    """Whether a value is in a set, in parentheses."""
    if not universe.ordered:
        words = [string(str(value)) for value in universe.members(chosen)]
        return f"({name} == {words[0]})" if len(words) == 1 else f"({name} in {listed(words)})"
    tests = []
    for low, high in chosen:
        least, most = universe.values[low], universe.values[high]
        if low == high:
            tests.append(f"({name} == {least})")
        elif low == 0 or high == len(universe) - 1:
            tests.append(f"({name} <= {most})" if low == 0 else f"({name} >= {least})")
        else:
            tests.append(f"(({name} >= {least}) and ({name} <= {most}))")
    return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"
