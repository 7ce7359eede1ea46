"""Formulas over what is shown of values: numbers written as labels, divisors that are never 0."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings

from tests.lowering.columns import category, lowered_with, number, word
from tests.strategies import expressions
from tpc.ir.expressions import Binary, Constant, Expression, Operand, evaluate, operands_read
from tpc.ir.nodes import Case
from tpc.ir.notation import written
from tpc.lowering.formulas import Computed, shown_outcome, total_division

A, B = Operand(0), Operand(1)
DIGITS = ("<pad>", *map(str, range(40)))
#: Digits are one below their index; the first label is none, and never occurs.
DIGIT = replace(category("d", 8), labels=DIGITS, type_range=range(41), values=range(1, 8))
LOWERED = lowered_with(number("n", 0, 4), category("c", 8), DIGIT, word("w"))


def shown(formula: Expression, result: str, *operands: str) -> Computed | str | int | None:
    return shown_outcome(LOWERED, result, operands, Case((None,) * len(operands), formula))


def text(formula: Expression, result: str, *operands: str) -> str:
    found = shown(formula, result, *operands)
    assert isinstance(found, Computed)
    return written(found.expression, operands.__getitem__)


@pytest.mark.parametrize(
    ("formula", "result", "operands", "expected"),
    [
        (Binary("-", A, B), "c", ("c", "n"), "c - n"),
        (Binary("-", A, B), "d", ("c", "n"), "c - n - 1"),
        (Binary("-", A, B), "c", ("d", "n"), "d - n + 1"),
        (Binary("-", A, B), "d", ("d", "n"), "d - n"),
        (Binary("-", Constant(7), A), "d", ("d",), "5 - d"),
        (Binary("+", Constant(1), A), "d", ("c",), "c"),
        (Binary("<", A, Constant(3)), "c", ("d",), "d < 2"),
        (Binary("<", Constant(3), A), "c", ("d",), "d > 2"),
        (Binary("*", A, B), "c", ("d", "n"), "(d + 1) * n"),
        (Binary("%", Binary("+", A, Constant(1)), Constant(3)), "c", ("d",), "(d + 2) % 3"),
    ],
)
def test_labels_count_as_the_numbers_that_they_are(
    formula: Expression, result: str, operands: tuple[str, ...], expected: str
) -> None:
    assert text(formula, result, *operands) == expected


def test_names_are_no_numbers_but_may_be_copied() -> None:
    assert shown(Binary("-", A, Constant(1)), "c", "w") is None
    assert shown(Binary("+", A, Constant(0)), "w", "c") is None
    assert shown(A, "w", "w") == Computed(A)
    assert shown_outcome(LOWERED, "w", ("c",), Case((None,), 2)) == "c"
    copied = shown(A, "d", "d")
    assert copied == Computed(A)


@settings(max_examples=300, deadline=None)
@given(expressions(2))
def test_what_is_shown_is_what_is_computed(formula: Expression) -> None:
    found = shown(formula, "d", "d", "n")
    assert isinstance(found, Computed)
    for index, count in itertools.product(range(1, 8), range(5)):
        try:
            expected = evaluate(formula, (index, count))
        except ZeroDivisionError:
            continue
        given_values = (DIGITS[index], count)
        if found == Computed(A):
            assert formula == A
        else:
            assert found.of(given_values) == str(expected - 1)


@settings(max_examples=300, deadline=None)
@given(expressions(2))
def test_divisors_are_never_0_and_values_the_same(formula: Expression) -> None:
    bounds = [(0, 4), (0, 2)]
    total = total_division(formula, bounds)
    if total is None:
        assert any(part in str(formula) for part in ("'//'", "'%'"))
        return
    assert operands_read(total) <= operands_read(formula)
    for values in itertools.product(range(5), range(3)):
        value = evaluate(total, values)
        with contextlib.suppress(ZeroDivisionError):
            assert value == evaluate(formula, values)


def test_divisions_of_natural_numbers_are_known() -> None:
    down, up = Binary("//", Binary("-", A, B), Constant(2)), Binary("%", A, Constant(3))
    found = shown(Binary("+", down, up), "c", "c", "n")
    assert isinstance(found, Computed)
    assert found.natural == {up}


def test_names_that_a_formula_does_not_read_are_no_numbers() -> None:
    assert Computed(Constant(3)).of(["a"]) == 3
    assert Computed(Binary("+", B, Constant(1))).of(["a", 2]) == 3
    assert Computed(A).of(["a"]) == "a"
