"""MLPs of one number by where it lies: equal to exact arithmetic at and beside every cut."""

from __future__ import annotations

import math
import operator
from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.backends.conftest import corpus_program
from tpc.ir.nodes import Weights
from tpc.lowering import Column, Perceptron, lower
from tpc.lowering.piecewise import Piecewise, piecewise

EIGHTHS = st.integers(-16, 16).map(lambda k: k / 8)
SINGLES = st.floats(-4, 4, width=32)
COMPARISONS = {">=": operator.ge, ">": operator.gt}


def found(weights: Weights, *operands: str) -> Piecewise | None:
    columns = {
        "x": Column("x", "real", "head", range(0), (), None, ()),
        "y": Column("y", "real", "head", range(0), (), None, ()),
        "n": Column("n", "number", "head", range(9), range(9), None, ()),
        "c": Column("c", "category", "head", range(1), range(1), None, ()),
    }
    lowered = replace(lower(corpus_program("constant")), columns=columns)
    return piecewise(lowered, Perceptron("mlp", operands, weights))


def outcome(pieces: Piecewise, value: float) -> int:
    """Of the last cut that the value is behind."""
    passed = [cut for cut in pieces.cuts if COMPARISONS[cut.comparison](value, cut.point)]
    assert list(pieces.cuts[: len(passed)]) == passed, "the cuts are in order"
    return pieces.outcomes[len(passed)]


def exact(weights: Weights, inputs: int, value: float) -> int:
    """The MLP in rational arithmetic."""
    hidden = []
    for unit, bias in enumerate(weights.b_in):
        row = weights.w_in[unit * inputs : (unit + 1) * inputs]
        hidden.append(max(Fraction(0), sum(map(Fraction, row)) * Fraction(value) + Fraction(bias)))
    sums = []
    for output, bias in enumerate(weights.b_out):
        row = weights.w_out[output * weights.hidden : (output + 1) * weights.hidden]
        sums.append(Fraction(bias) + sum(Fraction(w) * h for w, h in zip(row, hidden, strict=True)))
    return sums.index(max(sums))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_cuts_are_exact(data: st.DataObject) -> None:
    weight = data.draw(st.sampled_from([EIGHTHS, SINGLES]))
    hidden, outputs, inputs = (data.draw(st.integers(1, most)) for most in (3, 3, 2))

    def numbers(count: int) -> tuple[float, ...]:
        return tuple(data.draw(st.lists(weight, min_size=count, max_size=count)))

    weights = Weights(
        hidden,
        numbers(hidden * inputs),
        numbers(hidden),
        numbers(outputs * hidden),
        numbers(outputs),
    )
    pieces = found(weights, *["x"] * inputs)
    assert pieces is not None
    values = {0.0, 1e6, -1e6, data.draw(st.floats(-50, 50))}
    for cut in pieces.cuts:
        values |= {cut.point, *(math.nextafter(cut.point, to) for to in (-math.inf, math.inf))}
    for value in values:
        assert outcome(pieces, value) == exact(weights, inputs, value), value


STEP = Weights(1, (1.0,), (-2.0,), (0.0, 1.0), (1.0, 0.0))
"""Output 1 exceeds output 0 where `relu(x - 2) > 1`."""


def test_a_change_without_the_point_itself() -> None:
    pieces = found(STEP, "x")
    assert pieces is not None
    assert pieces.outcomes == (0, 1)
    assert [(cut.comparison, cut.point) for cut in pieces.cuts] == [(">", 3.0)]


def test_a_change_that_includes_the_point() -> None:
    other = replace(STEP, w_out=(1.0, 0.0), b_out=(0.0, 1.0))
    pieces = found(other, "n")
    assert pieces is not None
    assert pieces.outcomes == (1, 0)
    assert [(cut.comparison, cut.point) for cut in pieces.cuts] == [(">=", 3.0)]


def test_a_constant_has_no_cuts() -> None:
    pieces = found(replace(STEP, w_out=(0.0, 0.0)), "x")
    assert pieces == Piecewise(0, ())


def test_only_of_a_single_number() -> None:
    assert found(replace(STEP, w_in=(1.0, 1.0)), "x", "y") is None
    assert found(STEP, "c") is None
    assert found(replace(STEP, w_in=(1.0, 1.0)), "x", "x") is not None
