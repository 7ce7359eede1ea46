"""Variables that are positions of the input, whatever the input is."""

import pytest

from tpc.ir.parser import parse_program
from tpc.lowering import lower
from tpc.lowering.places import is_place

PROGRAM = """tpir 1.1
domain @token = ["<pad>", "a", "b"]
domain @position = 0..4
domain @label = ["<pad>", "a"]
max_length 5
language ["a", "b"]{1..5}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %s = select.first(query=%tokens, key=%tokens) where key == query
  %place = aggregate(%s, %positions) : cat<@position>
  %c = select.first causal(query=%tokens, key=%tokens) where key == query
  %before = aggregate(%c, %positions) : cat<@position>
  %x = lookup(%place, %positions) {_ => FORMULA} : cat<@position>
  %label = lookup(%x, %before) {_ => "a"} : label<@label>
  return %label
}
"""


@pytest.mark.parametrize(
    ("formula", "inside"),
    [
        ("abs(%place - %positions)", True),
        ("min(%place, 3)", True),
        ("%place // 2", True),
        ("max(%place - %positions, 0)", True),
        ("min(%place + 1, 4)", False),
        ("max(%place, 1)", False),
    ],
)
def test_a_formula_of_places_may_be_a_place(formula: str, *, inside: bool) -> None:
    lowered = lower(parse_program(PROGRAM.replace("FORMULA", formula)))
    assert is_place(lowered, "x", so_far=False) is inside
    assert not is_place(lowered, "x", so_far=True)


def test_only_causal_heads_stay_behind() -> None:
    lowered = lower(parse_program(PROGRAM.replace("FORMULA", "%place")))
    assert is_place(lowered, "before", so_far=True)
    assert is_place(lowered, "positions", so_far=True)
    assert is_place(lowered, "place", so_far=False)
    assert not is_place(lowered, "place", so_far=True)
    assert not is_place(lowered, "tokens", so_far=False)
