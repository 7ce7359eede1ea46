"""Words behind values, strongest features, and how much of heads and tables is used."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tests.conftest import MakeRun
from tpc.diagnostics import TpcError
from tpc.explain.features import Meanings, strongest_features, words_by_value
from tpc.explain.usage import usage
from tpc.frontends.run import export_run
from tpc.ir.nodes import Embed, Lookup, Select
from tpc.ir.parser import parse_program
from tpc.ir.program import Program, matched_keys
from tpc.semantics.interpreter import lookup

__all__ = ["tpc"]

CORPUS = Path(__file__).parent.parent / "corpus"

TEXT = """tpir 1.0

domain @token = ["<pad>", "<unk>", "ann", "bob", "in"]
domain @position = 0..2
domain @value = 0..3
domain @label = ["<pad>", "LOC", "ORG", "PER"]

max_length 3
language ["<unk>", "ann", "bob", "in"]{1..3}

program @names(%tokens: cat<@token>) -> label<@label> {
  %var0 = embed(%tokens) {"<pad>" | "in" => 0, "<unk>" => 3, "ann" | "bob" => 1} : cat<@value>
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
  %next_pattern = select.closest(query=%positions, key=%positions) {0 => 1, 1 => 2, 2 => 2}
  %next = aggregate(%next_pattern, %var0) : cat<@value>
  %far_pattern = select.closest(query=%var0, key=%next) {0..3 => 1}
  %far = aggregate(%far_pattern, %next) : cat<@value>
  %same_pattern = select.all(query=%var0, key=%var0) where key == query
  %same = aggregate(%same_pattern, %ones) : num<0..3>
  %mlp = lookup(%var0, %same) {(0, 1..2) => 2, (1, 3) => 3, _ => 0} : cat<@value>
  %label = classify never ["<pad>"] {
    %var0: {0 => [0, 1, 0, 0], 1 => [9, 0, 0.5, 3], 2 => [0, 0, 0, 0], 3 => [0, 0, 0, 0]},
    %far: {0 => [0, 0, 0, 0], 1 => [0, 2, 0, 0], 2 => [0, 0, 0, 0], 3 => [0, -1, 0, 0]},
    %mlp: {0..1 => [0, 0, 0, 0], 2..3 => [0, 0, 4, 0]},
    %same: [0, 0.25, 0.5, 0]
  } : label<@label>
  return %label
}
"""


@pytest.fixture
def names() -> Program:
    return parse_program(TEXT)


def test_words_behind_values(names: Program) -> None:
    assert words_by_value(names, "var0") == {
        0: ("<pad>", "in"),
        1: ("ann", "bob"),
        3: ("<unk>",),
    }
    meanings = Meanings(names)
    assert meanings.words("far", 1) == ("ann", "bob")
    assert meanings.words("tokens", 2) == ("ann",)
    assert meanings.words("mlp", 1) == ()
    assert meanings.words("positions", 1) == ()
    for variable in ("next", "varO", "label"):
        with pytest.raises(TpcError, match="no embedding variable"):
            words_by_value(names, variable)


def test_strongest_features_for_a_class(names: Program) -> None:
    found = strongest_features(names, "PER", top=2)
    assert [(f.variable, f.value, f.strength) for f in found] == [
        ("var0", 1, 2.75),
        ("far", 3, 0.5),
    ]
    assert found[0].words == ("ann", "bob")
    # <pad> is never answered, so that its weight of 9 is nothing to compare with.
    assert found[0].against == 0.25


def test_one_class_against_another(names: Program) -> None:
    found = strongest_features(names, "ORG", "LOC")
    assert [(f.variable, f.value, f.strength) for f in found[:4]] == [
        ("mlp", 2, 4),
        ("mlp", 3, 4),
        ("far", 3, 1),
        ("var0", 1, 0.5),
    ]
    assert ("same", None, 0.25) in [(f.variable, f.value, f.strength) for f in found]
    turned = strongest_features(names, "LOC", "ORG", top=100)
    assert len(turned) == 13
    assert {(f.variable, f.value, -f.strength) for f in turned} == {
        (f.variable, f.value, f.strength) for f in strongest_features(names, "ORG", "LOC", top=100)
    }


@pytest.mark.parametrize(("name", "against"), [("PRE", None), ("PER", "LCO"), ("PER", "PER")])
def test_classes_that_cannot_be_compared(names: Program, name: str, against: str | None) -> None:
    with pytest.raises(TpcError):
        strongest_features(names, name, against)


def test_usage_counts_statements_cases_and_branches(names: Program) -> None:
    found = usage(names)
    heads = {head.name: head for head in found.heads}
    assert (heads["next"].statements, heads["next"].max_statements) == (2, 3)
    assert (heads["next"].lines, heads["next"].max_lines) == (5, 7)
    assert (heads["far"].statements, heads["far"].max_statements) == (1, 4)
    assert (heads["same"].kind, heads["same"].statements) == ("numerical", 1)
    table = found.tables[0]
    assert (table.cases, table.max_cases) == (3, 16)
    assert (table.branches, table.max_branches) == (2, 4)
    assert found.to_json()["totals"] == {
        "statements": 4,
        "max_statements": 11,
        "cases": 3,
        "max_cases": 16,
        "branches": 2,
        "max_branches": 4,
    }


@pytest.mark.parametrize("options", [{}, {"attention_type": "score"}, {"count_only": False}])
def test_usage_of_exported_networks_by_brute_force(
    make_run: MakeRun, options: dict[str, object]
) -> None:
    program = export_run(make_run(**options))
    found = usage(program)
    for table in found.tables:
        node = program.by_name[table.name]
        if not isinstance(node, Lookup):
            assert (table.kind, table.cases) == ("mlp", None)
            continue
        ranges = [program.range_of(name) for name in node.operands]
        outcomes = [lookup(node, values) for values in itertools.product(*ranges)]
        most = max(outcomes.count(value) for value in set(outcomes))
        assert table.cases == len(outcomes) - most
        assert table.max_cases == len(outcomes)
        assert table.branches == len(set(outcomes)) - 1
    for head in found.heads:
        select = program.by_name[f"{head.name}_pattern"]
        assert isinstance(select, Select)
        if select.rule != "score":
            assert head.statements == len(set(matched_keys(program, select)))
        assert head.statements <= head.max_statements


def test_the_command_shows_and_prints_json(tpc: Tpc, tmp_path: Path) -> None:
    path = tmp_path / "names.tpir"
    path.write_text(TEXT)
    options = ["--words", "var0", "--class", "PER", "--against", "ORG", "--usage", "--top", "1"]
    found = tpc("inspect", path, *options, "--json").json()
    assert found["words"] == {"var0": {"0": ["<pad>", "in"], "1": ["ann", "bob"], "3": ["<unk>"]}}
    assert found["features"] == [
        {
            "variable": "var0",
            "value": 1,
            "strength": 2.5,
            "weight": 3.0,
            "against": 0.5,
            "words": ["ann", "bob"],
        }
    ]
    assert found["usage"]["tables"][0]["operands"] == ["var0", "same"]
    shown = tpc("inspect", path, *options)
    assert shown.status == 0
    for fragment in ("ann bob", "+2.500", "3 of 16", "2 of 3"):
        assert fragment in shown.out
    assert list(tpc("inspect", path, "--words", "all", "--json").json()["words"]) == ["var0"]
    assert_polite(tpc("inspect", path, "--words", "var1"), "did you mean var0")
    assert_polite(tpc("inspect", path, "--class", "PRE"), "did you mean PER")
    assert_polite(tpc("inspect", path, "--against", "PER"), "--class")
    assert_polite(tpc("inspect", CORPUS / "ranges.tpir", "--class", "yes"), "no classifier")
    assert_polite(tpc("inspect", CORPUS / "ranges.tpir", "--words", "all"), "no embedding")


def test_a_real_text_program(tpc: Tpc, shared: Path, tmp_path: Path) -> None:
    run, path = shared / "zoo" / "conll_ner", tmp_path / "ner.tpir"
    tpc("import", run, "--vocabulary", run / "expected.json", "-o", path)
    program = parse_program(path.read_text())
    words = tpc("inspect", path, "--words", "all", "--json").json()["words"]
    assert list(words) == ["var0", "var1", "var2", "var3"]
    for variable, by_value in words.items():
        node = program.by_name[variable]
        assert isinstance(node, Embed)
        listed = {word: int(value) for value, group in by_value.items() for word in group}
        assert listed == dict(zip(program.vocabulary, node.values, strict=True))
    top = tpc("inspect", path, "--class", "B-LOC", "--against", "B-ORG", "--json").json()
    strengths = [feature["strength"] for feature in top["features"]]
    assert strengths == sorted(strengths, reverse=True)
    assert json.dumps(top["features"]).count("Australia") >= 1
