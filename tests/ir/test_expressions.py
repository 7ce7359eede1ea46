"""Expressions: what they are for values of their operands."""

from __future__ import annotations

import pytest

from tpc.ir.expressions import (
    Absolute,
    Binary,
    Constant,
    Operand,
    evaluate,
    operands_read,
    with_constants,
)

_A, _B = Operand(0), Operand(1)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (Binary("-", _A, _B), -10),
        (Binary("//", _A, Constant(2)), -4),
        (Binary("%", _A, Constant(2)), 1),
        (Absolute(Binary("+", _A, Constant(1))), 6),
        (Binary("min", _A, _B), -7),
        (Binary("max", _A, _B), 3),
        (Binary("<", _A, _B), 1),
        (Binary("<=", _B, _A), 0),
        (Binary("==", _A, Constant(-7)), 1),
        (Binary("!=", _A, Constant(-7)), 0),
        (Binary("*", _A, Binary("+", _B, Constant(1))), -28),
    ],
)
def test_value(expression, value):
    assert evaluate(expression, (-7, 3)) == value


def test_a_divisor_of_0_is_an_error():
    with pytest.raises(ZeroDivisionError):
        evaluate(Binary("//", _A, Binary("-", _B, Constant(3))), (-7, 3))


def test_the_operands_read():
    assert operands_read(Binary("-", _B, Absolute(Constant(1)))) == {1}


@pytest.mark.parametrize(
    ("expression", "values", "shorter"),
    [
        (Binary("+", _A, _B), {1: 0}, _A),
        (Binary("+", _A, _B), {0: 0}, _B),
        (Binary("-", _A, _B), {1: 0}, _A),
        (Binary("*", _A, _B), {0: 1}, _B),
        (Binary("//", _A, _B), {1: 1}, _A),
        (Binary("*", _A, _B), {0: 0}, Binary("*", Constant(0), _B)),
        (Binary("-", _A, _B), {0: 0}, Binary("-", Constant(0), _B)),
        (Binary("%", _A, _B), {0: 7, 1: 4}, Constant(3)),
        (Absolute(Binary("-", _A, Absolute(_B))), {0: 1, 1: -3}, Constant(2)),
        (Binary("//", _A, _B), {0: 7, 1: 0}, Binary("//", Constant(7), Constant(0))),
        (Binary("+", _A, _B), {}, Binary("+", _A, _B)),
    ],
)
def test_operands_with_one_value_are_constants(expression, values, shorter):
    assert with_constants(expression, values) == shorter
