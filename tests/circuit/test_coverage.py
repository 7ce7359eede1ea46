"""What is exercised is what the interpreter looks up, no more and no less."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.cli.conftest import Tpc, sort_program, sort_run, tpc
from tests.strategies import programs
from tpc.circuit.coverage import Ids, coverage, covering_inputs
from tpc.ir.nodes import Lookup, Select
from tpc.ir.program import Program
from tpc.semantics.interpreter import Interpreter

__all__ = ["sort_program", "sort_run", "tpc"]

ANY = settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
Looked = set[tuple[str, tuple[float, ...]]]


def looked_up(program: Program, strings: list[Ids]) -> Looked:
    """What each predicate and table is asked for, one position after another."""
    interpreter, found = Interpreter(program), set[tuple[str, tuple[float, ...]]]()
    for ids in strings:
        columns = interpreter.evaluate(ids).columns
        for node in program.nodes:
            if isinstance(node, Select | Lookup):
                names = [node.query] if isinstance(node, Select) else node.operands
                for position in range(len(ids)):
                    found.add((node.name, tuple(columns[name][position] for name in names)))
    return found


def language(program: Program, most: int = 300) -> list[Ids] | None:
    if program.language.count(program.max_length) > most:
        return None
    return [ids for ids in program.language.strings(program.max_length) if ids]


@ANY
@given(programs())
def test_reachable_is_what_some_input_looks_up(program: Program) -> None:
    strings = language(program)
    if strings is None:
        return
    some = strings[: len(strings) // 2]
    expected, given_ones = looked_up(program, strings), looked_up(program, some)
    found = coverage(program, some, strings, most=None)
    assert found.method == "exhaustive"
    for node in found.nodes:
        assert node.reachable == sum(name == node.name for name, _ in expected)
        assert node.exercised == sum(name == node.name for name, _ in given_ones)
        assert node.trained == node.reachable <= node.total
        assert not node.untrained
        assert len(node.unexercised) == node.reachable - node.exercised


@ANY
@given(programs())
def test_covering_inputs_cover(program: Program) -> None:
    strings = language(program)
    if strings is None:
        return
    found = covering_inputs(program, 1_000)
    assert found.complete
    assert set(found.inputs) <= set(strings)
    assert looked_up(program, list(found.inputs)) == looked_up(program, strings)
    fewer = covering_inputs(program, 1)
    assert fewer.inputs == found.inputs[:1]
    assert fewer.complete == (len(found.inputs) <= 1)


def test_samples_are_never_called_complete(sort_program: Path, tpc: Tpc) -> None:
    outcome = tpc("coverage", sort_program, "--inputs", 5, "--limit", 0, "--samples", 20)
    assert outcome.status == 0
    assert "a sample of inputs" in outcome.err
    assert 0 < len(outcome.out.splitlines()) <= 5
    report = tpc("coverage", sort_program, "--limit", 0, "--samples", 20, "--json").json()
    assert report["method"] == "sampled"


def test_the_command(sort_program: Path, tpc: Tpc, tmp_path: Path) -> None:
    outcome = tpc("coverage", sort_program, "-", stdin='["<s>", "1", "</s>"]\n')
    assert outcome.status == 0
    assert "training" in outcome.out.splitlines()[1]
    assert "never in the inputs: %" in outcome.out
    assert tpc("coverage", sort_program, "-", stdin='["nonsense"]\n').status == 2
    outcome = tpc("coverage", sort_program, "-o", tmp_path / "report")
    assert (outcome.status, (tmp_path / "report").exists()) == (2, False)
    assert "--inputs" in outcome.err


def test_covering_inputs_can_be_given_back(sort_program: Path, tpc: Tpc, tmp_path: Path) -> None:
    path = tmp_path / "inputs.jsonl"
    outcome = tpc("coverage", sort_program, "--inputs", 500, "-o", path)
    assert " inputs exercise all " in outcome.err
    assert all(isinstance(json.loads(line), list) for line in path.read_text().splitlines())
    nodes = tpc("coverage", sort_program, path, "--json").json()["nodes"]
    assert nodes
    for node in nodes:
        assert node["exercised"] == node["reachable"], node["name"]


def test_a_missing_file_is_said(sort_program: Path, tpc: Tpc) -> None:
    assert tpc("coverage", sort_program, "none.jsonl").status == 2
