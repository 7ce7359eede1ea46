"""Values, tables and functions of one variable as JavaScript."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

from tpc.backends.javascript.formulas import outcome_of
from tpc.ir.numbers import format_float
from tpc.ir.printer import quote
from tpc.ir.types import ValueSet
from tpc.lowering import functions
from tpc.lowering.functions import Function, Outcome, Universe

#: Lists are on one line up to this length, and tables better than longer conditions.
_WIDTH, _READABLE = 90, 40


def comment(text: str) -> str:
    """Lines of text as comments."""
    printable = "".join(c if c.isprintable() or c == "\n" else quote(c)[1:-1] for c in text)
    return "\n".join(f"// {line}".rstrip() for line in _harmless(printable).split("\n"))


def _harmless(text: str) -> str:
    """Text of strings and comments that does not end a page's `<script>` around it."""
    return re.sub(r"<(?=/?script|!--)", r"\\x3C", text, flags=re.IGNORECASE)


def literal(value: object) -> str:
    """A value, a list or table of values, or `null` for nothing."""
    if isinstance(value, str):
        return _harmless(quote(value))
    if isinstance(value, tuple | list):
        return enclosed("[", map(literal, value), "]")
    if isinstance(value, dict):
        # No word finds what other objects inherit.
        properties = (f"{key(name)}: {literal(found)}" for name, found in value.items())
        return enclosed("{ ", ["__proto__: null", *properties], " }")
    assert isinstance(value, int | float | None), "nothing else is written"
    return "null" if value is None else format_float(float(value))


def key(name: str | int) -> str:
    """The name of a property in an object literal, where a plain `__proto__` is none."""
    return '["__proto__"]' if name == "__proto__" else literal(name)


def enclosed(opening: str, items: Iterable[str], closing: str) -> str:
    """A list on one line if that is short; else what is nested or called has a line of its own."""
    items = list(items)
    line = opening + ", ".join(items) + closing
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    nested = any(item[-1] in ")]}" for item in items)
    count = 1 if nested else max(1, _WIDTH // (max(map(len, items)) + 2))
    lines = [", ".join(items[k : k + count]) + ",\n" for k in range(0, len(items), count)]
    return f"{opening.strip()}\n{textwrap.indent(''.join(lines), '  ')}{closing.strip()}"


def condition(universe: Universe, chosen: ValueSet, argument: str) -> str:
    """Whether a value is in a set, in the shortest form."""
    others = universe.members(universe.complement(chosen))
    texts = [_among(others, argument, "!=="), _among(universe.members(chosen), argument, "===")]
    if universe.ordered and len(chosen) == 1:
        low, high = chosen[0]
        bounds = [f"{argument} >= {universe.values[low]}"] * (low > 0)
        bounds += [f"{argument} <= {universe.values[high]}"] * (high < len(universe) - 1)
        texts.append(" && ".join(bounds))
    return min(texts, key=len)


def _among(values: Sequence[str | int], argument: str, equality: str) -> str:
    if len(values) == 1:
        return f"{argument} {equality} {literal(values[0])}"
    listed = ", ".join(map(literal, values))
    return f"{'!' * (equality == '!==')}[{listed}].includes({argument})"


def application(function: Function, argument: str) -> tuple[object, str]:
    """A table, if one is read, and text behind it: the shortest form of a function's outcome."""
    found = [_applied(form, function.universe, argument) for form in functions.forms(function)]
    return min(found, key=lambda parts: len(literal(parts[0])) + len(parts[1]) ** 2 / _READABLE)


def _applied(form: functions.Form, universe: Universe, argument: str) -> tuple[object, str]:
    match form:
        case functions.Clamped():
            return None, clamped(form, argument)
        case functions.Formula(found):
            return None, outcome_of(found, lambda _: argument)
        case functions.Constant(outcome):
            return None, literal(outcome)
        case functions.Branches(cases):
            tests = [(condition(universe, chosen, argument), o) for o, chosen in cases]
            return None, _chain(sorted(tests, key=lambda test: len(test[0])))
        case functions.Intervals(bounds, outcomes):
            lower = [f"{argument} < {bound}" for bound in bounds]
            return None, _chain(list(zip([*lower, ""], outcomes, strict=True)))
        case functions.Indexed(outcomes):
            return outcomes, f"[{argument}]"
        case functions.Dictionary(entries, rest, default):
            others = {"absent": "", "itself": f" ?? {argument}", "nothing": " ?? null"}
            return dict(entries), f"[{argument}]{others.get(rest, f' ?? {literal(default)}')}"
        case functions.Replaced(values, outcome):
            test = condition(universe, values, argument)
            return None, f"{test} ? {literal(outcome)} : {argument}"


def _chain(tests: Sequence[tuple[str, Outcome]]) -> str:
    """The outcome of the first test that holds, or the last."""
    texts = [f"{test} ? {literal(outcome)} : " for test, outcome in tests[:-1]]
    return "".join(texts) + literal(tests[-1][1])


def clamped(form: functions.Clamped, argument: str) -> str:
    """A number plus a shift, between bounds."""
    text = argument + f" {'-' if form.shift < 0 else '+'} {abs(form.shift)}" * bool(form.shift)
    text = text if form.most is None else f"Math.min({text}, {form.most})"
    text = text if form.least is None else f"Math.max({text}, {form.least})"
    return f"String({text})" if form.as_text else text
