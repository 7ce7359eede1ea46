"""Weights of features that always go together are added up."""

from tests.passes.cases import after, left_alone
from tpc.ir.printer import print_node


def test_features_that_go_together_are_folded() -> None:
    now = after(
        "assume-language,fold-features",
        """
        %m = lookup(%tokens) {"a" => 1, _ => 0} : cat<@value>
        %label = classify {
          %tokens: {"a" => [0, 0.1, 0, 0], _ => [0, 0, 0.25, 0]},
          %ones: [0, 0.5, 0.5, 0],
          %m: {1 => [0, 0.2, 0, 0], _ => [0, 0, 0.5, 0]}
        } : label<@label>
        """,
    )
    assert print_node(now, now.by_name["label"]) == (
        "%label = classify {\n"
        "    %tokens: {\n"
        '      "a" => [0, 0.8, 0.5, 0],\n'
        "      _ => [0, 0.5, 1.25, 0]\n"
        "    }\n"
        "  } : label<@label>"
    )
    assert now.metadata["rounding"] < 1e-13


def test_integers_are_left_alone() -> None:
    """They have been chosen anew, one feature for each variable that is needed."""
    left_alone(
        "fold-features",
        """
        %label = classify {
          %tokens: {"a" => [0, 1, 0, 0], _ => [0, 0, 2, 0]},
          %ones: [0, 1, 0, 0]
        } : label<@label>
        """,
    )


def test_features_of_two_variables_stay_two() -> None:
    left_alone(
        "fold-features",
        """
        %label = classify {
          %tokens: {"a" => [0, 0.5, 0, 0], _ => [0, 0, 0.25, 0]},
          %positions: {1 => [0, 0.5, 0, 0], _ => [0, 0, 0.25, 0]}
        } : label<@label>
        """,
    )
