"""Predicates and tables lose what changes no label of the language."""

import pytest

from tests.passes.cases import after, body, left_alone

#: Two tables that depend on each other: neither can be made plainer alone.
WEIGHTED_TABLE = """
%m = lookup(%tokens, %positions) {("a", 1) => 1, ("b", _) => 2, _ => 0} : cat<@value>
%label = classify {
  %tokens: {"b" => [0, 2, 0, 0], "c" => [0, 3, 0, 0], _ => [0, 0, 1, 0]},
  %m: {1 => [0, 4, 0, 0], 2 => [0, 0, 5, 0], _ => [0, 0, 0, 0]}
} : label<@label>
"""
WEIGHTED_HEAD = """
%s = select.first(query=%positions, key=%positions) {1 => 1, _ => 0}
%h = aggregate(%s, %tokens) : cat<@token>
%label = classify {
  %positions: {1 => [0, 4, 1, 0], 2 => [0, 0, 3, 0], _ => [0, 4, 0, 0]},
  %h: {"<s>" => [0, 0, 2, 0], _ => [0, 0, 5, 0]}
} : label<@label>
"""


def test_cases_that_change_no_label_are_dropped() -> None:
    now = after(
        "drop-cases",
        """
        %s = select.closest(query=%tokens, key=%positions) {"a" => 1, "b" => 1, "c" => 2}
        %h = aggregate(%s, %tokens) : cat<@token>
        %label = lookup(%tokens, %h) {
          ("a", "b") => "x", ("b", "b") => "x", _ => "y"
        } : label<@label>
        """,
    )
    assert '"<pad>" | "a" | "b" | "c" | "<s>" => 1' in body(now)


@pytest.mark.parametrize("nodes", [WEIGHTED_TABLE, WEIGHTED_HEAD], ids=["table", "head"])
def test_cases_that_only_other_weights_could_make_up_for_stay(nodes: str) -> None:
    left_alone("drop-cases", nodes)


def test_cases_that_matter_stay() -> None:
    left_alone(
        "drop-cases",
        """
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %label = lookup(%n, %tokens) {(1, "a") => "x", (2, _) => "z", _ => "y"} : label<@label>
        """,
    )
