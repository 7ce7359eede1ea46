"""Functions of one variable as the shortest expression that a reader would have written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tpc.backends.python.conditions import condition
from tpc.backends.python.literals import cost, literal, tuple_of
from tpc.lowering.functions import (
    Branches,
    Clamped,
    Constant,
    Dictionary,
    Form,
    Function,
    Indexed,
    Intervals,
    Outcome,
    Universe,
    forms,
)

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


def render(function: Function, variable: str) -> Rendered:
    """The cheapest way to write the outcome as an expression of the variable.

    Of two ways equally long the first is taken.
    """
    return min(_candidates(function, variable), key=lambda candidate: candidate.cost)


def _candidates(function: Function, variable: str) -> Iterator[Rendered]:
    for form in forms(function):
        wide = isinstance(form, Branches) and any(
            len(literal(outcome)) > _MOST_WIDE for outcome, _ in form.cases
        )
        if not wide:
            yield _rendered(form, variable, function.universe)


def _rendered(form: Form, variable: str, universe: Universe) -> Rendered:
    match form:
        case Clamped():
            return _plain(clamped(form, variable))
        case Constant(outcome):
            return _plain(literal(outcome))
        case Branches():
            return _plain(_branches(form, variable, universe))
        case Intervals(bounds, outcomes):
            return Rendered(
                lambda n: f"{n['']}[bisect({n['_BOUNDS']}, {variable})]",
                (("_BOUNDS", tuple_of(bounds)), ("", tuple_of(outcomes))),
                (("bisect", "bisect"),),
            )
        case Indexed(outcomes):
            return Rendered(lambda n: f"{n['']}[{variable}]", (("", tuple_of(outcomes)),))
        case Dictionary():
            return _dictionary(form, variable)


def _plain(text: str) -> Rendered:
    return Rendered(lambda _: text)


def clamped(form: Clamped, variable: str) -> str:
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


def _branches(form: Branches, variable: str, universe: Universe) -> str:
    """`a if ... else b if ... else c`, the longest condition left out."""
    tests = [(o, condition(variable, universe, chosen)) for o, chosen in form.cases]
    rest = max(reversed(tests), key=lambda test: cost(test[1]))
    text = "".join(f"{literal(o)} if {test} else " for o, test in tests if o != rest[0])
    return text + literal(rest[0])


def _dictionary(form: Dictionary, variable: str) -> Rendered:
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


def _display(entries: tuple[tuple[str | int, Outcome], ...]) -> str:
    inside = ", ".join(f"{value!r}: {literal(outcome)}" for value, outcome in entries)
    return "{" + inside + "}"
