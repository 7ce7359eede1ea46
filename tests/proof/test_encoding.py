"""Programs as formulas against the interpreter, on random programs; queries against exhaustion."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.proof.test_portfolio import example
from tests.strategies import programs
from tpc.ir.language import Slot
from tpc.proof.encoding import Encoding
from tpc.proof.query import Impossible, Possible, Query
from tpc.proof.values import NotEncodableError
from tpc.semantics.interpreter import evaluate


@st.composite
def shapes(draw, program) -> tuple[Slot[int], ...]:
    """A shape of any tokens but padding."""
    tokens = range(1, len(program.vocabulary))
    slot = st.lists(st.sampled_from(tokens), min_size=1, max_size=4, unique=True)
    slots = draw(st.lists(slot, min_size=1, max_size=program.max_length))
    return tuple(Slot(tuple(sorted(found))) for found in slots)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_formulas_of_labels_are_true_where_the_interpreter_answers_them(data) -> None:
    program = data.draw(programs(max_nodes=9))
    shape = data.draw(shapes(program))
    encoding = Encoding(shape)
    try:
        encoded = encoding.encode(program)
    except NotEncodableError:
        assume(False)
    for _ in range(4):
        ids = tuple(data.draw(st.sampled_from(slot.tokens)) for slot in shape)
        labels = evaluate(program, ids).columns[program.result]
        holds = encoding.formulas.evaluate(ids, {})
        for position, answer in enumerate(labels):
            true = [c for c in range(len(program.classes)) if _true(holds, encoded, position, c)]
            assert true == [answer]


def _true(holds, encoded, position, answer) -> bool:
    literal = encoded.label(position, answer)
    return holds[abs(literal)] == (literal > 0)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_label_is_possible_where_a_string_has_it_and_nowhere_else(data) -> None:
    program = data.draw(programs(max_nodes=6))
    shape = data.draw(shapes(program))
    encoding = Encoding(shape)
    encoded = encoding.encode(program)
    ids = tuple(data.draw(st.sampled_from(slot.tokens)) for slot in shape)
    labels = evaluate(program, ids).columns[program.result]
    fixed = encoding.formulas.all(encoding.token(i, token) for i, token in enumerate(ids))
    query = Query(encoding)
    for position in encoded.labels:
        for answer in range(len(program.classes)):
            literal = encoded.label(position, answer)
            there = query.ask(encoding.formulas.both(fixed, literal))
            if answer == labels[position]:
                assert isinstance(there, Possible)
                assert there.ids == ids
            else:
                assert isinstance(there, Impossible)
            anywhere = query.ask(literal)
            if isinstance(anywhere, Possible):
                shown = evaluate(program, anywhere.ids).columns[program.result]
                assert shown[position] == answer
            else:
                assert answer != labels[position]


def test_what_would_take_too_many_formulas_is_not_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    program = example("dyck2")
    (shape,) = program.language.shapes(program.max_length)
    monkeypatch.setattr("tpc.proof.encoding._MAX_FORMULAS", 1_000)
    with pytest.raises(NotEncodableError, match="more than 1,000 formulas"):
        Encoding(shape).encode(program)
    monkeypatch.setattr("tpc.proof.encoding._MAX_TOKENS", 60)
    with pytest.raises(NotEncodableError, match="61 tokens in its slots"):
        Encoding(shape).encode(program)
