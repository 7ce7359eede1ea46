"""The level that programs are compiled at where nobody says."""

from dataclasses import replace

from tests.backends.conftest import corpus_program
from tpc.ir.program import Contract
from tpc.passes.default_level import BUDGET, default_level


def test_a_language_that_is_gone_through_has_the_highest_level() -> None:
    program = corpus_program("causal")
    assert program.contract == Contract("every_string")
    chosen = default_level(program)
    assert chosen.level == 3
    assert f"all {program.language.count(program.max_length):,} inputs" in chosen.why


def test_a_larger_language_is_left_to_analysis() -> None:
    program = corpus_program("causal")
    longer = replace(program, max_length=BUDGET)
    chosen = default_level(longer)
    assert chosen.level == 1
    assert "-O3 does" in chosen.why


def test_an_optimised_program_stays_what_it_is() -> None:
    program = corpus_program("causal").replace(contract=Contract("language", "sha256:0"))
    assert (default_level(program).level, default_level(program).why) == (1, "")
