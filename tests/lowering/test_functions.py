"""Functions of one variable: every form gives the outcomes, and the most telling comes first."""

from __future__ import annotations

from bisect import bisect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lowering.columns import lowered_with, number, word
from tpc.ir import expressions
from tpc.ir.types import contains
from tpc.lowering.formulas import Computed
from tpc.lowering.functions import (
    Branches,
    Clamped,
    Constant,
    Dictionary,
    Form,
    Formula,
    Function,
    Indexed,
    Intervals,
    Outcome,
    Replaced,
    Universe,
    forms,
    function,
    universe,
)


def value_of(form: Form, values: tuple[str | int, ...], value: str | int) -> Outcome:
    """What a form leads to, as its docstring has it."""
    match form:
        case Clamped(shift, least, most, as_text):
            if isinstance(value, str):
                assert form == Clamped()
                return value
            shifted = value + shift
            shifted = shifted if most is None else min(shifted, most)
            shifted = shifted if least is None else max(shifted, least)
            return str(shifted) if as_text else shifted
        case Constant(outcome):
            return outcome
        case Branches(cases):
            place = values.index(value)
            [outcome] = [outcome for outcome, chosen in cases if contains(chosen, place)]
            return outcome
        case Intervals(bounds, outcomes):
            return outcomes[bisect(list(map(int, bounds)), int(value))]
        case Indexed(outcomes):
            return outcomes[int(value)]
        case Replaced(chosen, outcome):
            return outcome if contains(chosen, values.index(value)) else value
        case Formula(computed):
            return computed.of([value])
        case Dictionary(entries, rest, default):
            assert rest != "absent" or len(entries) == len(values)
            other = {"nothing": None, "itself": value, "default": default}
            return (
                dict(entries)[value] if rest == "absent" else dict(entries).get(value, other[rest])
            )


OUTCOMES = st.integers(-1, 3) | st.sampled_from(["a", "b", "1", "2"]) | st.none()


@given(st.data())
def test_every_form_gives_the_outcomes(data: st.DataObject) -> None:
    numbers = st.lists(st.integers(-3, 9), min_size=1, max_size=6, unique=True).map(sorted)
    texts = st.lists(st.sampled_from("abcd12"), min_size=1, max_size=6, unique=True)
    values: tuple[str | int, ...] = tuple(data.draw(numbers | texts))
    outcomes = data.draw(st.lists(OUTCOMES, min_size=len(values), max_size=len(values)))
    found = list(forms(Function(Universe(values), tuple(outcomes))))
    assert found
    for form in found:
        assert [value_of(form, values, value) for value in values] == outcomes, form


@pytest.mark.parametrize(
    ("outcomes", "form"),
    [
        ((0, 1, 2, 3, 4), Clamped()),
        ((2, 3, 4, 5, 6), Clamped(2)),
        (("1", "2", "3", "4", "5"), Clamped(1, as_text=True)),
        ((0, 1, 2, 2, 2), Clamped(most=2)),
        ((1, 1, 1, 2, 3), Clamped(-1, least=1)),
        ((2, 2, 3, 4, 4), Clamped(1, 2, 4)),
        ((7, 7, 7, 7, 7), Constant(7)),
        (("a", "b", "b", "a", "a"), Branches((("a", ((0, 0), (3, 4))), ("b", ((1, 2),))))),
        ((9, 9, 5, 6, 0), Intervals((2, 3, 4), (9, 5, 6, 0))),
    ],
)
def test_the_most_telling_form_comes_first(outcomes: tuple[Outcome, ...], form: Form) -> None:
    assert next(forms(Function(Universe(tuple(range(5))), outcomes))) == form


def test_dictionaries_leave_out_what_goes_without_saying() -> None:
    def last(outcomes: tuple[Outcome, ...]) -> Form:
        found = forms(Function(Universe(("a", "b", "c", "d")), outcomes))
        return [form for form in found if isinstance(form, Dictionary)][-1]

    assert last(("a", "b", "c", "x")) == Dictionary((("d", "x"),), "itself")
    assert last((1, 2, 2, 3)) == Dictionary((("a", 1), ("d", 3)), "default", 2)
    assert last((1, None, 2, 3)) == Dictionary((("a", 1), ("c", 2), ("d", 3)), "nothing")


def test_few_values_may_be_replaced() -> None:
    whole = Universe(("a", "b", "c", "d"))
    assert Replaced(((3, 3),), "x") in forms(Function(whole, ("a", "b", "c", "x")))


def test_a_formula_is_a_form_where_it_gives_every_outcome() -> None:
    computed = Computed(expressions.Binary("-", expressions.Constant(7), expressions.Operand(0)))
    whole = Universe((0, 1, 2))
    assert Formula(computed) in forms(Function(whole, (7, 6, 5), computed))
    assert Formula(computed) not in forms(Function(whole, (7, 6, 4), computed))


def test_columns_are_seen_as_users_see_them() -> None:
    lowered = lowered_with(word("w", (1, 3)), number("n", 0, 5, (2, 4)))
    assert universe(lowered, "w").values == ("b", "d")
    assert not universe(lowered, "w").ordered
    numbers = universe(lowered, "n")
    assert numbers.ordered
    assert not numbers.counted
    assert numbers.members(numbers.complement(((0, 0),))) == (4,)
    assert function(lowered, "w", lambda index: index * 10).items() == [("b", 10), ("d", 30)]
