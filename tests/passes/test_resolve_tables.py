"""Tables and heads become plainer where new weights make up for it."""

from tests.passes.cases import after, left_alone
from tests.passes.test_drop_cases import WEIGHTED_HEAD, WEIGHTED_TABLE
from tpc.ir.printer import print_node


def test_tables_are_made_plainer_where_new_weights_make_up_for_it() -> None:
    now = after("resolve-tables", WEIGHTED_TABLE)
    assert print_node(now, now.by_name["m"]).startswith(
        "%m = lookup(%tokens, %positions) {(_, 1) => 1, _ => 0} : "
    )


def test_heads_are_made_plainer_where_new_weights_make_up_for_it() -> None:
    now = after("resolve-tables", WEIGHTED_HEAD)
    assert print_node(now, now.by_name["s"]).endswith("{0..4 => 0}")


def test_weights_that_are_no_integers_are_left_alone() -> None:
    """They are the network's own: `choose-features` comes first."""
    left_alone("resolve-tables", WEIGHTED_TABLE.replace("[0, 4, 0, 0]", "[0, 4.5, 0, 0]"))


def test_a_classifier_of_tokens_and_positions_alone_has_no_tables() -> None:
    left_alone(
        "resolve-tables",
        """
        %label = classify {
          %tokens: {"b" => [0, 2, 0, 0], "c" => [0, 3, 0, 0], _ => [0, 0, 1, 0]},
          %positions: {1 => [0, 4, 0, 0], 2 => [0, 0, 5, 0], _ => [0, 0, 0, 0]}
        } : label<@label>
        """,
    )
