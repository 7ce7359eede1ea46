"""The answer becomes a formula of numbers, or a staircase of counts."""

from tests.passes.cases import assert_kept, left_alone
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_node
from tpc.ir.program import Program
from tpc.passes.pipelines import optimise, parse_pipeline

HEAD = """tpir 1.0
domain @token = ["<pad>", "0", "1", "2", "<s>"]
domain @position = 0..5
domain @label = ["<pad>", "0", "1", "2", "3"]
max_length 6
language unscored "<s>", ["0", "1", "2"]{1..5}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
"""


def after(nodes: str) -> Program:
    passes = parse_pipeline("synthesise-answer")
    program = parse_program(f"{HEAD}{nodes}\n  return %label\n}}\n")
    found = optimise(program, passes=passes, verify_each=True).program
    assert_kept(program, found, passes)
    return found


def test_a_table_of_two_counts_is_a_formula() -> None:
    cases = ", ".join(
        f'({a}, {b}) => "{min(a // b, 3)}"' for a in range(7) for b in range(1, 7) if a // b
    )
    now = after(f"""
  %same = select.all(query=%tokens, key=%tokens) where key == query
  %count = aggregate(%same, %ones) : num<1..6>
  %zeros = select.all(query=%tokens, key=%tokens) {{_ => "0"}}
  %count_0 = aggregate(%zeros, %ones) : num<0..6>
  %label = lookup(%count_0, %count) {{{cases}, _ => "0"}} : label<@label>""")
    assert "%count_0 // %count" in print_node(now, now.by_name["number"])


def test_sorting_is_a_staircase_of_counts() -> None:
    now = after("""
  %zeros = select.all(query=%tokens, key=%tokens) {_ => "0"}
  %count_0 = aggregate(%zeros, %ones) : num<0..6>
  %one_s = select.all(query=%tokens, key=%tokens) {_ => "1"}
  %count_1 = aggregate(%one_s, %ones) : num<0..6>
  %label = classify never ["<pad>"] {
    %positions: {0 => [0, 0, 0, 0, -9], 1 => [0, 0, 1, 2, -9], 2 => [0, 0, 3, 6, -9],
      3 => [0, 0, 5, 10, -9], 4 => [0, 0, 7, 14, -9], 5 => [0, 0, 9, 18, -9]},
    %count_0: [0, 0, -2, -4, 0],
    %count_1: [0, 0, 0, -2, 0]
  } : label<@label>""")
    assert "(%count_0 < %positions) + (%up_to_1 < %positions)" in print_node(
        now, now.by_name["number"]
    )


def test_classes_that_are_no_numbers_are_left_alone() -> None:
    left_alone(
        "synthesise-answer",
        '%label = lookup(%positions) {1 => "x", 2 => "y", _ => "z"} : label<@label>',
    )
