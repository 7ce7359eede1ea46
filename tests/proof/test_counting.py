"""Following sums finds exactly the combinations that going through all strings finds."""

from tests.proof.by_strings import assert_exact, followed_of_random
from tpc.ir.parser import parse_program
from tpc.proof.counting import counted_columns


def test_random_programs() -> None:
    assert followed_of_random(counted_columns, max_nodes=4) > 30


def test_counts_reads_and_causal_heads() -> None:
    assert assert_exact(
        counted_columns,
        parse_program("""tpir 1.0
domain @token = ["<pad>", "a", "b", "c", "<s>"]
domain @position = 0..5
domain @label = ["x", "y"]
max_length 6
language unscored "<s>", ["a", "b", "c"]{1..5}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
  %s1 = select.all(query=%tokens, key=%tokens) where key == query
  %same = aggregate(%s1, %ones) : num<0..6>
  %s2 = select.all causal(query=%positions, key=%tokens) {0..2 => "a", _ => "b"}
  %before = aggregate(%s2, %ones) : num<0..6>
  %s3 = select.closest(query=%positions, key=%positions) {0..2 => 4, _ => 1}
  %there = aggregate(%s3, %tokens) : cat<@token>
  %label = lookup(%same, %before) {(2, _) => "x", (_, 3) => "x", _ => "y"} : label<@label>
  return %label
}
"""),
    )


def test_more_heads_than_one_integer_holds_are_not_followed() -> None:
    """The sums of all heads are digits of one number of 64 bits."""
    heads = "".join(
        f"  %s{index} = select.all(query=%tokens, key=%tokens) where key == query\n"
        f"  %n{index} = aggregate(%s{index}, %ones) : num<0..15>\n"
        for index in range(20)
    )
    program = parse_program(f"""tpir 1.0
domain @token = ["<pad>", "a", "b", "c", "<s>"]
domain @position = 0..14
domain @label = ["x", "y"]
max_length 15
language unscored "<s>", ["a", "b", "c"]{{1..14}}
program @p(%tokens: cat<@token>) -> label<@label> {{
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
{heads}  %label = lookup(%n0, %n1) {{(2, _) => "x", _ => "y"}} : label<@label>
  return %label
}}
""")
    assert counted_columns(program) is None
