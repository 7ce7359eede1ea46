"""Functions of one variable, and sets of its values, as a reader would have written them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tpc.backends.python.formulas import outcome_of
from tpc.backends.python.literals import cost, literal, set_of, tuple_of
from tpc.ir.types import ValueSet
from tpc.lowering import functions as forms

#: Numbers with more values than this are compared, not listed.
_MOST_LISTED = 64


def condition(variable: str, universe: forms.Universe, chosen: ValueSet) -> str:
    """An expression that holds for the chosen values; neither none nor all of them are chosen."""
    others = universe.complement(chosen)
    options = []
    if not universe.ordered or len(universe) <= _MOST_LISTED:
        options.append(_among(variable, universe.members(chosen), "==", "in"))
        options.append(_among(variable, universe.members(others), "!=", "not in"))
    if universe.ordered:
        intervals = (_interval(variable, universe, low, high) for low, high in chosen)
        options.append(" or ".join(intervals))
        if len(others) == 1:
            options.append(f"not {_interval(variable, universe, *others[0])}")
    return min(options, key=cost)


def conjunction(conditions: Sequence[str]) -> str:
    """All of them hold."""
    if len(conditions) == 1:
        return conditions[0]
    return " and ".join(f"({text})" if " or " in text else text for text in conditions)


def _among(variable: str, values: Sequence[str | int], one: str, several: str) -> str:
    if len(values) == 1:
        return f"{variable} {one} {values[0]!r}"
    return f"{variable} {several} {set_of(values)}"


def _interval(variable: str, universe: forms.Universe, low: int, high: int) -> str:
    least, most = universe.values[low], universe.values[high]
    if low == high:
        return f"{variable} == {least}"
    if low == 0:
        return f"{variable} <= {most}"
    if high == len(universe) - 1:
        return f"{variable} >= {least}"
    return f"{least} <= {variable} <= {most}"


#: Outcomes longer than this, rows of weights as a rule, are not written amid conditions.
_MOST_WIDE = 24


@dataclass(frozen=True)
class Rendered:
    """An expression, and the constants that it needs: right-hand sides by suffix of their name."""

    expression: Callable[[Mapping[str, str]], str]
    constants: tuple[tuple[str, str], ...] = ()
    imports: tuple[tuple[str, str], ...] = ()

    @property
    def cost(self) -> int:
        """Tokens, definitions included."""
        names = {suffix: "NAME" for suffix, _ in self.constants}
        return cost(self.expression(names)) + sum(2 + cost(text) for _, text in self.constants)


def render(function: forms.Function, variable: str) -> Rendered:
    """The cheapest way to write the outcome as an expression of the variable.

    Of two ways equally long the first is taken.
    """
    return min(_candidates(function, variable), key=lambda candidate: candidate.cost)


def _candidates(function: forms.Function, variable: str) -> Iterator[Rendered]:
    for form in forms.forms(function):
        wide = isinstance(form, forms.Branches) and any(
            len(literal(outcome)) > _MOST_WIDE for outcome, _ in form.cases
        )
        if not wide:
            yield _rendered(form, variable, function.universe)


def _rendered(form: forms.Form, variable: str, universe: forms.Universe) -> Rendered:
    match form:
        case forms.Clamped():
            return _plain(clamped(form, variable))
        case forms.Formula(found):
            return _plain(outcome_of(found, lambda _: variable))
        case forms.Constant(outcome):
            return _plain(literal(outcome))
        case forms.Branches():
            return _plain(_branches(form, variable, universe))
        case forms.Intervals(bounds, outcomes):
            return Rendered(
                lambda n: f"{n['']}[bisect({n['_BOUNDS']}, {variable})]",
                (("_BOUNDS", tuple_of(bounds)), ("", tuple_of(outcomes))),
                (("bisect", "bisect"),),
            )
        case forms.Indexed(outcomes):
            return Rendered(lambda n: f"{n['']}[{variable}]", (("", tuple_of(outcomes)),))
        case forms.Dictionary():
            return _dictionary(form, variable)
        case forms.Replaced(values, outcome):
            others = condition(variable, universe, universe.complement(values))
            kept = f"{variable} if {others} else {literal(outcome)}"
            test = condition(variable, universe, values)
            return _plain(min(kept, f"{literal(outcome)} if {test} else {variable}", key=cost))


def _plain(text: str) -> Rendered:
    return Rendered(lambda _: text)


def clamped(form: forms.Clamped, variable: str) -> str:
    """A shift between bounds."""
    text = shifted(variable, form.shift)
    if form.most is not None:
        text = f"min({text}, {form.most})"
    if form.least is not None and form.most is not None:
        text = f"max({form.least}, {text})"
    elif form.least is not None:
        text = f"max({text}, {form.least})"
    return f"str({text})" if form.as_text else text


def shifted(variable: str, shift: int) -> str:
    """A number with a constant added."""
    return variable if shift == 0 else f"{variable} {'+' if shift > 0 else '-'} {abs(shift)}"


def _branches(form: forms.Branches, variable: str, universe: forms.Universe) -> str:
    """`a if ... else b if ... else c`, the longest condition left out."""
    tests = [(o, condition(variable, universe, chosen)) for o, chosen in form.cases]
    rest = max(reversed(tests), key=lambda test: cost(test[1]))
    text = "".join(f"{literal(o)} if {test} else " for o, test in tests if o != rest[0])
    return text + literal(rest[0])


def _dictionary(form: forms.Dictionary, variable: str) -> Rendered:
    """Outcomes by value; others are left to the default of `get`."""
    constants = (("", _display(form.entries)),)
    if form.rest == "absent":
        return Rendered(lambda n: f"{n['']}[{variable}]", constants)
    default = {
        "nothing": "",
        "itself": f", {variable}",
        "default": f", {literal(form.default)}",
    }[form.rest]
    return Rendered(lambda n: f"{n['']}.get({variable}{default})", constants)


def _display(entries: tuple[tuple[str | int, forms.Outcome], ...]) -> str:
    inside = ", ".join(f"{value!r}: {literal(outcome)}" for value, outcome in entries)
    return "{" + inside + "}"
