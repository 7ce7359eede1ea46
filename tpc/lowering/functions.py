"""Functions of one variable, in the forms that a reader would have written.

What a function is (a shift, a few branches, intervals, a dictionary) is recognised here. How a form
is spelled, and which of several is the shortest there, is for each target to say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal, TypeAlias

from tpc.ir.types import ValueSet, size, value_set
from tpc.lowering.formulas import Computed
from tpc.lowering.lowered import Lowered

#: What tables lead to: a value, nothing (a predicate that no key satisfies), a row of weights, or
#: a ranking of values.
Outcome: TypeAlias = "str | int | float | tuple[Outcome, ...] | None"

#: How many different outcomes a conditional expression may distinguish.
_MOST_BRANCHES = 3


@dataclass(frozen=True)
class Universe:
    """The values that a column can have, ascending; sets are intervals of indices into them."""

    values: tuple[str | int, ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def ordered(self) -> bool:
        """Whether the values are numbers, so that they can be compared."""
        return isinstance(self.values[0], int)

    @property
    def counted(self) -> bool:
        """Whether the values are 0, 1, 2 and so on."""
        return self.values == tuple(range(len(self)))

    def members(self, chosen: ValueSet) -> tuple[str | int, ...]:
        """The values of a set."""
        return tuple(v for low, high in chosen for v in self.values[low : high + 1])

    def complement(self, chosen: ValueSet) -> ValueSet:
        """The other values."""
        edges = [(-1, -1), *chosen, (len(self), len(self))]
        gaps = ((a[1] + 1, b[0] - 1) for a, b in pairwise(edges))
        return tuple((low, high) for low, high in gaps if low <= high)


@dataclass(frozen=True)
class Function:
    """What each value of a variable leads to; `None` where it leads to nothing.

    Args:
        universe: The values.
        outcomes: Of each.
        formula: How the program computes outcomes; some of them may be others all the same.
    """

    universe: Universe
    outcomes: tuple[Outcome, ...]
    formula: Computed | None = None

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
        return all(_same(value, outcome) for value, outcome in self.items())

    def items(self) -> list[tuple[str | int, Outcome]]:
        """Values with their outcomes."""
        return list(zip(self.universe.values, self.outcomes, strict=True))

    def sets(self) -> dict[Outcome, ValueSet]:
        """The values of each outcome, in the order of their first values."""
        groups: dict[Outcome, list[int]] = {}
        for index, outcome in enumerate(self.outcomes):
            groups.setdefault(outcome, []).append(index)
        return {outcome: value_set(indices) for outcome, indices in groups.items()}


def universe(lowered: Lowered, name: str) -> Universe:
    """The values that a column of categories or integers can have, as users see them."""
    column = lowered.columns[name]
    return Universe(tuple(column.value(index) for index in column.values))


def function(
    lowered: Lowered, name: str, outcome: Callable[[int], Outcome], formula: Computed | None = None
) -> Function:
    """A function of a column's values, given as one of their indices."""
    outcomes = tuple(outcome(index) for index in lowered.columns[name].values)
    return Function(universe(lowered, name), outcomes, formula)


# Forms.


@dataclass(frozen=True)
class Clamped:
    """`max(least, min(value + shift, most))`, the identity if there is nothing to do.

    Args:
        shift: What is added.
        least: The lower bound, `None` where none applies.
        most: The upper bound, likewise.
        as_text: Whether the outcome is the number written as a string.
    """

    shift: int = 0
    least: int | None = None
    most: int | None = None
    as_text: bool = False


@dataclass(frozen=True)
class Constant:
    """One outcome, whatever the value."""

    outcome: Outcome


@dataclass(frozen=True)
class Branches:
    """A few outcomes, each with the values that lead to it."""

    cases: tuple[tuple[Outcome, ValueSet], ...]


