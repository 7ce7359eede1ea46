"""Origins are compared, not assumed."""

from tests.passes.cases import becomes, left_alone, parse
from tpc.ir.printer import print_node
from tpc.passes.base import PassContext
from tpc.passes.recover_origins import RecoverOrigins


def test_an_origin_that_was_lost_is_found_again() -> None:
    nodes = """
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5> from "num_attn_0_0"
        %label = lookup(%n) {1 => "x", _ => "y"} : label<@label>
    """
    program = parse(nodes)
    lost = program.replace(nodes=parse(nodes.replace('"num_attn_0_0"', "none")).nodes)
    done = RecoverOrigins().run(lost, PassContext(original=program)).program
    assert 'from "num_attn_0_0"' in print_node(done, done.by_name["n"])


def test_variables_that_are_equal_on_the_language_have_the_same_origins() -> None:
    """What a table gives at `<s>`, which is not scored, is not compared."""
    becomes(
        "prune,recover-origins",
        """
        %m = lookup(%tokens) {"a" => 1, _ => 2} : cat<@value> from "m"
        %k = lookup(%tokens) {"a" => 1, "<s>" => 3, _ => 2} : cat<@value> from "k"
        %j = lookup(%tokens) {"a" => 1, "b" => 0, _ => 2} : cat<@value>
        %label = lookup(%m, %k, %j) {(1, 1, 1) => "x", _ => "y"} : label<@label>
        """,
        """
        %m = lookup(%tokens) {"a" => 1, _ => 2} : cat<@value> from "m", "k"
        %k = lookup(%tokens) {"a" => 1, "<s>" => 3, _ => 2} : cat<@value> from "k", "m"
        %j = lookup(%tokens) {"a" => 1, "b" => 0, _ => 2} : cat<@value>
        %label = lookup(%m, %k, %j) {(1, 1, 1) => "x", _ => "y"} : label<@label>
        """,
    )


def test_variables_of_one_origin_each_are_left_alone() -> None:
    left_alone(
        "recover-origins",
        """
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %label = lookup(%n) {1 => "x", 2 => "z", _ => "y"} : label<@label>
        """,
    )
