"""Formulas that say what a table says."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from tpc.ir.expressions import Binary, Constant, Operand, evaluate
from tpc.ir.notation import written
from tpc.synthesis.formulas import Entries, Formula, formula_cost, shortest_formula


def found(
    outcome: Callable[..., int],
    axes: list[range],
    where: Callable[..., bool] = lambda *_: True,
    most: int | None = None,
    exceptions: int = 0,
) -> Formula | None:
    """The formula for a function on a part of a grid; from `most` on any number is as good."""
    grid = np.array(list(itertools.product(*axes)))
    rows = np.array([row for row in grid if where(*row)])
    exact = np.array([outcome(*row) for row in rows])
    above = np.where(exact == most, 1_000, exact)
    asked = Entries(tuple(rows.T), exact, above, tuple(grid.T), 1_000)
    formula = shortest_formula(asked, 60, exceptions)
    if formula is not None:
        for number, row in enumerate(rows.tolist()):
            value = evaluate(formula.expression, row)
            fits = exact[number] <= value <= above[number]
            assert fits != (number in formula.exceptions)
        assert all(evaluate(formula.expression, row) >= 0 for row in grid.tolist())
    return formula


@pytest.mark.parametrize(
    ("outcome", "axes", "where", "text"),
    [
        (lambda a, b: a - b, [range(9)] * 2, lambda a, b: 1 <= b < a, "abs(a - b)"),
        (lambda a: a // 2 + 1, [range(9)], lambda _: True, "a // 2 + 1"),
        (min, [range(9)] * 2, lambda *_: True, "min(a, b)"),
        (lambda a, b: int(a < b), [range(9)] * 2, lambda *_: True, "a < b"),
        (lambda a, b: a // b, [range(9)] * 2, lambda _, b: b > 0, "a // max(b, 1)"),
        (lambda a, b: a // b, [range(9), range(1, 9)], lambda *_: True, "a // b"),
        (lambda a: a % 2, [range(9)], lambda _: True, "a % 2"),
    ],
)
def test_the_shortest_formula_is_found(
    outcome: Callable[..., int], axes: list[range], where: Callable[..., bool], text: str
) -> None:
    formula = found(outcome, axes, where)
    assert formula is not None
    assert written(formula.expression, "ab".__getitem__) == text


def test_two_formulas_are_joined() -> None:
    formula = found(lambda a, b: a // b - 1 // b, [range(1, 9)] * 2)
    assert formula is not None
    assert written(formula.expression, "ab".__getitem__) == "a // b - 1 // b"


def test_an_outcome_may_be_larger_where_larger_is_as_good() -> None:
    formula = found(lambda a, b: min(a + b, 5), [range(9)] * 2, most=5)
    assert formula is not None
    assert written(formula.expression, "ab".__getitem__) == "a + b"


def test_few_exceptions_come_before_a_formula() -> None:
    def outcome(a: int) -> int:
        return 0 if a in (5, 12) else a // 2 + 1

    assert found(outcome, [range(16)]) is None
    formula = found(outcome, [range(16)], exceptions=2)
    assert formula is not None
    assert formula.exceptions == (5, 12)


def test_what_has_no_formula_has_none() -> None:
    assert found(lambda a, b: (a * 7 + b * b * 3) % 5, [range(9)] * 2) is None


def test_parentheses_cost() -> None:
    less = Binary("<", Operand(0), Operand(1))
    assert formula_cost(Binary("+", less, Binary("*", Operand(0), Constant(2)))) == 9
