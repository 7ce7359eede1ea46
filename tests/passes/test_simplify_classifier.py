"""Weights that cannot make a difference leave the classifier, bit for bit."""

from tests.passes.cases import becomes, left_alone


def test_constants_zeros_and_unreachable_rows_go() -> None:
    becomes(
        "simplify-classifier",
        """
        %m = lookup(%tokens) {_ => 2} : cat<@value>
        %label = classify never ["<pad>"] {
          %m: {0 => [1, 2, 3, 0], 1 => [0, 0, 0, 0], 2 => [5, 4, 4, 0], 3 => [1, 1, 1, 0]},
          %positions: {_ => [7, 0, 0, 0]},
          %tokens: {"<pad>" => [1, 1, 1, 1], "a" => [0, 1, 0, 0], _ => [0, 0, 1, 0]}
        } : label<@label>
        """,
        """
        %ones = ones : num<1..1>
        %label = classify never ["<pad>"] {
            %ones: [0, 4, 4, 0],
            %tokens: {
              "a" => [0, 1, 0, 0],
              _ => [0, 0, 1, 0]
            }
          } : label<@label>
        """,
    )


def test_weights_are_not_added_up() -> None:
    """Sums of binary64 depend on their order; `fold-features` is for that."""
    left_alone(
        "simplify-classifier",
        """
        %label = classify {
          %tokens: {"a" => [0, 0.1, 0, 0], "b" => [0, 0, 2, 0], _ => [0, 0, 0, 1]},
          %ones: [0, 0.5, 0, 0],
          %tokens: {"a" => [0, 0.2, 0, 0], "b" => [0, 0, 2, 0], _ => [0, 0, 0, 1]}
        } : label<@label>
        """,
    )


def test_answers_by_a_table_are_left_alone() -> None:
    nodes = '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>'
    left_alone("simplify-classifier", nodes)
