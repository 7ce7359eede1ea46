"""Formulas on columns: one value for each row of the operands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from tpc.ir.expressions import Absolute, Binary, Constant, Expression, Operand, Operator
from tpc.semantics.arrays import Array


def _divided(left: Array, right: Array) -> Array:
    found: Array = np.floor_divide(left, np.where(right == 0, 1, right))
    return found


def _remainder(left: Array, right: Array) -> Array:
    found: Array = np.mod(left, np.where(right == 0, 1, right))
    return found


_OPERATORS: Mapping[Operator, Callable[[Array, Array], Array]] = MappingProxyType(
    {
        "+": np.add,
        "-": np.subtract,
        "*": np.multiply,
        "//": _divided,
        "%": _remainder,
        "min": np.minimum,
        "max": np.maximum,
        "==": np.equal,
        "!=": np.not_equal,
        "<": np.less,
        "<=": np.less_equal,
    }
)


def column(expression: Expression, operands: Sequence[Array]) -> Array:
    """The values of an expression, of the shape that its operands have together.

    Rows that the case does not decide get some number: nothing is raised where a divisor is 0.

    Args:
        expression: Over the operands.
        operands: Integers; shapes that can be broadcast.
    """
    match expression:
        case Constant(value):
            return np.array(value, dtype=np.int64)
        case Operand(index):
            return operands[index].astype(np.int64)
        case Absolute(of):
            return np.abs(column(of, operands))
        case Binary(name, left, right):
            found = _OPERATORS[name](column(left, operands), column(right, operands))
            return found.astype(np.int64)
