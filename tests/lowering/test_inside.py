"""Variables that are positions of the input, whatever the input is."""

import pytest

from tpc.ir.parser import parse_program
from tpc.lowering import lower
from tpc.lowering.inside import is_inside

PROGRAM = """tpir 1.1
domain @token = ["<pad>", "a", "b"]
domain @position = 0..4
domain @label = ["<pad>", "a"]
max_length 5
language ["a", "b"]{1..5}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %s = select.first(query=%tokens, key=%tokens) where key == query
  %at = aggregate(%s, %positions) : cat<@position>
  %c = select.first causal(query=%tokens, key=%tokens) where key == query
  %before = aggregate(%c, %positions) : cat<@position>
  %x = lookup(%at, %positions) {_ => FORMULA} : cat<@position>
  %label = lookup(%x, %before) {_ => "a"} : label<@label>
  return %label
}
"""


@pytest.mark.parametrize(
    ("formula", "inside"),
    [
        ("abs(%at - %positions)", True),
        ("min(%at, 3)", True),
        ("%at // 2", True),
        ("max(%at - %positions, 0)", True),
        ("min(%at + 1, 4)", False),
        ("max(%at, 1)", False),
    ],
)
def test_a_formula_of_positions_may_be_one(formula: str, *, inside: bool) -> None:
    lowered = lower(parse_program(PROGRAM.replace("FORMULA", formula)))
    assert is_inside(lowered, "x", so_far=False) is inside
    assert not is_inside(lowered, "x", so_far=True)


def test_only_causal_heads_stay_behind() -> None:
    lowered = lower(parse_program(PROGRAM.replace("FORMULA", "%at")))
    assert is_inside(lowered, "before", so_far=True)
    assert is_inside(lowered, "positions", so_far=True)
    assert is_inside(lowered, "at", so_far=False)
    assert not is_inside(lowered, "at", so_far=True)
    assert not is_inside(lowered, "tokens", so_far=False)
