"""What is computed the same way is computed once."""

from tests.passes.cases import becomes, left_alone


def test_equal_operations_are_one() -> None:
    becomes(
        "merge-equal",
        """
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %t = select.all(query=%tokens, key=%tokens) {"<pad>" => "<pad>", "a" => "a", "b" => "b",
          "c" => "c", "<s>" => "<s>"}
        %n2 = aggregate(%t, %ones) : num<0..5>
        %label = classify {%n: [0, 1, -1, 0], %n2: [1, 0, 0, 0]} : label<@label>
        """,
        """
        %ones = ones : num<1..1>
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5> from "n", "n2"
        %label = classify {
            %n: [0, 1, -1, 0],
            %n: [1, 0, 0, 0]
          } : label<@label>
        """,
    )


def test_tables_are_equal_whatever_the_order_of_their_cases() -> None:
    becomes(
        "merge-equal",
        """
        %m = lookup(%tokens) {"a" => 1, "b" => 2, _ => 0} : cat<@value>
        %k = lookup(%tokens) {"b" => 2, "a" => 1, _ => 0} : cat<@value>
        %label = lookup(%m, %k) {(1, 1) => "x", _ => "y"} : label<@label>
        """,
        """
        %m = lookup(%tokens) {"a" => 1, "b" => 2, _ => 0} : cat<@value> from "m", "k"
        %label = lookup(%m, %m) {(1, 1) => "x", _ => "y"} : label<@label>
        """,
    )


def test_heads_that_see_other_positions_are_two() -> None:
    left_alone(
        "merge-equal",
        """
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %t = select.all causal(query=%tokens, key=%tokens) where key == query
        %m = aggregate(%t, %ones) : num<0..5>
        %label = classify {%n: [0, 1, -1, 0], %m: [1, 0, 0, 0]} : label<@label>
        """,
    )
