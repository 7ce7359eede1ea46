"""The properties whose times are in docs/properties.md are decided as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.properties import DEFINED, QUESTIONS, Question, program_named
from tests.conftest import SHARED
from tpc.properties.decide import decide
from tpc.properties.parser import parse_properties

#: Runs that are trained for the benchmark are not here.
TRAINED = ("reverse16", "double_hist16")


@pytest.mark.parametrize(
    "question",
    [question for question in QUESTIONS if question.program not in TRAINED],
    ids=lambda question: f"{question.program}: {question.property}",
)
def test_it_is_decided(question: Question, tmp_path: Path) -> None:
    zoo = SHARED / "zoo"
    if question.program in ("hist16", "sort16_gpu") and not zoo.is_dir():
        pytest.skip("needs shared/, which holds real runs")
    program = program_named(question.program, zoo, tmp_path)
    file = parse_properties(f"{DEFINED}\nproperty asked: {question.property}")
    (found,) = decide(program, [file])
    assert found.verdict.word == question.verdict
    assert found.counterexample is None or found.smallest


def test_there_are_enough() -> None:
    assert len(QUESTIONS) >= 10
    assert len([question for question in QUESTIONS if "16" in question.program]) >= 5
    assert len([question for question in QUESTIONS if question.verdict == "refuted"]) >= 3
