"""A network that nearly follows a rule is said as the rule and its exceptions."""

from tests.passes.cases import HEAD, after, body, left_alone
from tpc.ir.parser import parse_program
from tpc.passes.pipelines import optimise, parse_pipeline

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


def test_tokens_may_be_called_like_the_names_of_counts() -> None:
    """`3` is token 2, and `+`, which is named by its number, is token 3."""
    text = f"{HEAD}{NEARLY_A_RULE}\n  return %label\n}}\n"
    for letter, token in {"a": "same", "b": "3", "c": "+"}.items():
        text = text.replace(f'"{letter}"', f'"{token}"')
    passes = parse_pipeline("rule-and-exceptions{most=3}")
    done = optimise(parse_program(text), passes=passes, verify_each=True)
    assert "%count_same_2 = " in body(done.program)
