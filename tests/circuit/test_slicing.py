"""A slice verifies, runs, and keeps of the answers what it says that it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.conftest import Tpc, sort_program, sort_run, tpc
from tests.strategies import programs
from tpc.circuit.slicing import feature_slice, label_slice, position_slice
from tpc.diagnostics import TpcError
from tpc.ir.nodes import Classify
from tpc.ir.parser import parse_program
from tpc.ir.printer import print_program
from tpc.ir.program import Program
from tpc.ir.verifier import verify
from tpc.semantics.interpreter import Interpreter

__all__ = ["sort_program", "sort_run", "tpc"]

ANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
ROOT = Path(__file__).parent.parent.parent


def published(name: str) -> Program:
    return parse_program((ROOT / "programs" / name / f"{name}.tpir").read_text(encoding="utf-8"))


def strings(program: Program) -> list[tuple[int, ...]]:
    if program.language.count(program.max_length) <= 100:
        found = list(program.language.strings(program.max_length))
    else:
        found = program.language.sample(program.max_length, 100, seed=0)
    return [ids for ids in found if ids]


def answers(interpreter: Interpreter, ids: tuple[int, ...]) -> list[int]:
    return [int(x) for x in interpreter.evaluate(ids).columns[interpreter.program.result]]


def scored(program: Program, ids: tuple[int, ...]) -> list[int]:
    if program.label_type.pooled:
        return [0]
    marks = program.language.scored(ids, program.max_length) or ()
    return [index for index, counts in enumerate(marks) if counts]


@ANY
@given(programs(), st.data())
def test_a_label_is_said_where_it_was_said(program: Program, data: st.DataObject) -> None:
    node = program.by_name[program.result]
    never = node.never if isinstance(node, Classify) else ()
    labels = [name for index, name in enumerate(program.classes) if index not in never]
    label = data.draw(st.sampled_from(labels))
    part = label_slice(program, label).program
    verify(part)
    assert parse_program(print_program(part)) == part
    assert len(part.nodes) <= len(program.nodes)
    one, other, index = Interpreter(program), Interpreter(part), program.classes.index(label)
    for ids in strings(program):
        mine, theirs = answers(one, ids), answers(other, ids)
        for position in scored(program, ids):
            assert (mine[position] == index) == (theirs[position] == index)


@ANY
@given(programs(), st.data())
def test_features_add_up_to_what_they_did(program: Program, data: st.DataObject) -> None:
    node = program.by_name[program.result]
    if not isinstance(node, Classify) or not node.features:
        with pytest.raises(TpcError):
            feature_slice(program, ["nothing"])
        return
    names = [feature.variable for feature in node.features]
    chosen = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    part = feature_slice(program, [f"%{name}" for name in chosen]).program
    verify(part)
    rest = [name for name in names if name not in chosen]
    remainder = feature_slice(program, rest).program if rest else None
    for ids in strings(program)[:20]:
        whole = Interpreter(program).evaluate(ids).logits
        found = Interpreter(part).evaluate(ids).logits
        if remainder is None:
            assert found == whole
            continue
        others = Interpreter(remainder).evaluate(ids).logits
        # Weights are multiples of 1/8: sums are exact unless a feature is a real number.
        for row, one, other in zip(whole, found, others, strict=True):
            assert row == pytest.approx([a + b for a, b in zip(one, other, strict=True)])


@ANY
@given(programs(pooled=False), st.data())
def test_the_answer_at_a_position_is_kept(program: Program, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, program.max_length - 1))
    try:
        part = position_slice(program, position).program
    except TpcError:
        assert all(position not in scored(program, ids) for ids in strings(program))
        return
    verify(part)
    one, other = Interpreter(program), Interpreter(part)
    for ids in strings(program):
        if position in scored(program, ids):
            assert part.language.match(ids, part.max_length) is not None
            assert answers(one, ids)[position] == answers(other, ids)[position]


def test_scores_of_the_whole_are_not_those_of_a_part() -> None:
    whole = published("sort")
    assert "accuracy" in whole.metadata
    for found in (label_slice(whole, "0"), position_slice(whole, 2)):
        assert "accuracy" not in found.program.metadata
        assert found.program.metadata["slice"]["of"] == "sort"


def test_what_a_label_does_not_need_is_gone() -> None:
    part = label_slice(published("sort"), "0").program
    assert {node.name for node in part.nodes if node.name.startswith("count")} == {
        "count_0",
        "count_0_pattern",
    }
    (case, default) = label_slice(published("hist"), "3").program.by_name["label"].cases
    assert (case.patterns, default.patterns) == ((((3, 3),),), (None,))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--label", "0", "--position", "1"),
        ("--label", "nonsense"),
        ("--feature", "nonsense"),
        ("--position", "0"),
        ("--position", "99"),
    ],
)
def test_what_cannot_be_sliced_is_said(
    tpc: Tpc, sort_program: Path, arguments: tuple[str, ...]
) -> None:
    outcome = tpc("slice", sort_program, *arguments)
    assert outcome.status == 2
    assert outcome.err.startswith("error:")
    assert outcome.out == ""


def test_the_command_writes_a_program(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.tpir"
    outcome = tpc("slice", sort_program, "--position", "1", "-o", part)
    assert "at position 1" in outcome.err
    assert tpc("run", part, "--unchecked", stdin='["<s>", "1", "</s>"]\n').status == 0
