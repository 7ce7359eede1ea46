"""Going through all strings finds what exhaustion in NumPy finds, with and without a compiler."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proof.mutants import mutants
from tests.proof.test_portfolio import differs_on, example
from tests.strategies import programs
from tpc.ir.program import Program
from tpc.proof.cubes import Effort
from tpc.proof.equality import compare_on_language
from tpc.proof.exhaustion import SLOWER, Exhaustion
from tpc.proof.portfolio import Budget, compare
from tpc.proof.product import product
from tpc.proof.verdict import Unknown


def difference(one: Program, other: Program, processes: int = 1) -> tuple[int, ...] | None:
    merged, second = product(one, other)
    exhaustion = Exhaustion(merged, (merged.result, second))
    for shape in one.language.shapes(one.max_length):
        found = exhaustion.difference(shape, processes) if shape else None
        if found is not None:
            return found
    return None


@settings(max_examples=25, deadline=None)
@given(programs(hostile=False, max_nodes=7), st.integers(0, 1000))
def test_random_programs(program: Program, seed: int) -> None:
    for mutant in mutants(program, 1, seed):
        found = difference(program, mutant)
        assert (found is None) == compare_on_language(program, mutant).equal
        assert found is None or differs_on(program, mutant, found)


@pytest.mark.parametrize("name", ["sort", "dyck1"])
def test_mutants(name: str) -> None:
    program = example(name)
    for mutant in mutants(program, 5, seed=2):
        found = difference(program, mutant, processes=2)
        assert (found is None) == compare_on_language(program, mutant).equal
        assert found is None or differs_on(program, mutant, found)


def test_without_a_compiler_the_verdict_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    program = example("reverse")
    for mutant in mutants(program, 3, seed=4):
        expected = compare_on_language(program, mutant).equal
        assert (difference(program, mutant) is None) == expected
    merged, second = product(program, mutant)
    exhaustion = Exhaustion(merged, (merged.result, second))
    assert not exhaustion.compiled
    shape = next(iter(program.language.shapes(program.max_length)))
    assert exhaustion.work(shape) == 5 * 3 * SLOWER


def test_causal_programs_share_what_begins_alike() -> None:
    program = example("dyck2")
    mutant = next(m for m in mutants(program, 20, seed=0) if compare_on_language(program, m).equal)
    merged, second = product(program, mutant)
    (shape,) = program.language.shapes(program.max_length)
    work = Exhaustion(merged, (merged.result, second)).work(shape)
    assert work == 1 + sum(4**length for length in range(1, 16))
    small = Budget(0, Effort(total=0.001), computed=work - 1, processes=1)
    assert isinstance(compare(program, mutant, small), Unknown)
