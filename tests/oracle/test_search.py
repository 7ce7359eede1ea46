"""Differences are found, on every input or by a search that random draws would not match."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tpc.data.task import Task, Tokens
from tpc.data.tasks import find_task
from tpc.frontends.program_file import read_program_file
from tpc.ir.program import Program
from tpc.oracle.asking import Asker
from tpc.oracle.coverage import Coverage
from tpc.oracle.functions import FunctionOracle
from tpc.oracle.inputs import Inputs, of_task
from tpc.oracle.search import Comparison
from tpc.semantics.encoding import encode


def parts(name: str) -> tuple[Program, Task, Inputs]:
    task = find_task(name)
    program = read_program_file(next(Path(ROOT / "programs" / name).glob("*.tpir")))
    return program, task, of_task(task, task.defaults)


def compared(name: str, wrong_on: Tokens) -> Comparison:
    """The program beside its own task, which is spoiled for inputs that contain some tokens."""
    program, task, inputs = parts(name)
    answer = task.answer
    assert answer is not None
    size = len(wrong_on)

    def spoiled(tokens: list[str]) -> list[str]:
        labels = list(answer(tuple(tokens)) or ())
        windows = [tuple(tokens[i : i + size]) for i in range(len(tokens))]
        return ["0" for _ in labels] if wrong_on in windows else labels

    return Comparison(program, task, Asker(FunctionOracle("f", "f", spoiled, 5)), inputs)


def test_every_input_is_compared_where_there_are_few() -> None:
    found = compared("reverse", tuple("12121")).everywhere()
    assert (found.method, found.inputs) == ("exhaustive", 19_530)
    assert len(found.mistakes) == 1 + 5 * 2
    assert found.smallest is not None
    assert found.smallest.tokens == ("<s>", *"12121", "</s>")
    assert found.labels == sum(length * 5**length for length in range(1, 7))
    assert found.wrong_labels == sum(
        label != "0" for mistake in found.mistakes for label in reversed(mistake.tokens[1:-1])
    )
    assert found.agreement == 1 - found.wrong_labels / found.labels


def test_a_search_finds_what_it_finds_again() -> None:
    comparison = compared("reverse", tuple("121"))
    found = comparison.searched(2_000, seed=0)
    assert found.method == "sampled"
    assert found.mistakes
    again = compared("reverse", tuple("121")).searched(2_000, seed=0)
    assert again.mistakes == found.mistakes
    small = comparison.shrunk(found.mistakes[-1])
    assert small.tokens == ("<s>", *"121", "</s>")


def test_mistakes_lead_to_others_like_them() -> None:
    """One in 40 of random inputs is spoiled; of those that the search tries, many more."""
    comparison = compared("reverse", tuple("1212"))
    found = comparison.searched(6_000, seed=0)
    share = len(comparison.everywhere().mistakes) / 19_530
    assert len(found.mistakes) / found.inputs > 1.5 * share


def test_equal_programs_have_no_differences() -> None:
    found = compared("reverse", tuple("9")).searched(2_000, seed=3)
    assert (found.mistakes, found.agreement) == ([], 1.0)


def test_mistakes_that_both_make_are_shown() -> None:
    comparison = compared("reverse", tuple("121"))
    comparison.on([tuple("121"), tuple("123")])
    right = find_task("reverse").answer
    assert right is not None
    shared = comparison.mistakes_of_the_oracle(right)
    assert (shared.inputs, shared.oracle, shared.both) == (2, 1, 0)
    other = comparison.mistakes_of_the_oracle(lambda tokens: ("0",) * len(tokens))
    assert (other.inputs, other.oracle, other.both) == (2, 1, 1)
    assert other.smallest is not None
    assert other.smallest.tokens == ("<s>", *"123", "</s>")


@pytest.mark.parametrize("name", ["reverse", "hist", "dyck1"])
def test_coverage_counts_what_is_new(name: str) -> None:
    program, task, inputs = parts(name)
    rows = [
        encode(program, task.framed(tokens, ("x",) * len(tokens))[0])
        for tokens in inputs.drawn(200, seed=0)
    ]
    coverage = Coverage(program)
    new = coverage.new(rows)
    assert 0 < len(new) < len(rows)
    seen = len(coverage)
    assert coverage.new(rows) == []
    assert len(coverage) == seen
    one_by_one = Coverage(program)
    assert [number for number, row in enumerate(rows) if one_by_one.new([row])]
    assert len(one_by_one) == seen
    assert coverage.new([]) == []
