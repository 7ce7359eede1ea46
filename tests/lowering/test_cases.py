"""Cases over the values that occur: the same outcomes, and nothing that cannot matter."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lowering.columns import first_case, lowered_with, number, total_cases, word
from tpc.ir.nodes import Case
from tpc.lowering import Lookup
from tpc.lowering.cases import reduced_cases

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
        zip(itertools.product(*(u.values for u in found.universes)), found.table(), strict=True)
    )
    for values in itertools.product(*(column.values for column in by_name.values())):
        known = dict(zip(by_name, values, strict=True))
        expected = first_case(lookup.cases, [known[name] for name in lookup.operands])
        shown = tuple(by_name[name].value(known[name]) for name in found.operands)
        assert table[shown] == expected
    if found.operands:
        assert found.regrouped().table() == found.table()
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
    assert found.table() == [2, 2, 0, 0]
