"""Decision lists give the table's outcome wherever it matters."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tpc.ir.nodes import Case
from tpc.ir.program import outcome
from tpc.synthesis.decision_lists import ANY, decision_list


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_outcomes_are_kept(data: st.DataObject) -> None:
    shape = data.draw(
        st.one_of(
            st.lists(st.integers(1, 4), min_size=1, max_size=3),
            st.lists(st.integers(5, 9), min_size=1, max_size=1),
        )
    )
    lows = [data.draw(st.integers(-2, 2)) for _ in shape]
    size = int(np.prod(shape))
    entries = data.draw(st.lists(st.integers(ANY, 3), min_size=size, max_size=size))
    table = np.array(entries).reshape(shape)
    cases = decision_list(table, lows)
    assert cases[-1].patterns == (None,) * len(shape)
    for index in np.ndindex(*shape):
        values = tuple(i + low for i, low in zip(index, lows, strict=True))
        if table[index] != ANY:
            assert outcome(cases, values) == table[index]
    assert cases == decision_list(table, lows)


def test_overlapping_cases_of_one_operand_keep_their_order() -> None:
    table = np.array([ANY, 2, 1, 1, 2, 0, 0])
    cases = decision_list(table, [0])
    assert [outcome(cases, (value,)) for value in range(1, 7)] == [2, 1, 1, 2, 0, 0]


def test_overlapping_cases_make_the_list_shorter() -> None:
    stairs = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 1]])
    assert decision_list(stairs, [0, 0]) == (
        Case((((0, 0),), ((1, 2),)), 0),
        Case((((1, 1),), ((2, 2),)), 0),
        Case((None, None), 1),
    )


def test_gaps_that_do_not_matter_are_filled() -> None:
    table = np.array([0, ANY, 0, 1, ANY, 1, 2])
    assert decision_list(table, [10]) == (
        Case((((10, 12),),), 0),
        Case((((16, 16),),), 2),
        Case((None,), 1),
    )
