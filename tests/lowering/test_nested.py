"""Nested tables: words are keys, numbers are indices."""

from __future__ import annotations

from tests.lowering.columns import lowered_with, number, word
from tpc.ir.nodes import Case
from tpc.lowering import Lookup
from tpc.lowering.cases import Cases, reduced_cases
from tpc.lowering.nested import can_be_nested, nested, nested_entries


def cases(low: int = 0) -> Cases:
    columns = number("n", low, 3, (1 + low, 3)), word("w", (0, 2))
    listed = (Case((((3, 3),), ((2, 2),)), 7), Case((None, ((0, 0),)), 5), Case((None, None), 6))
    return reduced_cases(lowered_with(*columns), Lookup("x", ("n", "w"), listed))


def test_numbers_that_do_not_occur_are_filled_in() -> None:
    row = {"a": 5, "c": 6}
    assert nested(cases(), (0, 1), int) == [row, row, row, {"a": 5, "c": 7}]
    assert nested(cases(), (1, 0), str) == {"a": ["5"] * 4, "c": ["6", "6", "6", "7"]}
    assert nested_entries(cases()) == 8


def test_negative_numbers_are_no_indices() -> None:
    assert can_be_nested(cases())
    assert not can_be_nested(cases(-2))
