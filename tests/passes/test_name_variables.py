"""Plain heads are called what they do."""

from tests.passes.cases import becomes, left_alone


def test_variables_are_named_and_ordered_for_the_reader() -> None:
    becomes(
        "order-nodes,name-variables",
        """
        %attn_0_0_pattern = select.closest(query=%positions, key=%positions) where key == query + 1
        %attn_0_0 = aggregate(%attn_0_0_pattern, %tokens) : cat<@token>
        %num_attn_0_0_pattern = select.all(query=%tokens, key=%tokens) where key == query
        %num_attn_0_0 = aggregate(%num_attn_0_0_pattern, %ones) : num<0..5>
        %label = lookup(%num_attn_0_0, %attn_0_0) {(1, "a") => "x", _ => "y"} : label<@label>
        """,
        """
        %positions = positions : cat<@position>
        %ones = ones : num<1..1>
        %count_same_pattern = select.all(query=%tokens, key=%tokens) where key == query
        %count_same = aggregate(%count_same_pattern, %ones) : num<0..5> from "num_attn_0_0"
        %next_token_pattern = select.closest(query=%positions, key=%positions) \
where key == query + 1
        %next_token = aggregate(%next_token_pattern, %tokens) : cat<@token> from "attn_0_0"
        %label = lookup(%count_same, %next_token) {(1, "a") => "x", _ => "y"} : label<@label>
        """,
    )


def test_counts_of_a_word_and_the_token_of_a_position_say_which() -> None:
    becomes(
        "name-variables",
        """
        %s = select.all(query=%positions, key=%tokens) {_ => "b"}
        %n = aggregate(%s, %ones) : num<0..5>
        %t = select.first(query=%positions, key=%positions) {_ => 2}
        %h = aggregate(%t, %tokens) : cat<@token>
        %label = lookup(%n, %h) {(1, "a") => "x", _ => "y"} : label<@label>
        """,
        """
        %positions = positions : cat<@position>
        %ones = ones : num<1..1>
        %count_b_pattern = select.all(query=%positions, key=%tokens) {0..4 => "b"}
        %count_b = aggregate(%count_b_pattern, %ones) : num<0..5> from "n"
        %token_2_pattern = select.first(query=%positions, key=%positions) {0..4 => 2}
        %token_2 = aggregate(%token_2_pattern, %tokens) : cat<@token> from "h"
        %label = lookup(%count_b, %token_2) {(1, "a") => "x", _ => "y"} : label<@label>
        """,
    )


def test_heads_that_no_word_describes_keep_their_names() -> None:
    left_alone(
        "name-variables",
        """
        %s = select.all(query=%tokens, key=%positions) {"a" => 1, _ => 2}
        %n = aggregate(%s, %ones) : num<0..5>
        %t = select.first(query=%tokens, key=%tokens) where key == query
        %h = aggregate(%t, %positions) : cat<@position>
        %label = lookup(%n, %h) {(1, 1) => "x", _ => "y"} : label<@label>
        """,
    )
