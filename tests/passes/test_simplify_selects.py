"""Predicates lose what cannot be found, and fixed choices are read directly."""

from tests.passes.cases import after, becomes, left_alone
from tpc.ir.printer import print_node

LABEL = """
%n = aggregate(%s, %ones) : num<0..5>
%label = classify {%n: [0, 1, -1, 0], %tokens: {_ => [0, 0, 1, 0]}} : label<@label>
"""


def select(nodes: str) -> str:
    """What becomes of the select `%s`."""
    now = after("simplify-selects", nodes + LABEL)
    return print_node(now, now.by_name["s"])


def test_a_predicate_keeps_what_can_be_found() -> None:
    found = select(
        "%s = select.all causal(query=%positions, key=%positions) {0..1 => 2, 2..4 => 1}"
    )
    assert found == "%s = select.all causal(query=%positions, key=%positions) {2..4 => 1}"


def test_an_offset_is_recognised() -> None:
    found = select(
        "%s = select.all(query=%positions, key=%positions) {1 => 0, 2 => 1, 3 => 2, 4 => 3}"
    )
    assert found == "%s = select.all(query=%positions, key=%positions) where key == query - 1"


def test_a_head_that_takes_its_own_position_is_its_value() -> None:
    becomes(
        "simplify-selects",
        """
        %s = select.first(query=%positions, key=%positions) where key == query
        %own = aggregate(%s, %tokens) : cat<@token>
        %label = lookup(%own) {"a" => "x", _ => "y"} : label<@label>
        """,
        '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>',
    )


def test_a_head_that_may_take_another_position_stays() -> None:
    left_alone(
        "simplify-selects",
        """
        %s = select.first(query=%tokens, key=%tokens) where key == query
        %first = aggregate(%s, %positions) : cat<@position>
        %label = lookup(%first) {0 => "x", _ => "y"} : label<@label>
        """,
    )


def test_keys_of_other_words_are_no_offset() -> None:
    """That "b" comes after "a" in the vocabulary means nothing."""
    found = select('%s = select.all(query=%tokens, key=%tokens) {"a" => "b", "b" => "c"}')
    assert found == '%s = select.all(query=%tokens, key=%tokens) {"a" => "b", "b" => "c"}'
