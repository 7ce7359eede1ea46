"""`tpc inspect`: programs in words, their nodes, their tables, and what depends on what."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.conftest import NAMES, corpus_program
from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tests.strategies import programs
from tpc.explain.dependencies import node_view, with_tables
from tpc.explain.overview import grouped, overview
from tpc.explain.screens import node_text, overview_text, tables_text, uses_text
from tpc.frontends.program_file import read_program_file
from tpc.ir.nodes import TOKENS, Aggregate, Classify, Lookup, Select, operands
from tpc.ir.program import Program
from tpc.report.facts import facts

__all__ = ["tpc"]

PROGRAMS = Path(__file__).parent.parent.parent / "programs"


def shipped(name: str) -> Program:
    return read_program_file(PROGRAMS / name / f"{name}.tpir")


@given(st.data())
def test_every_variable_is_described_once_and_all_is_text(data: st.DataObject) -> None:
    program = data.draw(programs())
    described = overview(program)
    assert [one.name for one in described] == [
        node.name for node in program.nodes if not isinstance(node, Select)
    ]
    assert {name for text, _ in grouped(described) for name in text.split(", ")} == {
        one.name for one in described
    }
    texts = [overview_text(program, described, facts(program), 80), tables_text(program, 80)]
    for node in program.nodes:
        view = node_view(program, node.name)
        texts += [node_text(program, view, 80), uses_text(program, view, 80)]
        json.dumps(view.to_json())
    assert all(text.replace("\n", "").isprintable() for text in texts)


@given(st.data())
def test_dependencies_are_those_of_the_nodes(data: st.DataObject) -> None:
    program = data.draw(programs())
    below: dict[str, set[str]] = {TOKENS: set()}
    for node in program.nodes:
        read = set(operands(node))
        below[node.name] = read.union(*(below[name] for name in read))
    for name, expected in below.items():
        view = node_view(program, name)
        assert set(view.depends_on) == expected
        assert set(view.needed_by) == {other for other in below if name in below[other]}
        assert set(view.reads) <= expected
        assert all(name in operands(program.by_name[other]) for other in view.read_by)


@pytest.mark.parametrize("name", NAMES)
def test_layers_never_go_back(name: str) -> None:
    program = corpus_program(name)
    layers = {one.name: one.layer for one in overview(program)} | {TOKENS: -1}
    for node in program.nodes:
        if isinstance(node, Aggregate):
            select = program.by_name[node.pattern]
            assert isinstance(select, Select)
            assert all(
                layers[node.name] > layers[q] for q in (select.query, select.key, node.value)
            )
        elif isinstance(node, Lookup | Classify):
            assert layers[node.name] >= max((layers[q] for q in operands(node)), default=-1)


@pytest.mark.parametrize(
    ("program", "name", "layer", "text"),
    [
        ("hist", "count_same", 0, "number of positions with the same token"),
        ("dyck1", "attn_0_0", 0, 'looks for ("(" | ")" => ")")'),
        ("dyck1", "attn_2_0", 2, 'position at the first position so far with attn_1_0 ")"'),
        ("dyck1", "num_mlp_0_0", 0, "table of count_same: 17 entries, 8 outcomes"),
        ("most_freq", "attn_0_2", 0, "(1 to the right, for 7 of 8)"),
        (
            "sort",
            "label",
            0,
            "weights of positions, count_0, count_1, count_2, count_3; never <pad>",
        ),
        ("dyck2", "label", 2, "the class with the largest sum of the weights of 18 variables"),
    ],
)
def test_variables_in_words(program: str, name: str, layer: int, text: str) -> None:
    [found] = [one for one in overview(shipped(program)) if one.name == name]
    assert found.layer == layer
    assert text in found.text


def test_heads_that_differ_in_what_they_take_are_told_together() -> None:
    described = [one for one in overview(corpus_program("kitchen_sink")) if one.takes]
    twice = [described[0], replace(described[0], name="other", takes="kind")]
    [(name, text)] = grouped(tuple(twice))
    assert name == "attn_0_0, other"
    assert text.startswith("token, kind at the nearest other position with the token")


def test_the_overview_fits_a_screen(tpc: Tpc, shared: Path, tmp_path: Path) -> None:
    for name, most in [
        *[("hist", 24), ("sort", 24), ("dyck1", 30)],
        *[(name, 50) for name in ("double_hist", "dyck2", "induction", "most_freq", "reverse")],
    ]:
        shown = tpc("inspect", PROGRAMS / name / f"{name}.tpir").out
        assert len(shown.splitlines()) <= most
        assert all(len(line) <= 100 for line in shown.splitlines())
    run, path = shared / "zoo" / "conll_ner", tmp_path / "ner.tpir"
    tpc("import", run, "--vocabulary", run / "expected.json", "-o", path)
    shown = tpc("inspect", path).out
    assert len(shown.splitlines()) <= 50
    assert "var0, var1, var2, var3: one of 32 values for each of 10,002 tokens" in shown


def test_all_of_a_long_overview_can_be_had(tpc: Tpc) -> None:
    path = PROGRAMS / "dyck2" / "dyck2.tpir"
    short, long = tpc("inspect", path).out, tpc("inspect", path, "--all").out
    program = shipped("dyck2")
    for one in overview(program):
        if one.source not in ("positions", "ones"):
            assert one.name in re.findall(r"\w+", long)
            assert f"{one.words}{one.table}" in re.sub(r"\s+", " ", long)
    assert "attn_0_1, attn_0_3: token at the position this token looks for" in short
    assert "attn_2_0: token at position mlp_0_0, else at the first" in short
    assert "(without tables: --all, --node NAME, --tables)" in short
    assert "without tables" not in long
    assert '("(" | ")" | "{" | "}" => "{")' in long
    assert '("(" | ")" | "{" | "}" => "{")' not in short


def test_the_command_shows_what_a_reader_asks(tpc: Tpc) -> None:
    sort = PROGRAMS / "sort" / "sort.tpir"
    shown = tpc("inspect", sort).out
    for fragment in (
        "up to 8 tokens, each one of 7: 0 1 2 3 4 </s> <s>",
        "a label at every position, one of 5: 0 1 2 3 4",
        'layer 0    count_0: number of positions with token "0"',
        "inputs     19,530 in its language",
        "accuracy   test 100 %, train 100 %, val 100 %",
        "proof      all inputs of the language compared (19,530 strings, 112,305 labels)",
        "trained by tpc for the task sort",
    ):
        assert fragment in shown


def test_nodes_tables_and_uses_of_the_command(tpc: Tpc) -> None:
    dyck = PROGRAMS / "dyck1" / "dyck1.tpir"
    shown = tpc("inspect", dyck, "--node", "%num_mlp_0_0").out
    for fragment in ("lookup: cat<@value>", "values 1..8", "attn_1_0_pattern", " 8 => 8, _ => 1 }"):
        assert fragment in " ".join(shown.split())
    found = tpc("inspect", dyck, "--node", "attn_1_0", "--uses", "count_same", "--json").json()
    assert found["node"]["origin"] == ["attn_1_0"]
    assert found["node"]["definition"].count("%attn_1_0_pattern = select.first causal") == 1
    assert found["uses"]["depends_on"] == ["tokens", "ones", "count_same_pattern"]
    assert found["uses"]["needed_by"][-1] == "label"
    assert "answer      depends on it" in tpc("inspect", dyck, "--uses", "count_same").out
    tables = tpc("inspect", dyck, "--tables", "--json").json()["tables"]
    names = ["token_2", "attn_0_0", "attn_1_3", "num_mlp_0_0", "attn_1_0", "attn_2_0", "label"]
    assert [table["name"] for table in tables] == names
    assert [one.name for one in with_tables(shipped("dyck1"))] == names
    shown = tpc("inspect", dyck, "--tables").out
    assert all(f"%{name}" in shown for name in names)
    assert '(_, 2..13, "<s>") => "T"' in shown
    assert tpc("inspect", PROGRAMS / "hist" / "hist.tpir", "--uses", "tokens").status == 0
    for option in ("--node", "--uses"):
        assert_polite(tpc("inspect", dyck, option, "count_some"), "did you mean count_same")
