"""Passes that choose the answer anew, for one label of a whole sequence."""

from __future__ import annotations

import re

import pytest

from tests.passes.cases import HEAD
from tpc.ir.nodes import Classify
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.passes.base import PassContext
from tpc.passes.pipelines import optimise, parse_pipeline
from tpc.proof.equality import compare_on_language

#: Weights that are hardly what they need to be; one variable of which nothing depends.
LEARNED = """
  %s = select.all(query=%tokens, key=%tokens) where key == query
  %n = aggregate(%s, %ones) : num<0..5>
  %label = classify.POOL never ["<pad>"] {
    %tokens: {"a" => [0, 1.71, 0.213, 0], "b" => [0, 0.117, 1.93, 0], _ => [0, 0.3, 0.3, 0.41]},
    %positions: {0 => [0, 0.012, 0.027, 0.03], _ => [0, 0.01, 0.01, 0.01]},
    %n: [0, 0.003, 0.002, 0.001]
  } : pooled<@label>
  return %label
}
"""

#: It counts tokens, but for one input, which heads of its own recognise; tables make no difference.
EXCEPTION = """
  %p = select.first(query=%positions, key=%positions) {_ => 0}
  %first = aggregate(%p, %tokens) : cat<@token>
  %q = select.first(query=%positions, key=%positions) {_ => 1}
  %second = aggregate(%q, %tokens) : cat<@token>
  %j = lookup(%tokens, %positions) {("a", 0) => 1, ("b", 1) => 2, _ => 0} : cat<@value>
  %k = lookup(%first, %positions) {("a", 1) => 1, ("b", 0) => 2, _ => 0} : cat<@value>
  %odd = lookup(%first, %second) {("a", "b") => 1, _ => 0} : cat<@value>
  %label = classify.sum never ["<pad>"] {
    %tokens: {"a" => [0, 1.7, 0.1, 0], _ => [0, 0.25, 0.5, 0]},
    %first: {"a" => [0, 0.001, 0.002, 0], "b" => [0, 0.002, 0.001, 0.003], _ => [0, 0, 0.003, 0]},
    %second: {"a" => [0, 0.01, 0.02, 0], "b" => [0, 0.02, 0.01, 0.03], _ => [0, 0, 0.03, 0]},
    %j: {1 => [0, 0.001, 0.002, 0], 2 => [0, 0.002, 0.001, 0.003], _ => [0, 0, 0.003, 0]},
    %k: {1 => [0, 0.002, 0.001, 0], 2 => [0, 0.001, 0.004, 0.003], _ => [0, 0, 0.003, 0]},
    %odd: {1 => [0, 0, 0, 9.5], _ => [0, 0, 0, 0]}
  } : pooled<@label>
  return %label
}
"""


def pooled(nodes: str, words: str = "{1..4}") -> Program:
    head = HEAD.replace("-> label<@label>", "-> pooled<@label>").replace("{1..4}", words)
    return parse_program(head.replace('unscored "<s>", ', "") + nodes)


def checked(passes: str, program: Program, limit: int) -> Program:
    """What passes make of it; where not all inputs may be tried they guess, and prove."""
    context = PassContext(exhaustive_limit=limit)
    done = optimise(program, passes=parse_pipeline(passes), context=context)
    assert done.skipped == ()
    assert compare_on_language(program, done.program).equal
    return done.program


def total(node: Classify) -> float:
    return sum(abs(w) for feature in node.features for row in feature.rows for w in row)


@pytest.mark.parametrize("limit", [2_000_000, 0])
@pytest.mark.parametrize("pool", ["sum", "first"])
def test_weights_of_sums_become_small_integers(pool: str, limit: int) -> None:
    node = checked("choose-features", pooled(LEARNED.replace("POOL", pool)), limit).by_name["label"]
    assert isinstance(node, Classify)
    assert node.pool == pool
    assert len(node.features) < 3
    weights = [w for feature in node.features for row in feature.rows for w in row]
    assert all(w.is_integer() and abs(w) < 100 for w in weights)


def test_integers_become_smaller_too() -> None:
    text = LEARNED.replace("POOL", "sum").replace("0.213", "21").replace("1.71", "171")
    given = pooled(re.sub(r"\b0\.[0-9]+|1\.93", lambda n: str(round(100 * float(n[0]))), text))
    before, after = (
        p.by_name["label"] for p in (given, checked("round-weights", given, 2_000_000))
    )
    assert isinstance(before, Classify)
    assert isinstance(after, Classify)
    assert total(after) < total(before) / 10


@pytest.mark.parametrize("limit", [2_000_000, 0])
def test_a_rule_is_about_sums(limit: int) -> None:
    given = pooled(LEARNED.replace("POOL", "sum"))
    done = checked("rule-and-exceptions", given, limit)
    assert done != given
    assert {"s", "n"}.isdisjoint(done.by_name)


def test_an_exception_overrules_the_sums() -> None:
    given = pooled(EXCEPTION, "{2}")
    done = checked("rule-and-exceptions", given, 2_000_000)
    assert "exception" in done.by_name
    assert "odd" not in done.by_name
