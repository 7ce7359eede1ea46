"""Functions of one variable as the shortest expression that a reader would have written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from backends.python.conditions import Universe, condition
from backends.python.literals import Outcome, cost, literal, tuple_of
from tpc.ir.values import ValueSet, value_set

#: How many different outcomes a conditional expression may tell apart.
_MOST_BRANCHES = 3

#: Outcomes longer than this, rows of weights as a rule, are not written amid conditions.
_MOST_WIDE = 24


@dataclass(frozen=True)
class Table:
    """What each value of a variable leads to; `None` where it leads to nothing."""

    universe: Universe
    outcomes: tuple[Outcome, ...]

    @property
    def constant(self) -> bool:
        """Whether every value has the same outcome."""
        return len(set(self.outcomes)) == 1

    @property
    def partial(self) -> bool:
        """Whether some value leads to nothing."""
        return None in self.outcomes

    @property
    def identity(self) -> bool:
        """Whether every value leads to itself."""
        return all(_same(v, o) for v, o in zip(self.universe.values, self.outcomes, strict=True))

    def items(self) -> list[tuple[str | int, Outcome]]:
        """Values with their outcomes."""
        return list(zip(self.universe.values, self.outcomes, strict=True))

    def sets(self) -> dict[Outcome, ValueSet]:
        """The values of each outcome, in the order of their first values."""
        groups: dict[Outcome, list[int]] = {}
        for index, outcome in enumerate(self.outcomes):
            groups.setdefault(outcome, []).append(index)
        return {outcome: value_set(indices) for outcome, indices in groups.items()}


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


def render(table: Table, variable: str) -> Rendered:
    """The cheapest way to write the outcome as an expression of the variable."""
    return min(_candidates(table, variable), key=lambda candidate: candidate.cost)


def _candidates(table: Table, variable: str) -> Iterator[Rendered]:
    """Formulas first: of two ways equally long the first is taken."""
    for text in _formulas(table, variable):
        yield _plain(text)
    if table.constant:
        yield _plain(literal(table.outcomes[0]))
        return
    sets = table.sets()
    if len(sets) <= _MOST_BRANCHES and all(len(literal(o)) <= _MOST_WIDE for o in sets):
        yield _plain(_branches(table, variable, sets))
    if not table.partial:
        if table.universe.ordered:
            yield _by_bounds(table, variable)
        if table.universe.values == tuple(range(len(table.universe))):
            yield Rendered(lambda n: f"{n['']}[{variable}]", (("", tuple_of(table.outcomes)),))
    yield _dictionary(table, variable)


def _plain(text: str) -> Rendered:
    return Rendered(lambda _: text)


# Arithmetic.


def _same(value: str | int, outcome: Outcome) -> bool:
    return type(value) is type(outcome) and value == outcome


def _formulas(table: Table, variable: str) -> Iterator[str]:
    if table.identity:
        yield variable
    if not table.universe.ordered or table.constant:
        return
    numbers = _integers(table)
    if numbers is None:
        return
    outcomes, as_text = numbers
    for text in _arithmetic(list(map(int, table.universe.values)), outcomes, variable):
        yield f"str({text})" if as_text else text


def _integers(table: Table) -> tuple[list[int], bool] | None:
    """The outcomes as integers, and whether they are written as strings."""
    if all(type(outcome) is int for outcome in table.outcomes):
        return [int(outcome) for outcome in table.outcomes if isinstance(outcome, int)], False
    texts = [outcome for outcome in table.outcomes if isinstance(outcome, str)]
    if len(texts) != len(table.outcomes):
        return None
    numbers = [int(text) for text in texts if text.isdecimal() and text.isascii()]
    return (numbers, True) if list(map(str, numbers)) == texts else None


def _arithmetic(values: list[int], outcomes: list[int], variable: str) -> Iterator[str]:
    first, last = outcomes[0] - values[0], outcomes[-1] - values[-1]
    least, most = min(outcomes), max(outcomes)
    if [value + first for value in values] == outcomes:
        yield _shifted(variable, first)
    elif [min(value + first, most) for value in values] == outcomes:
        yield f"min({_shifted(variable, first)}, {most})"
    elif [max(value + last, least) for value in values] == outcomes:
        yield f"max({_shifted(variable, last)}, {least})"
    else:
        # Between both bounds the outcome rises with the value.
        delta = next((o - v for v, o in zip(values, outcomes, strict=True) if o > least), 0)
        if [max(least, min(value + delta, most)) for value in values] == outcomes:
            yield f"max({least}, min({_shifted(variable, delta)}, {most}))"


def _shifted(variable: str, delta: int) -> str:
    if delta == 0:
        return variable
    return f"{variable} {'+' if delta > 0 else '-'} {abs(delta)}"


# Cases.


def _branches(table: Table, variable: str, sets: dict[Outcome, ValueSet]) -> str:
    """`a if ... else b if ... else c`, the longest condition left out."""
    tests = [(o, condition(variable, table.universe, chosen)) for o, chosen in sets.items()]
    rest = max(reversed(tests), key=lambda test: cost(test[1]))
    text = "".join(f"{literal(o)} if {test} else " for o, test in tests if o != rest[0])
    return text + literal(rest[0])


def _by_bounds(table: Table, variable: str) -> Rendered:
    """The outcomes of the intervals between bounds."""
    runs = [
        (next(run)[0], outcome) for outcome, run in groupby(table.items(), lambda item: item[1])
    ]
    bounds = tuple_of([value for value, _ in runs[1:]])
    outcomes = tuple_of([outcome for _, outcome in runs])
    return Rendered(
        lambda n: f"{n['']}[bisect({n['_BOUNDS']}, {variable})]",
        (("_BOUNDS", bounds), ("", outcomes)),
        (("bisect", "bisect"),),
    )


def _dictionary(table: Table, variable: str) -> Rendered:
    """Outcomes by value; a frequent one may be left to the default of `get`."""
    items = table.items()
    if table.partial:
        known = [item for item in items if item[1] is not None]
        return Rendered(lambda n: f"{n['']}.get({variable})", (("", _display(known)),))
    full = Rendered(lambda n: f"{n['']}[{variable}]", (("", _display(items)),))
    other = [item for item in items if not _same(*item)]
    if len(other) <= len(items) // 2:
        return Rendered(lambda n: f"{n['']}.get({variable}, {variable})", (("", _display(other)),))
    counts = [(sum(o == other for _, other in items), o) for o in table.sets()]
    default = max(counts, key=lambda pair: pair[0])[1]
    short = _display([item for item in items if item[1] != default])
    text = literal(default)
    brief = Rendered(lambda n: f"{n['']}.get({variable}, {text})", (("", short),))
    return min(full, brief, key=lambda candidate: candidate.cost)


def _display(items: list[tuple[str | int, Outcome]]) -> str:
    return "{" + ", ".join(f"{value!r}: {literal(outcome)}" for value, outcome in items) + "}"
