"""The portfolio's verdicts are those of exhaustion, whichever member is left to decide."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.architecture.source import ROOT
from tests.proof.mutants import mutants
from tests.strategies import programs
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.proof.cubes import DifferentLabels, Effort
from tpc.proof.equality import compare_on_language
from tpc.proof.portfolio import Budget, answers, compare
from tpc.proof.query import Impossible, Possible
from tpc.proof.verdict import Proved, Refuted, Unknown
from tpc.semantics.interpreter import evaluate

#: Nothing is exhausted: what is decided is decided by sampling, counts or the solver.
UNEXHAUSTED = Budget(strings=0, computed=0, processes=1)


def example(name: str) -> Program:
    return read_program_file(ROOT / "programs" / name / f"{name}.tpir")


def differs_on(one: Program, other: Program, ids: tuple[int, ...]) -> list[int]:
    """The scored positions where labels differ."""
    scored = one.language.scored(ids, one.max_length)
    assert scored is not None
    first, second = (evaluate(p, ids).columns[p.result] for p in (one, other))
    if one.label_type.pooled:
        return [0] if first != second else []
    rows = enumerate(zip(first, second, scored, strict=True))
    return [place for place, (a, b, asked) in rows if asked and a != b]


def solved(one: Program, other: Program) -> bool:
    """What the solver alone says of whether two programs are equal."""
    shapes = [shape for shape in one.language.shapes(one.max_length) if shape]
    for answer in answers(DifferentLabels(one, other), shapes, Effort()):
        assert isinstance(answer, Possible | Impossible), answer
        if isinstance(answer, Possible):
            assert differs_on(one, other, answer.ids)
            return False
    return True


@settings(max_examples=60, deadline=None)
@given(programs(hostile=False, max_nodes=6), st.integers(0, 1000))
def test_the_solver_and_exhaustion_agree_on_random_programs(program: Program, seed: int) -> None:
    for mutant in mutants(program, 2, seed):
        assert solved(program, mutant) == compare_on_language(program, mutant).equal


@pytest.mark.parametrize("name", ["reverse", "hist", "dyck1"])
def test_the_solver_and_exhaustion_agree_on_mutants(name: str) -> None:
    """A sample of what `benchmarks/solver_soundness.py` tries."""
    program = example(name)
    equal = 0
    for mutant in mutants(program, 6, seed=5):
        expected = compare_on_language(program, mutant).equal
        assert solved(program, mutant) == expected
        verdict = compare(program, mutant, UNEXHAUSTED)
        assert isinstance(verdict, Proved if expected else Refuted)
        if isinstance(verdict, Refuted):
            assert verdict.position in differs_on(program, mutant, verdict.ids)
        equal += expected
    assert 0 < equal < 6


def test_what_proved_it_is_said() -> None:
    program = example("reverse")
    renamed = program.replace(name="other")
    changed = next(m for m in mutants(program, 20, seed=1) if compare_on_language(program, m).equal)
    assert compare(program, renamed) == Proved("both programs compute the same")
    assert compare(program, changed) == Proved("all 19,530 inputs compared")
    verdict = compare(program, changed, UNEXHAUSTED)
    assert isinstance(verdict, Proved)
    assert "OR-Tools 9." in verdict.by


def test_verdicts_do_not_depend_on_the_number_of_processes() -> None:
    program = example("reverse")
    for mutant in mutants(program, 4, seed=3):
        budgets = (Budget(0, computed=0, processes=count) for count in (1, 2))
        one, many = (compare(program, mutant, budget) for budget in budgets)
        assert one == many


def test_what_is_not_decided_within_the_budget_is_unknown() -> None:
    program = example("dyck2")
    mutant = next(m for m in mutants(program, 20, seed=0) if compare_on_language(program, m).equal)
    small = Budget(0, Effort(total=0.001), computed=0, processes=1)
    verdict = compare(program, mutant, small)
    assert isinstance(verdict, Unknown)
    assert verdict.open == "1 of 1 shapes of the input language"
    assert compare(program, mutant, small) == verdict
