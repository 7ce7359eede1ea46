"""The solver's verdicts are those of exhaustion, on random programs and properties."""

from __future__ import annotations

import dataclasses
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.docs.blocks import ROOT
from tests.properties.random_properties import random_property
from tests.strategies import programs
from tests.wrong_hist import wrong_hist
from tpc.frontends.program_file import read_program_file
from tpc.ir.language import Language
from tpc.ir.program import Program
from tpc.properties.decide import Budget, decide
from tpc.properties.parser import parse_properties

#: The solver alone: nothing is exhausted, and hardly anything sampled.
SOLVER = Budget(limit=0, samples=1, processes=1)


def assert_alike(program: Program, text: str) -> str:
    file = parse_properties(text)
    (exhausted,), (solved,) = decide(program, [file]), decide(program, [file], budget=SOLVER)
    assert solved.verdict.word in (exhausted.verdict.word, "unknown"), text
    if solved.counterexample is not None and solved.smallest:
        assert exhausted.counterexample is not None
        assert solved.counterexample.tokens == exhausted.counterexample.tokens, text
    return solved.verdict.word


@given(programs(max_nodes=5), st.integers(0, 2**32))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_solver_agrees_with_exhaustion(program: Program, seed: int) -> None:
    assert_alike(program, random_property(Random(seed), program))


def test_it_agrees_on_programs_that_do_something_and_settles_them() -> None:
    for name in ("sort", "hist"):
        program = read_program_file(ROOT / "programs" / name / f"{name}.tpir")
        words = [
            assert_alike(_short(program), random_property(Random(s), program)) for s in range(25)
        ]
        assert {"proved", "refuted"} == set(words), name


def _short(program: Program) -> Program:
    """The program on inputs of up to three tokens and their frame."""
    alternatives = tuple(
        tuple(dataclasses.replace(group, most=min(group.most, 3)) for group in groups)
        for groups in program.language.alternatives
    )
    return program.replace(language=Language(alternatives))


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("reverse", "forall i: out[i] = in[length - 1 - i]", "proved"),
        ("hist", "forall i: out[i] = count(j: in[j] = in[i])", "proved"),
        ("hist", 'forall tokens t: after exchanging t with "0": out\'[0] = out[0]', "proved"),
    ],
)
def test_programs_of_tasks_are_settled(name: str, text: str, word: str) -> None:
    program = read_program_file(ROOT / "programs" / name / f"{name}.tpir")
    assert assert_alike(program, f"property asked: {text}") == word


def test_a_program_of_a_task_that_is_wrong_on_a_few_inputs_is_refuted() -> None:
    text = "property hist: forall i: out[i] = count(j: in[j] = in[i])"
    assert assert_alike(wrong_hist(), text) == "refuted"
