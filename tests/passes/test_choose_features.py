"""The label is computed from as few variables as possible."""

from tests.passes.cases import after, becomes, left_alone
from tpc.ir.nodes import Classify

VARIABLES = """
%s = select.all(query=%tokens, key=%tokens) where key == query
%n = aggregate(%s, %ones) : num<0..5>
%m = lookup(%tokens, %positions) {("a", 1) => 1, _ => 0} : cat<@value>
"""


def test_a_label_that_is_a_function_of_one_variable_becomes_a_table() -> None:
    becomes(
        "choose-features",
        VARIABLES
        + """
        %label = classify {
          %ones: [0, 3.5, 2.25, 0],
          %n: [0, -1, 0.25, 0.125],
          %m: {_ => [0.5, 0.5, 0.5, 0.5]}
        } : label<@label>
        """,
        """
        %ones = ones : num<1..1>
        %s = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%s, %ones) : num<0..5>
        %label = lookup(%n) {1 => "x", _ => "y"} : label<@label>
        """,
    )


def test_weights_become_small_integers() -> None:
    rows = ", ".join(
        f'"{token}" => [0, {weight}, {1 - weight}, 0.1]'
        for token, weight in (("a", 0.9), ("b", 0.2), ("c", 0.3))
    )
    positions = ", ".join(f"{i} => [0, {0.17 * i}, {0.29}, {0.13 * i}]" for i in range(5))
    now = after(
        "choose-features",
        f"""{VARIABLES}
        %label = classify {{
          %tokens: {{{rows}, _ => [0, 0, 0, 0]}},
          %positions: {{{positions}}},
          %n: [0, 0.21, -0.3, 0.17]
        }} : label<@label>
        """,
    )
    node = now.by_name["label"]
    if isinstance(node, Classify):
        weights = [w for feature in node.features for row in feature.rows for w in row]
        assert all(w.is_integer() and 0 <= w < 100 for w in weights)


def test_what_is_no_shorter_is_left_alone() -> None:
    left_alone("choose-features", '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>')
