"""Each variable stands before the first that reads it."""

from tests.passes.cases import becomes, left_alone


def test_variables_stand_where_they_are_needed() -> None:
    becomes(
        "order-nodes",
        """
        %n = lookup(%positions) {0 => 1, _ => 2} : cat<@value>
        %m = lookup(%tokens) {"a" => 1, _ => 2} : cat<@value>
        %k = lookup(%m) {1 => 2, _ => 0} : cat<@value>
        %label = lookup(%k, %n) {(2, 1) => "x", _ => "y"} : label<@label>
        """,
        """
        %positions = positions : cat<@position>
        %ones = ones : num<1..1>
        %m = lookup(%tokens) {"a" => 1, _ => 2} : cat<@value>
        %k = lookup(%m) {1 => 2, _ => 0} : cat<@value>
        %n = lookup(%positions) {0 => 1, _ => 2} : cat<@value>
        %label = lookup(%k, %n) {(2, 1) => "x", _ => "y"} : label<@label>
        """,
    )


def test_the_order_of_operands_is_the_order_of_variables() -> None:
    left_alone(
        "order-nodes",
        """
        %m = lookup(%tokens) {"a" => 1, _ => 2} : cat<@value>
        %n = lookup(%positions) {0 => 1, _ => 2} : cat<@value>
        %label = lookup(%m, %n) {(2, 1) => "x", _ => "y"} : label<@label>
        """,
    )
