"""Values that no reader distinguishes become one."""

from tests.passes.cases import becomes, left_alone


def test_values_that_are_not_distinguishable_are_one() -> None:
    becomes(
        "merge-values",
        """
        %m = lookup(%tokens) {"a" => 0, "b" => 1, "c" => 2, _ => 3} : cat<@value>
        %label = lookup(%m, %ones) {(0 | 2, _) => "x", _ => "z"} : label<@label>
        """,
        """
        %positions = positions : cat<@position>
        %ones = ones : num<1..1>
        %m = lookup(%tokens) {"a" => 0, "b" => 1, "c" => 0, _ => 1} : cat<@value> from none
        %label = lookup(%m, %ones) {(0 | 2, _) => "x", _ => "z"} : label<@label>
        """,
    )


def test_a_case_that_says_what_the_default_says_goes() -> None:
    becomes(
        "prune,merge-values",
        """
        %m = lookup(%tokens) {"a" => 0, "b" => 1, "c" => 2, _ => 3} : cat<@value>
        %label = lookup(%m) {0 => "x", 1 | 2 => "z", _ => "z"} : label<@label>
        """,
        """
        %m = lookup(%tokens) {"a" => 0, _ => 1} : cat<@value> from none
        %label = lookup(%m) {0 => "x", 1..2 => "z", _ => "z"} : label<@label>
        """,
    )


def test_values_that_one_reader_distinguishes_stay() -> None:
    left_alone(
        "merge-values",
        """
        %m = lookup(%tokens) {"a" => 0, "b" => 1, "c" => 2, _ => 3} : cat<@value>
        %s = select.all(query=%m, key=%m) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %label = lookup(%m, %n) {(0 | 2, _) => "x", (_, 1) => "z", _ => "y"} : label<@label>
        """,
    )
