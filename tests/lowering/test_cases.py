"""Cases over the values that occur: the same outcomes, and nothing that cannot matter."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lowering.columns import first_case, lowered_with, number, total_cases, word
from tpc.ir.nodes import Case
from tpc.lowering import Lookup
from tpc.lowering.cases import Cases, can_be_nested, nested, nested_entries, reduced_cases

COLUMNS = [number("n", 0, 6, (0, 2, 3, 6)), number("m", 3, 8), word("w"), word("v", (1, 3))]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_the_first_case_decides_as_before(data: st.DataObject) -> None:
    columns = data.draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3))
    lookup = Lookup("x", tuple(column.name for column in columns), data.draw(total_cases(columns)))
    found = reduced_cases(lowered_with(*COLUMNS), lookup)
    assert len(set(found.operands)) == len(found.operands)
    by_name = {column.name: column for column in columns}
    table = dict(
        zip(
            itertools.product(*(u.values for u in found.universes)), found.table().flat, strict=True
        )
    )
    for values in itertools.product(*(column.values for column in by_name.values())):
        known = dict(zip(by_name, values, strict=True))
        expected = first_case(lookup.cases, [known[name] for name in lookup.operands])
        shown = tuple(by_name[name].value(known[name]) for name in found.operands)
        assert table[shown] == expected
    if found.operands:
        assert found.regrouped().table().tolist() == found.table().tolist()
        assert found.entries == len(table)


def test_what_cannot_hold_is_gone() -> None:
    cases = (
        Case((((4, 5),), None), 1),  # Neither 4 nor 5 occurs.
        Case((((0, 2),), ((0, 4),)), 2),  # Every letter.
        Case((((3, 3),), None), 0),  # As the last.
        Case((None, None), 0),
        Case((((6, 6),), None), 1),
    )
    found = reduced_cases(lowered_with(*COLUMNS), Lookup("x", ("n", "w"), cases))
    assert found.operands == ("n",)
    assert found.cases == (Case((((0, 1),),), 2), Case((None,), 0))
    assert found.members(found.cases[0]) == [(0, 2)]
    assert found.table().tolist() == [2, 2, 0, 0]


def nested_cases(low: int = 0) -> Cases:
    columns = number("n", low, 3, (1 + low, 3)), word("w", (0, 2))
    listed = (Case((((3, 3),), ((2, 2),)), 7), Case((None, ((0, 0),)), 5), Case((None, None), 6))
    return reduced_cases(lowered_with(*columns), Lookup("x", ("n", "w"), listed))


def test_numbers_that_do_not_occur_are_filled_in() -> None:
    row = {"a": 5, "c": 6}
    assert nested(nested_cases(), (0, 1), int) == [row, row, row, {"a": 5, "c": 7}]
    assert nested(nested_cases(), (1, 0), str) == {"a": ["5"] * 4, "c": ["6", "6", "6", "7"]}
    assert nested_entries(nested_cases()) == 8


def test_negative_numbers_are_no_indices() -> None:
    assert can_be_nested(nested_cases())
    assert not can_be_nested(nested_cases(-2))
