"""What the verifier asks of formulas: values in range, no divisor 0, wherever a case decides."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import expressions
from tpc.diagnostics import TpcError
from tpc.ir.bounds import bounds_of, fault_of
from tpc.ir.expressions import Absolute, Binary, Constant, Expression, Operand, evaluate
from tpc.ir.nodes import Case
from tpc.ir.parser import parse_program
from tpc.ir.program import outcome
from tpc.ir.types import value_set

A, B = Operand(0), Operand(1)

TEXT = """tpir 1.1
domain @token = ["<pad>", "a", "b"]
domain @label = ["x", "y"]
domain @position = 0..7
max_length 8
language ["a", "b"]{1..8}
program @p(%tokens: cat<@token>) -> label<@label> {
  %positions = positions : cat<@position>
  %ones = ones : num<1..1>
  %same = select.all(query=%tokens, key=%tokens) where key == query
  %count = aggregate(%same, %ones) : num<0..8>
  %v = lookup(%positions, %count) {CASES} : cat<@position>
  %label = lookup(%v) {0 => "x", _ => "y"} : label<@label>
  return %label
}
"""


def complaint(cases: str) -> TpcError:
    with pytest.raises(TpcError) as raised:
        parse_program(TEXT.replace("CASES", cases), "p.tpir")
    assert raised.value.location is not None
    assert raised.value.location.line == 12
    assert raised.value.hint
    return raised.value


@pytest.mark.parametrize(
    "cases",
    [
        "_ => %positions",
        "_ => max(%positions - %count, 0)",
        "(0..6, 0) => %positions + 1, _ => 7 - %positions",
        "(_, 0) => 0, _ => %positions // %count",
        "(_, 0) => 0, _ => 0 - (0 - %positions) // %count",
        "_ => (%positions - 4) % 3",
        "(_, 0) => 0, _ => %positions % %count",
        "_ => %positions // (%count + 1) * (%count > 2)",
        "(0, _) => 1, (1, 3..8) => 2, (_, 1..8) => abs(%positions - 7), _ => 0",
    ],
)
def test_what_stays_in_range_is_taken(cases: str) -> None:
    parse_program(TEXT.replace("CASES", cases))


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ("_ => %positions + 1", r"is 8 for \(7, 0\), outside 0\.\.7"),
        ("_ => %positions - %count", r"is -1 for \(0, 1\)"),
        ("(0, _) => 0, _ => %positions - %count", r"is -1 for \(1, 2\)"),
        ("_ => %positions // %count", r"divides by 0 for \(0, 0\)"),
        ("(1..7, 0) => 0, _ => %positions // %count", r"divides by 0 for \(0, 0\)"),
        ("_ => %positions % (%count - 3)", r"divides by 0 for \(0, 3\)"),
        ("_ => %positions * 1000000 * 1000000 // 1000000000000", "a part that can reach 7,000,0"),
        ("_ => " + " + ".join(["%positions * 0"] * 40), "more than 100 parts"),
    ],
)
def test_what_does_not_is_refused_with_an_example(cases: str, said: str) -> None:
    error = complaint(cases)
    with pytest.raises(TpcError, match=said):
        raise error


def test_large_tables_are_judged_by_bounds() -> None:
    """What bounds do not show is refused, though it holds; a minimum shows it."""
    ranges, most = [(0, 999), (0, 999)], 65_536
    cases = (Case((None, None), Binary("-", A, A)),)
    fault = fault_of(cases, 0, ranges, (0, 0), most)
    assert fault is None  # Of one operand all values are looked at.
    cases = (Case((None, None), Binary("-", Binary("+", A, B), B)),)
    fault = fault_of(cases, 0, ranges, (0, 999), most)
    assert fault is not None
    assert "not seen to stay" in fault.message
    clamped = Binary("max", Constant(0), Binary("min", Binary("-", A, B), Constant(999)))
    assert fault_of((Case((None, None), clamped),), 0, ranges, (0, 999), most) is None
    guarded = (Case((None, ((0, 0),)), 0), Case((None, None), Binary("//", A, B)))
    assert fault_of(guarded, 1, ranges, (0, 999), most) is None


RANGES = [range(-2, 4), range(5)]
PATTERNS = st.tuples(
    *(
        st.one_of(st.none(), st.sets(st.sampled_from(values), min_size=1).map(value_set))
        for values in RANGES
    )
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PATTERNS, max_size=2),
    PATTERNS,
    expressions(2).filter(lambda e: not isinstance(e, Constant)),
    st.integers(-4, 2),
    st.integers(0, 6),
)
def test_a_fault_is_found_wherever_there_is_one(
    earlier: list, pattern: tuple, formula: Expression, low: int, more: int
) -> None:
    cases = (*(Case(one, 0) for one in earlier), Case(pattern, formula))
    found = fault_of(cases, len(earlier), [(-2, 3), (0, 4)], (low, low + more), 1_000)
    wrong = False
    for values in itertools.product(*RANGES):
        if outcome(tuple(Case(one, 0) for one in earlier), values) is not None:
            continue
        try:
            given_value = outcome(cases, values)
        except ZeroDivisionError:
            wrong = True
            continue
        wrong |= given_value is not None and not low <= given_value <= low + more
    assert (found is not None) == wrong


@settings(max_examples=300, deadline=None)
@given(expressions(2))
def test_bounds_hold(formula: Expression) -> None:
    low, high = bounds_of(formula, [(-2, 3), (0, 4)])
    for values in itertools.product(*RANGES):
        try:
            value = evaluate(formula, values)
        except ZeroDivisionError:
            continue
        assert low <= value <= high


def test_bounds_are_tight_where_they_are_plain() -> None:
    assert bounds_of(Binary("-", A, B), [(0, 7), (1, 3)]) == (-3, 6)
    assert bounds_of(Binary("//", A, B), [(-7, 7), (2, 3)]) == (-4, 3)
    assert bounds_of(Binary("%", A, Constant(5)), [(-7, 7)]) == (0, 4)
    assert bounds_of(Absolute(A), [(-7, 3)]) == (0, 7)
