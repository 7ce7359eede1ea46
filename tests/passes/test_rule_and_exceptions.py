"""A network that nearly follows a rule is said as the rule and its exceptions."""

from tests.passes.cases import after, left_alone

NEARLY_A_RULE = """
%p = select.first(query=%positions, key=%positions) {_ => 1}
%first = aggregate(%p, %tokens) : cat<@token>
%q = select.first(query=%positions, key=%positions) {_ => 2}
%second = aggregate(%q, %tokens) : cat<@token>
%r = select.first(query=%positions, key=%positions) {_ => 4}
%last = aggregate(%r, %tokens) : cat<@token>
%s = select.all(query=%tokens, key=%tokens) where key == query
%n = aggregate(%s, %ones) : num<0..5>
%m = lookup(%first, %second, %last, %positions) {("c", "b", "b", 3) => 1, _ => 0} : cat<@value>
%k0 = lookup(%tokens, %positions) {_ => 0} : cat<@value>
%k1 = lookup(%k0, %first, %m) {(0, "a", 1) => 2, _ => 0} : cat<@value>
%label = lookup(%n, %m, %k1) {(_, 1, _) => "z", (1, _, _) => "x", _ => "y"} : label<@label>
"""


def test_a_rule_with_an_exception_is_written_as_such() -> None:
    now = after("rule-and-exceptions{most=3}", NEARLY_A_RULE)
    names = [node.name for node in now.nodes]
    assert "exception" in names
    assert "count_same" in names
    assert "first" not in names


def test_more_exceptions_than_allowed_are_no_rule() -> None:
    left_alone("rule-and-exceptions{most=0}", NEARLY_A_RULE)


def test_what_is_a_rule_already_is_left_alone() -> None:
    left_alone(
        "rule-and-exceptions",
        """
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %label = lookup(%n) {1 => "x", 2 => "z", _ => "y"} : label<@label>
        """,
    )
