"""Tables and predicates become formulas where these are shorter."""

from tests.passes.cases import after, left_alone
from tpc.ir.printer import print_node

#: A reversal, its table of positions written out.
REVERSAL = """
%last = select.all(query=%tokens, key=%tokens) {_ => "<s>"}
%count = aggregate(%last, %ones) : num<0..5>
%here = select.first(query=%tokens, key=%tokens) {_ => "c"}
%c = aggregate(%here, %positions) : cat<@position>
%mirror = lookup(%c, %positions) {
  (1, 1) => 0, (2, 1) => 1, (3, 1) => 2, (4, 1) => 3, (2, 2) => 0, (3, 2) => 1, (4, 2) => 2,
  (3, 3) => 0, (4, 3) => 1, (1, 2) => 1, (1, 3) => 2, (1, 4) => 3, (2, 3) => 1, (2, 4) => 2,
  (0, 1) => 1, (0, 2) => 2, (0, 3) => 3, (0, 4) => 4, (3, 4) => 1, _ => 0
} : cat<@position>
%there = select.first(query=%mirror, key=%positions) {
  0 => 0, 1 => 1, 2 => 2, 3 => 3, 4 => 4
}
%read = aggregate(%there, %tokens) : cat<@token>
%label = lookup(%read, %count) {("a", _) => "x", ("b", _) => "y", (_, _) => "z"} : label<@label>
"""


def test_a_table_of_differences_is_a_difference() -> None:
    now = after("synthesise-formulas", REVERSAL)
    assert "abs(%c - %positions)" in print_node(now, now.by_name["mirror"])
    assert print_node(now, now.by_name["there"]).endswith("where key == query")


def test_a_key_is_a_quotient_of_the_query() -> None:
    now = after(
        "synthesise-formulas",
        """
        %half = select.first(query=%positions, key=%positions) {0..1 => 0, 2..3 => 1, 4 => 2}
        %read = aggregate(%half, %tokens) : cat<@token>
        %label = lookup(%read) {"a" => "x", "b" => "y", _ => "z"} : label<@label>
        """,
    )
    assert print_node(now, now.by_name["half"]).endswith("where key == query // 2")


def test_a_query_that_decides_nothing_is_not_computed() -> None:
    now = after(
        "synthesise-formulas",
        """
        %odd = lookup(%tokens, %positions) {("a", 1) => 2, ("b", 3) => 1, _ => 0} : cat<@value>
        %first = select.first(query=%odd, key=%tokens) {0..3 => "b"}
        %place = aggregate(%first, %positions) : cat<@position>
        %label = lookup(%place) {0 => "x", 1 => "y", _ => "z"} : label<@label>
        """,
    )
    assert "odd" not in now.by_name


def test_tables_without_a_formula_stay() -> None:
    left_alone(
        "synthesise-formulas",
        """
        %odd = lookup(%tokens, %positions) {("a", 1) => 2, ("b", 3) => 1, _ => 0} : cat<@value>
        %label = lookup(%odd) {0 => "x", 1 => "y", _ => "z"} : label<@label>
        """,
    )
