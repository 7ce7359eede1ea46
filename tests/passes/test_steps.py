"""Each step names the nodes that its pass touched, and the sizes meet."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from tests.cli.conftest import Tpc, sort_program, sort_run, tpc
from tests.strategies import programs
from tpc.evaluation.sizes import program_size
from tpc.ir.nodes import Select
from tpc.ir.program import Program
from tpc.passes.pipelines import optimise
from tpc.passes.steps import optimised_in_steps

__all__ = ["sort_program", "sort_run", "tpc"]

ANY = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@ANY
@given(programs())
def test_steps_lead_from_one_program_to_the_other(program: Program) -> None:
    found, steps = optimised_in_steps(program, 2, check=True)
    assert found == optimise(program, 2).program
    sizes = [program_size(program), *(step.after for step in steps)]
    assert [step.before for step in steps] == sizes[:-1]
    assert sizes[-1] == program_size(found)
    names = set(program.by_name)
    for step in steps:
        assert set(step.lost) <= names
        assert not names & set(step.gained)
        names = names - set(step.lost) | set(step.gained)
        assert set(step.changed) <= names
        assert step.checked.endswith("0 differences")
    assert names == set(found.by_name)
    untouched = names - {name for step in steps for name in (*step.gained, *step.changed)}
    for name in untouched:
        one, other = program.by_name[name], found.by_name[name]
        if isinstance(one, Select) or isinstance(other, Select):
            assert one == other
        else:
            assert replace(one, origin=()) == replace(other, origin=())


def test_the_command_explains(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    target = tmp_path / "small.tpir"
    outcome = tpc("opt", sort_program, "-O1", "--explain", "-o", target)
    assert outcome.status == 0
    assert "every label on every string over the vocabulary is kept" in outcome.err
    assert ", 0 differences" in outcome.err
    assert "DIFFERENT" not in outcome.err


def test_and_does_so_in_json(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    outcome = tpc("opt", sort_program, "-O1", "--explain", "--json", "-o", tmp_path / "s.tpir")
    steps = json.loads(outcome.err)["steps"]
    assert steps
    assert {"name", "nodes", "lost", "gained", "changed", "promise", "checked"} <= set(steps[0])
