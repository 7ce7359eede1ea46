"""Learned weights become small integers as long as no label of the language changes."""

from __future__ import annotations

from tests.passes.cases import HEAD, after, becomes, left_alone
from tpc.ir.nodes import Classify
from tpc.ir.parser import parse_program
from tpc.passes.pipelines import optimise, parse_pipeline

WEIGHTS = """
%label = classify {
  %tokens: {"a" => [0, 0.31, 0.1, 0.1], "b" => [0, 0, 0.977, 0.2], _ => [0, 0, 0.13, 0.52]}
} : label<@label>
"""


def test_weights_become_the_smallest_integers() -> None:
    becomes(
        "round-weights",
        WEIGHTS,
        """
        %positions = positions : cat<@position>
        %ones = ones : num<1..1>
        %label = classify {
            %tokens: {
              "<pad>" | "c" | "<s>" => [0, 0, 0, 1],
              "a" => [0, 1, 0, 0],
              "b" => [0, 0, 1, 0]
            }
          } : label<@label>
        """,
    )


def test_weights_are_as_large_as_the_labels_need() -> None:
    """`z` wins from the second `b` on, `x` with three other tokens or more: 2 and 1.25 to one."""
    now = after(
        "round-weights",
        """
        %b = select.all(query=%tokens, key=%tokens) { _ => "b" }
        %bs = aggregate(%b, %ones) : num<0..5>
        %same = select.all(query=%tokens, key=%tokens) where key == query
        %n = aggregate(%same, %ones) : num<0..5>
        %label = classify {
          %bs: [0, 0, 0, 0.301], %n: [0, 0, 0.1999, 0], %ones: [0, 0.35, 0, 0]
        } : label<@label>
        """,
    )
    node = now.by_name["label"]
    assert isinstance(node, Classify)
    weights = {abs(w) for feature in node.features for row in feature.rows for w in row}
    assert all(weight.is_integer() for weight in weights)
    assert 1 < max(weights) <= 10


def test_features_that_decide_nothing_lose_their_weights() -> None:
    now = after(
        "round-weights,simplify-classifier,prune",
        WEIGHTS.replace("} :", ", %positions: {1 => [0, 0.01, 0, 0], _ => [0, 0, 0.02, 0]}} :"),
    )
    node = now.by_name["label"]
    assert isinstance(node, Classify)
    assert [feature.variable for feature in node.features] == ["tokens"]


def test_one_label_for_a_whole_sequence() -> None:
    pooled = "label<@label> {", "pooled<@label> {"
    text = HEAD.replace(*pooled) + WEIGHTS.replace("classify", "classify.sum").replace(
        ": label<", ": pooled<"
    )
    program = parse_program(f"{text}\n  return %label\n}}\n")
    done = optimise(program, passes=parse_pipeline("round-weights"), verify_each=True).program
    node = done.by_name["label"]
    assert isinstance(node, Classify)
    assert all(w.is_integer() for feature in node.features for row in feature.rows for w in row)


def test_what_is_whole_or_no_classifier_is_left_alone() -> None:
    left_alone("round-weights", '%label = lookup(%tokens) {"a" => "x", _ => "y"} : label<@label>')
    left_alone(
        "round-weights",
        '%label = classify {%tokens: {"a" => [0, 70, 3, 0], _ => [0, 0, 50, 0]}} : label<@label>',
    )


def test_a_language_that_is_too_large_is_named() -> None:
    text = HEAD.replace("max_length 5", "max_length 200").replace("{1..4}", "{1..199}")
    program = parse_program(text.replace("0..4", "0..199") + WEIGHTS + "  return %label\n}\n")
    done = optimise(program, passes=parse_pipeline("round-weights"))
    assert done.program == program
    assert done.skipped[0].startswith("round-weights: the input language has about 10^95 strings")