@dataclass(frozen=True)
class Intervals:
    """One outcome more than there are bounds: each bound is the least value of the next."""

    bounds: tuple[str | int, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Indexed:
    """The values are 0, 1, 2 and so on: outcomes in their order."""

    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class Dictionary:
    """Outcomes by value.

    Args:
        entries: Values and outcomes.
        rest: What values without an entry lead to: there are none (`absent`), to nothing, to the
            value itself, or to `default`.
        default: For `rest` `default`.
    """

    entries: tuple[tuple[str | int, Outcome], ...]
    rest: Literal["absent", "nothing", "itself", "default"]
    default: Outcome = None


@dataclass(frozen=True)
class Replaced:
    """Some values lead to one outcome, all others to themselves."""

    values: ValueSet
    outcome: Outcome


@dataclass(frozen=True)
class Formula:
    """The outcome is computed from the value, which is the formula's operand 0."""

    computed: Computed


Form: TypeAlias = (
    Formula | Clamped | Constant | Branches | Intervals | Indexed | Dictionary | Replaced
)


def forms(function: Function) -> Iterator[Form]:
    """The forms that a function has, those that say most about it first."""
    clamped = _clamped(function)
    if clamped is not None:
        yield clamped
    if function.formula is not None and _follows(function, function.formula):
        yield Formula(function.formula)
    if function.constant:
        yield Constant(function.outcomes[0])
        return
    sets = function.sets()
    if len(sets) <= _MOST_BRANCHES:
        yield Branches(tuple(sets.items()))
    if not function.partial and function.universe.ordered:
        yield _intervals(function)
    if not function.partial and function.universe.counted:
        yield Indexed(function.outcomes)
    yield from _dictionaries(function)
    yield from _replaced(function)


def _follows(function: Function, formula: Computed) -> bool:
    """Whether a formula gives every outcome."""
    try:
        return all(formula.of([value]) == outcome for value, outcome in function.items())
    except ZeroDivisionError:
        return False


def _same(value: str | int, outcome: Outcome) -> bool:
    return type(value) is type(outcome) and value == outcome


def _clamped(function: Function) -> Clamped | None:
    """The identity, or a shift of integers between bounds."""
    if function.identity:
        return Clamped()
    if not function.universe.ordered or function.constant:
        return None
    numbers, as_text = _integers(function.outcomes)
    if numbers is None:
        return None
    values = list(map(int, function.universe.values))
    first, last = numbers[0] - values[0], numbers[-1] - values[-1]
    least, most = min(numbers), max(numbers)
    # Between both bounds the outcome rises with the value.
    rising = next((o - v for v, o in zip(values, numbers, strict=True) if o > least), 0)
    for found in (
        Clamped(first, as_text=as_text),
        Clamped(first, most=most, as_text=as_text),
        Clamped(last, least=least, as_text=as_text),
        Clamped(rising, least, most, as_text),
    ):
        if [_clamp(value, found) for value in values] == numbers:
            return found
    return None


def _clamp(value: int, form: Clamped) -> int:
    shifted = value + form.shift
    shifted = shifted if form.most is None else min(shifted, form.most)
    return shifted if form.least is None else max(shifted, form.least)


def _integers(outcomes: tuple[Outcome, ...]) -> tuple[list[int] | None, bool]:
    """The outcomes as integers if they are, and whether they are written as strings."""
    if all(type(outcome) is int for outcome in outcomes):
        return [outcome for outcome in outcomes if isinstance(outcome, int)], False
    texts = [outcome for outcome in outcomes if isinstance(outcome, str)]
    numbers = [int(text) for text in texts if text.isdecimal() and text.isascii()]
    written = len(texts) == len(outcomes) and list(map(str, numbers)) == texts
    return (numbers if written else None), True


def _intervals(function: Function) -> Intervals:
    runs = [
        (next(run)[0], outcome) for outcome, run in groupby(function.items(), lambda item: item[1])
    ]
    bounds, outcomes = [value for value, _ in runs[1:]], [outcome for _, outcome in runs]
    return Intervals(tuple(bounds), tuple(outcomes))


def _replaced(function: Function) -> Iterator[Replaced]:
    """The value itself, or one outcome."""
    other = [index for index, item in enumerate(function.items()) if not _same(*item)]
    outcomes = {function.outcomes[index] for index in other}
    if not function.partial and len(other) < len(function.universe) and len(outcomes) == 1:
        yield Replaced(value_set(other), outcomes.pop())


def _dictionaries(function: Function) -> Iterator[Dictionary]:
    """Outcomes by value; the value itself, or a frequent outcome, may be left out."""
    items = tuple(function.items())
    if function.partial:
        yield Dictionary(tuple(item for item in items if item[1] is not None), "nothing")
        return
    other = tuple(item for item in items if not _same(*item))
    if len(other) <= len(items) // 2:
        yield Dictionary(other, "itself")
        return
    yield Dictionary(items, "absent")
    sets = function.sets()
    default = max(sets, key=lambda outcome: size(sets[outcome]))
    yield Dictionary(tuple(item for item in items if item[1] != default), "default", default)
