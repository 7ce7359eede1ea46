"""One variable of a program in plain words: what its value at a position is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tpc.explain.overview import predicate_in_words
from tpc.explain.tables import in_words, visible
from tpc.ir.expressions import Binary, Expression, Operand, parts
from tpc.ir.notation import written
from tpc.ir.program import outcome
from tpc.ir.types import ValueSet
from tpc.lowering import functions as forms
from tpc.lowering import lowered as lowering
from tpc.lowering.cases import Cases, reduced_cases
from tpc.lowering.formulas import Computed, shown_outcome
from tpc.lowering.predicates import noun, predicate, sentence

#: Cases of a table, and values of a set, that are told one by one.
_MAX_CASES, _MAX_VALUES = 8, 6

#: Characters of the branches of a table of one variable.
_MAX_TEXT = 200

#: Names of variables that are told.
_MAX_NAMES = 8

#: Forms that are said before others are tried.
_PLAIN = (forms.Clamped, forms.Constant, forms.Replaced)

#: What a variable that is another one begins with.
SAME = "the same as "

_OPAQUE = "looks for"

_COMPARISONS = ("==", "!=", "<", "<=")

#: What `sentence` says of a head, and what a person would say.
_SAID = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (r"number of positions( so far)? with the same token", r"how often its own token occurs\1"),
        (r"number of positions( so far)? with token (.+)", r"how often \2 occurs\1"),
        (r"number of positions( so far)? with (.+)", r"how many positions\1 have \2"),
        (r"number of positions( so far)? (where .+)", r"how many positions there are\1 \2"),
        (r"sum of (.+)", r"the sum of \1"),
        (
            r"position at the first position( so far)? with token (.+)",
            r"the position of the first \2\1",
        ),
        (
            r"position at the last earlier position with the same token, else its own",
            r"where its own token stood last, its own position if it is new",
        ),
        (r"position at (the .+|position .+)", r"\1"),
        (r"token at (.+)", r"the token at \1"),
        (r"(.+)", r"\1"),
    )
)


def phrase(found: lowering.Lowered, step: lowering.Step) -> str:
    """What a variable is, as the end of a sentence that begins with its name and `is`.

    Args:
        found: The program.
        step: Any of its steps but a selector.
    """
    match step:
        case lowering.Positions():
            return "the position, from 0"
        case lowering.Ones():
            return "1 at every position"
        case lowering.Embedding():
            if found.columns[step.name].kind == "real":
                return "a number that each word has"
            return f"which of {len(set(step.values)):,} classes a word is in"
        case lowering.Head():
            return _head(found, step)
        case lowering.Lookup():
            return _lookup(found, step)
        case lowering.Perceptron():
            return f"what an MLP of {names(found, step.operands)} says, which is no table"
        case lowering.Classifier():
            return _classifier(found, step)
        case _:
            raise AssertionError(f"%{step.name} is a pattern")


def names(found: lowering.Lowered, columns: Sequence[str]) -> str:
    """Columns as a list in a sentence; of many the first ones."""
    told = [noun(found, name) for name in dict.fromkeys(columns)]
    more = len(told) - _MAX_NAMES
    if more > 0:
        return f"{', '.join(told[:_MAX_NAMES])} and {more} more"
    return listed(told)


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _head(found: lowering.Lowered, step: lowering.Head) -> str:
    text = sentence(found, step, in_words)
    selector = step.selector
    if selector.rule == "score" or (known := predicate(found, selector)).nothing:
        return text
    first = known.matched.outcomes[0]
    key = noun(found, selector.key)
    if known.matched.constant and isinstance(first, str | int) and key != "token":
        text = text.replace(f"with {key} {in_words(first)}", f"where {key} is {in_words(first)}")
    table = f" {predicate_in_words(found, selector)}" if _OPAQUE in text else ""
    pattern, said = next(pair for pair in _SAID if pair[0].fullmatch(text))
    text = pattern.sub(said, text).replace(", else at the first", f"; {_first(found, step)}")
    searched = selector.single and not known.same and not found.is_positions(selector.key)
    return text + table + (f"; {_first(found, step)}" if searched else "")


def _first(found: lowering.Lowered, step: lowering.Head) -> str:
    """What a head takes where it finds nothing."""
    if found.is_positions(step.value):
        return "0 if there is none"
    what = noun(found, step.value)
    return f"the first {what} if there is none"


def _classifier(found: lowering.Lowered, step: lowering.Classifier) -> str:
    where = {
        "none": "",
        "sum": ", added up over all positions",
        "first": " at the first position",
    }[step.pool]
    variables = [feature.variable for feature in step.features]
    return f"the class with most votes of {names(found, variables) or 'nothing'}{where}"


def _lookup(found: lowering.Lowered, step: lowering.Lookup) -> str:
    cases = reduced_cases(found, step)
    if len(cases.cases) == 1:
        return _outcome(found, step, cases, -1)
    if len(cases.operands) == 1 and not cases.has_formulas:
        return _function(found, step, cases.operands[0])
    if len(cases.cases) <= _MAX_CASES:
        *special, _ = cases.cases
        told = [
            f"{_outcome(found, step, cases, index)} where {_condition(found, cases, index)}"
            for index in range(len(special))
        ]
        return "; else ".join([*told, _outcome(found, step, cases, -1)])
    outcomes = len({case.outcome for case in cases.cases})
    return (
        f"looked up in a table of {names(found, cases.operands)}: {cases.entries:,} entries, "
        f"{outcomes} outcomes"
    )


def _outcome(found: lowering.Lowered, step: lowering.Lookup, cases: Cases, index: int) -> str:
    """What a case gives."""
    case = cases.cases[index]
    if isinstance(case.outcome, int):
        always = "always " if len(cases.cases) == 1 else ""
        return always + in_words(found.columns[step.name].value(case.outcome))
    shown = shown_outcome(found, step.name, cases.operands, case)
    formula = shown.expression if isinstance(shown, Computed) else case.outcome
    return formula_in_words(formula, [noun(found, name) for name in cases.operands])


def formula_in_words(formula: Expression, operands: Sequence[str]) -> str:
    """A formula: as it is written, but for a sum of comparisons, which counts those that hold."""
    terms = list(_terms(formula))
    counts = all(map(_compares, terms))
    texts = [written(term, lambda index: operands[index]) for term in terms]
    if len(terms) > 1 and counts:
        return f"how many of these hold: {listed(texts)}"
    text = written(formula, lambda index: operands[index])
    if len(terms) > 1 and any(_compares(part) for part in parts(formula)):
        text += " (a comparison is 1 where it holds, else 0)"
    return f"{SAME}{text}" if isinstance(formula, Operand) else text


def _compares(part: Expression) -> bool:
    return isinstance(part, Binary) and part.operator in _COMPARISONS


def _terms(formula: Expression) -> Iterator[Expression]:
    """What a sum adds up; the formula itself if it is none."""
    if isinstance(formula, Binary) and formula.operator == "+":
        yield from _terms(formula.left)
        yield from _terms(formula.right)
    else:
        yield formula


def _function(found: lowering.Lowered, step: lowering.Lookup, name: str) -> str:
    """A table of one variable."""
    column = found.columns[step.name]
    fixed = {other: found.columns[other].values[0] for other in step.operands}

    def value(index: int) -> str | int:
        result = outcome(step.cases, tuple((fixed | {name: index})[o] for o in step.operands))
        assert result is not None, "tables are total"
        return column.value(result)

    function = forms.function(found, name, value)
    for form in sorted(forms.forms(function), key=lambda form: not isinstance(form, _PLAIN)):
        text = _form(form, function, noun(found, name))
        if text and len(text) <= _MAX_TEXT:
            return text
    return f"looked up in a table of {noun(found, name)}: {len(function.sets())} outcomes"


def _form(form: forms.Form, function: forms.Function, name: str) -> str:
    """A function of one variable in words; nothing where it takes too many."""
    match form:
        case forms.Clamped():
            return _clamped(form, name)
        case forms.Constant(value):
            return f"always {_shown(value)}"
        case forms.Replaced(values, value):
            where = condition(function.universe, values, "that")
            return f"{SAME}{name}, but {_shown(value)} where {where}"
        case forms.Branches() | forms.Intervals() | forms.Dictionary():
            sets = function.sets()
            told = [
                f"{_shown(value)} where {name if not index else 'it'}"
                f"{condition(function.universe, chosen, '')}"
                for index, (value, chosen) in enumerate(sets.items())
            ]
            return ", ".join(told) if len(told) <= _MAX_CASES else ""
        case _:
            return ""


def _clamped(form: forms.Clamped, name: str) -> str:
    base = name if not form.shift else f"{name} {'+' if form.shift > 0 else '-'} {abs(form.shift)}"
    if form.least is None and form.most is None:
        return f"{SAME}{base}" if not form.shift else base
    if form.least is None:
        return f"{base}, but never more than {form.most}"
    if form.most is None:
        return f"{base}, but never less than {form.least}"
    return f"{base}, but at least {form.least} and at most {form.most}"


def _condition(found: lowering.Lowered, cases: Cases, index: int) -> str:
    """When a case holds, if none before it does."""
    parts = [
        condition(universe, pattern, noun(found, name))
        for name, universe, pattern in zip(
            cases.operands, cases.universes, cases.cases[index].patterns, strict=True
        )
        if pattern is not None
    ]
    return listed(parts)


def condition(universe: forms.Universe, chosen: ValueSet, name: str) -> str:
    """`name is 2 to 8`, `name is at least 3`, `name is "a" or "b"`; of many values only some."""
    last = len(universe) - 1
    if universe.ordered and len(chosen) == 1 and chosen[0][0] != chosen[0][1]:
        low, high = (universe.values[bound] for bound in chosen[0])
        if chosen[0][1] == last and chosen[0][0] > 0:
            return f"{name} is at least {low}"
        if chosen[0][0] == 0 and chosen[0][1] < last:
            return f"{name} is at most {high}"
        return f"{name} is {low} to {high}"
    values = [in_words(value) for value in universe.members(chosen)]
    if len(values) > _MAX_VALUES:
        return f"{name} is one of {len(values):,}: {', '.join(values[:_MAX_VALUES])}, ..."
    return f"{name} is {listed(values, 'or')}"


def _shown(value: forms.Outcome) -> str:
    assert isinstance(value, str | int), "tables have values"
    return in_words(value)


def plain(values: Sequence[str]) -> str:
    """Tokens or labels with spaces between them, such as people list them."""
    return " ".join(map(visible, values))
