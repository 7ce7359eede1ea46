"""Work placed elsewhere: what is asked there, what comes back, what is given up."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.proof.mutants import mutants
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.proof.cubes import Effort
from tpc.proof.parallel import in_order, placed_by
from tpc.proof.portfolio import Budget, compare


class Elsewhere:
    """As on another machine: functions, items and results arrive as bytes."""

    def __init__(self) -> None:
        self.asked = self.answered = 0

    def in_order(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Iterator[Any]:
        unpacked = pickle.loads(pickle.dumps(function))
        for item in items:
            self.asked += 1
            found = unpacked(pickle.loads(pickle.dumps(item)))
            yield pickle.loads(pickle.dumps(found))
            self.answered += 1


def test_work_is_done_where_it_is_placed() -> None:
    elsewhere = Elsewhere()
    with placed_by(elsewhere):
        assert list(in_order(str, [1, 2, 3], 2)) == ["1", "2", "3"]
    assert (elsewhere.asked, elsewhere.answered) == (3, 3)
    assert list(in_order(str, [1, 2], 1)) == ["1", "2"]
    assert elsewhere.asked == 3


def test_what_is_not_asked_for_is_given_up() -> None:
    elsewhere = Elsewhere()
    with placed_by(elsewhere):
        assert next(in_order(str, range(100), 2)) == "0"
    assert (elsewhere.asked, elsewhere.answered) == (1, 0)


def example(name: str) -> Program:
    return read_program_file(ROOT / "programs" / name / f"{name}.tpir")


@pytest.mark.parametrize("by", ["the solver", "compiled code"])
def test_verdicts_are_those_of_this_process(by: str) -> None:
    """Both ways in which a language is gone through, on equal and on unequal programs."""
    program = example("reverse")
    effort = Effort(total=1.0) if by == "the solver" else Effort(total=0.0)
    computed = 0 if by == "the solver" else 10**7
    budget = Budget(strings=0, effort=effort, computed=computed, processes=1)
    elsewhere = Elsewhere()
    for other in mutants(program, 3, seed=1):
        here = compare(program, other, budget)
        with placed_by(elsewhere):
            assert compare(program, other, budget) == here
    assert elsewhere.asked > 0
