"""Grids: the same outcomes as the cases, on no more rows and columns than make a difference."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lowering.columns import category, first_case, lowered_with, number, total_cases, word
from tpc.ir.nodes import Case
from tpc.lowering import Column, Lookup
from tpc.lowering.axes import Axis, Grid, grid


def reduced(cases: Sequence[Case], *columns: Column) -> Grid:
    lookup = Lookup("x", tuple(column.name for column in columns), tuple(cases))
    return grid(lowered_with(*columns), lookup)


def outcome(found: Grid, columns: Sequence[Column], values: Sequence[int]) -> int:
    known = {column.name: value for column, value in zip(columns, values, strict=True)}
    index = tuple(axis.class_of(known[axis.column.name]) for axis in found.axes)
    return int(found.outcomes[index])


COLUMNS = [number("n", 0, 9), number("m", 3, 8), category("p", 6), word("w")]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_grid_has_the_outcome_of_the_first_case(data: st.DataObject) -> None:
    columns = data.draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True))
    cases = data.draw(total_cases(columns))
    found = reduced(cases, *columns)
    assert found.outcomes.shape == tuple(axis.size for axis in found.axes)
    for values in itertools.product(*(column.type_range for column in columns)):
        assert outcome(found, columns, values) == first_case(cases, values)
    for axis in found.axes:
        assert_members(axis)


def assert_members(axis: Axis) -> None:
    """Each value is in the intervals of its class, and in no other's."""
    of_value = {
        value: index
        for index in range(axis.size)
        for low, high in axis.members(index)
        for value in range(low, high + 1)
    }
    assert of_value == {value: axis.class_of(value) for value in axis.column.type_range}


def test_an_operand_that_makes_no_difference_is_left_out() -> None:
    cases = [Case((((0, 0),), ((2, 3),)), 1), Case((((0, 0),), None), 1), Case((None, None), 0)]
    found = reduced(cases, category("p", 2), number("n", 0, 9))
    assert [axis.column.name for axis in found.axes] == ["p"]
    assert found.outcomes.tolist() == [1, 0]


def test_a_constant_has_no_axis() -> None:
    found = reduced([Case((None,), 2)], word("w"))
    assert found == Grid((), found.outcomes)
    assert found.outcomes.item() == 2


def test_values_that_are_not_distinguished_share_a_class() -> None:
    far = number("far", 0, 10**9)
    (axis,) = reduced([Case((((5, 70), (500, 10**9)),), 1), Case((None,), 0)], far).axes
    assert axis.starts == (0, 5, 71, 500)
    assert axis.classes == (0, 1, 0, 1)
    assert axis.members(0) == [(0, 4), (71, 499)]
    assert axis.members(1) == [(5, 70), (500, 10**9)]
    assert not axis.numbers_itself


def test_neighbouring_segments_of_a_class_are_one_interval() -> None:
    axis = Axis(number("n", 0, 9), (0, 3, 5, 7), (0, 1, 1, 0))
    assert axis.members(1) == [(3, 6)]
    assert axis.members(0) == [(0, 2), (7, 9)]


def test_a_short_number_numbers_its_rows_itself() -> None:
    cases = [Case((((0, 1),),), 0), Case((((2, 2),),), 1), Case((None,), 2)]
    (axis,) = reduced(cases, number("n", 0, 9)).axes
    assert axis.numbers_itself
    assert axis.starts == (0, 1, 2, 3)
    assert [axis.class_of(value) for value in (0, 1, 2, 3, 9)] == [0, 1, 2, 3, 3]


def test_a_category_numbers_its_rows_only_up_to_its_last_value() -> None:
    cases = [Case((((0, 1),),), 0), Case((((2, 2),),), 1), Case((None,), 2)]
    assert reduced(cases, category("p", 4)).axes[0].numbers_itself
    assert not reduced(cases, category("p", 9)).axes[0].numbers_itself


def test_words_have_no_number() -> None:
    cases = [Case((((0, 0),),), 0), Case((((1, 1),),), 1), Case((None,), 2)]
    (axis,) = reduced(cases, word("w")).axes
    assert axis.starts == (0, 1, 2)
    assert np.array_equal(reduced(cases, word("w")).outcomes, [0, 1, 2])
