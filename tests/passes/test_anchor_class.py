"""Weights are shifted so that one class and the most frequent rows get 0."""

from tests.passes.cases import after, left_alone
from tpc.ir.nodes import Classify


def test_one_class_and_the_most_frequent_rows_get_0() -> None:
    now = after(
        "assume-language,anchor-class",
        """
        %label = classify {
          %tokens: {"b" => [0, 2, 5, 0], _ => [0, 1, 3, 0]},
          %positions: {1 => [0, 7, 0, 1], 2 => [0, 1, 0, 1], 3 => [0, 2, 0, 2], _ => [0, 0, 0, 3]}
        } : label<@label>
        """,
    )
    node = now.by_name["label"]
    assert isinstance(node, Classify)
    assert all(row[0] == 0 for feature in node.features for row in feature.rows)
    tokens = next(feature for feature in node.features if feature.variable == "tokens")
    assert [any(row) for row in tokens.rows] == [False, False, True, False, False]


def test_few_weights_that_are_no_integers_are_left_alone() -> None:
    left_alone(
        "anchor-class",
        """
        %label = classify {
          %tokens: {"a" => [0.5, 0.25, 0, 0], _ => [0, 0, 0.5, 0]}
        } : label<@label>
        """,
    )


def test_answers_by_a_table_are_left_alone() -> None:
    left_alone("anchor-class", '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>')
