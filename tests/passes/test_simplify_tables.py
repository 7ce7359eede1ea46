"""Lookups lose what cannot happen: cases, operands, and themselves."""

from tests.passes.cases import becomes, left_alone


def test_unreachable_cases_and_ignored_operands_go() -> None:
    becomes(
        "simplify-tables",
        """
        %p = select.closest(query=%positions, key=%positions) {_ => 0}
        %first = aggregate(%p, %tokens) : cat<@token>
        %m = lookup(%first, %positions) {("<pad>", 0..1) => 1, (_, 3) => 2, _ => 3} : cat<@value>
        %label = lookup(%m) {0..2 => "x", _ => "y"} : label<@label>
        """,
        """
        %positions = positions : cat<@position>
        %m = lookup(%positions) {3 => 2, _ => 3} : cat<@value>
        %label = lookup(%m) {2 => "x", _ => "y"} : label<@label>
        """,
    )


def test_identities_are_read_through() -> None:
    becomes(
        "simplify-tables",
        """
        %m = lookup(%tokens) {"a" => "a", "b" => "b", "c" => "c", _ => "<s>"} : cat<@token>
        %label = lookup(%m) {"a" | "b" => "x", _ => "y"} : label<@label>
        """,
        '%label = lookup(%tokens) {"a" | "b" => "x", _ => "y"} : label<@label>',
    )


def test_words_outside_the_language_count_until_the_contract_says_otherwise() -> None:
    nodes = '%label = lookup(%tokens) {"a" => "x", "<s>" => "z", _ => "y"} : label<@label>'
    left_alone("simplify-tables", nodes)
    becomes(
        "assume-language,simplify-tables",
        nodes,
        '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>',
    )


def test_operands_that_matter_stay() -> None:
    left_alone(
        "simplify-tables",
        """
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %label = lookup(%n, %tokens) {(1, "a") => "x", (2, _) => "z", _ => "y"} : label<@label>
        """,
    )


def test_an_operand_that_has_one_value_is_that_value_in_formulas() -> None:
    becomes(
        "simplify-tables",
        """
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %p = select.closest(query=%positions, key=%positions) {_ => 0}
        %k = aggregate(%p, %positions) : cat<@position>
        %m = lookup(%n, %k) {
          (0..3, 2) => %n // 9, (_, 0) => min(%n * (1 - %k) + %k, 3), _ => %n // 2
        } : cat<@value>
        %label = lookup(%m) {1 => "x", _ => "y"} : label<@label>
        """,
        """
        %ones = ones : num<1..1>
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %m = lookup(%n) {_ => min(%n, 3)} : cat<@value>
        %label = lookup(%m) {1 => "x", _ => "y"} : label<@label>
        """,
    )
