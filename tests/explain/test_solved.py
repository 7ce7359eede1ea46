"""What the solver says of forcing sets is what trying all inputs says; it gives up in time."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tpc
from tests.strategies import programs, sequences
from tpc.explain import solved
from tpc.explain.explanation import explain
from tpc.explain.forcing import Flips, Question, by_exhaustion, question, single_changes
from tpc.ir.program import Program
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Interpreter

PROGRAMS = Path(__file__).parents[2] / "programs"


def asked_of(program: Program, words: list[str], position: int) -> tuple[Question, Flips]:
    ids = encode(program, words)
    found = Interpreter(program).evaluate(ids)
    asked = question(program, ids, None if program.label_type.pooled else position, found)
    return asked, single_changes(asked)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_solver_finds_what_trying_finds(data: st.DataObject) -> None:
    program = data.draw(programs())
    words = data.draw(sequences(program))
    if not words:
        return
    last = 0 if program.label_type.pooled else len(words) - 1
    asked, flips = asked_of(program, words, data.draw(st.integers(0, last)))
    tried = by_exhaustion(asked, flips)
    by_solver = solved.by_any_means(asked, flips, limit=0)
    if by_solver.sets is not None and tried.sets is not None:
        assert by_solver.sets == tried.sets


@pytest.mark.parametrize(
    ("name", "words", "position"),
    [
        ("sort", "<s> 3 1 4 0 </s>", 2),
        ("hist", "<s> 3 1 3 3 0 5 2", 3),
        ("dyck1", "<s> ( ( ) ) ( ) ) ( ( ( ) ) ( ) )", 7),
        ("dyck2", "<s> ( { } ) ( ( ) { } ) { { } } (", 12),
    ],
)
def test_committed_programs(name: str, words: str, position: int) -> None:
    program = tpc.load(PROGRAMS / name / f"{name}.tpir").ir
    asked, flips = asked_of(program, words.split(), position)
    found = solved.by_any_means(asked, flips, limit=0)
    assert found.solver.startswith("OR-Tools ")
    assert found.sets == by_exhaustion(asked, flips).sets


def test_what_cannot_be_tried_is_proved_and_said() -> None:
    program = tpc.load(PROGRAMS / "dyck2" / "dyck2.tpir").ir
    text = "<s> ( { } ) ( ( ) { } ) { { } } ("
    words = text.split()
    why = explain(Interpreter(program), words, 12, limit=1000)
    assert why.forcing.sets is not None
    assert why.forcing.inputs > 1000
    assert "OR-Tools" in str(why)
    assert why.to_json()["forcing"]["solver"] == why.forcing.solver
    for chosen in why.forcing.sets:
        assert _holds(program, words, 12, chosen)


def _holds(program: Program, words: list[str], position: int, kept: tuple[int, ...]) -> bool:
    """Whether random inputs with the same tokens at some positions have the same label there."""
    interpreter, stream = Interpreter(program), np.random.default_rng(0)
    label = interpreter.run(words, raw=True)[position]
    for _ in range(300):
        changed = [
            w if i in (0, *kept) else stream.choice(list("(){}")) for i, w in enumerate(words)
        ]
        if interpreter.run([str(word) for word in changed], raw=True)[position] != label:
            return False
    return True


def test_too_many_questions_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solved, "_MAX_QUESTIONS", 1)
    program = tpc.load(PROGRAMS / "dyck2" / "dyck2.tpir").ir
    words = "<s> ( { } ) ( ( ) { } ) { { } } ("
    asked, flips = asked_of(program, words.split(), 12)
    assert len(by_exhaustion(asked, flips).sets or ()) > 1
    found = solved.by_any_means(asked, flips, limit=0)
    assert (found.sets, found.solver) == (None, "")


def test_hitting_sets_are_all_of_a_size() -> None:
    met = [frozenset({0, 1}), frozenset({1, 2}), frozenset({3})]
    for size in range(5):
        expected = {
            frozenset(some)
            for some in itertools.combinations(range(4), size)
            if all(set(some) & one for one in met)
        }
        assert set(solved._hitting(met, size, range(4))) == expected
