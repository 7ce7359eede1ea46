"""-O1 keeps every raw label on every string, -O2 and -O3 the labels of the input language."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.passes.cases import assert_kept
from tests.strategies import programs
from tpc.ir.parser import parse_program
from tpc.ir.printer import digest, print_program
from tpc.ir.program import Contract
from tpc.passes.pipelines import optimise, pipeline
from tpc.proof.equality import compare_on_language

CORPUS = sorted((Path(__file__).parents[1] / "corpus").glob("*.tpir"))


@pytest.mark.parametrize("level", [1, 2, 3])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_random_programs(level: int, data: st.DataObject) -> None:
    program = data.draw(programs(hostile=False))
    now = optimise(program, level).program
    assert_kept(program, now, pipeline(level))
    if level > 1:
        assert now.contract == Contract("language", digest(program))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_programs_for_their_language_only(data: st.DataObject) -> None:
    """The same passes use what a weaker contract allows."""
    program = data.draw(programs(hostile=False))
    program = program.replace(contract=Contract("language", digest(program)))
    done = optimise(program, 1).program
    assert compare_on_language(program, done).equal
    assert done.contract == program.contract


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus(path: Path) -> None:
    """At -O2; `tests/backends/test_goldens.py` runs the other levels anyway."""
    program = parse_program(path.read_text("utf-8"))
    assert_kept(program, optimise(program, 2).program, pipeline(2))


def test_identical_runs_give_identical_bytes() -> None:
    program = parse_program((CORPUS[0].parent / "kitchen_sink.tpir").read_text("utf-8"))
    one, other = optimise(program, 3).program, optimise(program, 3).program
    assert print_program(one) == print_program(other)
    assert optimise(one, 3).program.contract == one.contract
