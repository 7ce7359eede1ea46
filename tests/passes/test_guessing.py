"""What passes guess on a sample is taken only when it is proved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.passes.cases import parse
from tests.strategies import programs
from tpc.ir.parser import parse_program
from tpc.ir.program import Program
from tpc.passes.base import PassContext
from tpc.passes.pipelines import OptimisationResult, optimise
from tpc.proof import evidence
from tpc.proof.equality import compare_on_language
from tpc.proof.verdict import Proved, Refuted, Unknown, Verdict
from tpc.semantics.strings import language_batch

ROOT = Path(__file__).parents[2]

Decide = Callable[[Program, Program], Verdict]


def exhaustion(one: Program, other: Program) -> Verdict:
    found = compare_on_language(one, other)
    if found.counterexample is not None:
        return Refuted(found.counterexample, found.position)
    return Proved("exhaustion")


def guessed(program: Program, decide: Decide, level: int = 3) -> OptimisationResult:
    """As if the language could not be gone through."""
    return optimise(program, level, context=PassContext(exhaustive_limit=0, decide=decide))


@pytest.fixture
def tiny_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single string, so that most guesses are wrong; strings that refute are added alone."""

    def tiny(program: Program) -> evidence.Evidence:
        strings = program.language.sample(program.max_length, 1, 0)
        return evidence._evidence(program, strings)

    monkeypatch.setattr("tpc.passes.base.sampled", tiny)
    monkeypatch.setattr(evidence, "_NEAR", 0)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=programs(hostile=False, max_nodes=5))
@pytest.mark.usefixtures("tiny_samples")
def test_no_wrong_guess_is_taken(program: Program) -> None:
    done = guessed(program, exhaustion)
    assert compare_on_language(program, done.program).equal


WEIGHTS = """
%same = select.all(query=%tokens, key=%tokens) where key == query
%count = aggregate(%same, %ones) : num<0..5>
%label = classify {%count: [0, 1.25, 0.75, 0], %ones: [0, 0, 1.4, 0]} : label<@label>
"""


@pytest.mark.usefixtures("tiny_samples")
def test_what_refutes_a_guess_leads_to_a_better_one() -> None:
    program = parse(WEIGHTS)
    done = guessed(program, exhaustion)
    assert done.program.nodes != program.nodes
    refuted = [record.result.statistics.get("guesses refuted", 0) for record in done.records]
    assert any(refuted)
    assert done.after == optimise(program, 3).after


def test_what_is_not_decided_is_left_alone_and_said() -> None:
    program = parse(WEIGHTS)
    done = guessed(program, lambda *_: Unknown("everything", "nothing"))
    assert compare_on_language(program, done.program).equal
    assert "rule-and-exceptions: unknown: everything; nothing" in done.skipped
    assert not any(record.result.guessed for record in done.records)


def test_after_so_many_refutations_it_is_left_alone() -> None:
    program = parse(WEIGHTS)
    ids = next(program.language.strings(program.max_length))
    done = guessed(program, lambda *_: Refuted(ids, 1))
    assert "rule-and-exceptions: 12 guesses were refuted" in done.skipped


@pytest.mark.parametrize("task", ["hist", "reverse"])
def test_programs_come_out_as_small_as_by_exhaustion(task: str) -> None:
    path = ROOT / f"programs/{task}/{task}.tpir"
    program = parse_program(path.read_text(encoding="utf-8"), path.name)
    assert guessed(program, exhaustion).after == optimise(program, 3).after


def test_a_counterexample_joins_the_sample_with_others_like_it() -> None:
    program = parse(WEIGHTS)
    found = evidence._evidence(program, [(4, 1)])
    more = found.with_counterexample(program, (4, 1, 2, 3))
    assert more.sample is not None
    rows = zip(more.sample.ids.tolist(), more.sample.lengths.tolist(), strict=True)
    strings = {tuple(row[:length]) for row, length in rows}
    assert {(4, 1), (4, 1, 2, 3), (4, 1, 1, 3)} <= strings
    assert language_batch(program, sorted(strings)).scored.sum() == len(more.labels)
