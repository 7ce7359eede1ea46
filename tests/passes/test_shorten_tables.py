"""Tables become the shortest decision lists that are found."""

from tests.passes.cases import after, body, left_alone, parse

NODES = """
%label = lookup(%tokens, %positions) {("a", 1) => "x", ("a", 2) => "x", ("a", 3) => "x",
  ("a", 4) => "x", ("a", 0) => "x", _ => "y"} : label<@label>
"""


def test_tables_are_shortened() -> None:
    now = after("shorten-tables", NODES)
    assert body(now).splitlines()[-1] == (
        '%label = lookup(%tokens, %positions) {("a", _) => "x", _ => "y"} : label<@label>'
    )


def test_tables_over_more_entries_than_allowed_are_left_alone() -> None:
    left_alone("shorten-tables{entries=24}", NODES)
    assert body(after("shorten-tables{entries=25}", NODES)) != body(parse(NODES))


def test_short_tables_are_left_alone() -> None:
    left_alone("shorten-tables", '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>')
