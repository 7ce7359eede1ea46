"""Variables whose values are positions of the input itself, so that nobody needs to check."""

from __future__ import annotations

from tpc.ir.expressions import Absolute, Binary, Constant, Expression, Operand
from tpc.lowering.lowered import Head, Lookup, Lowered


def is_inside(lowered: Lowered, name: str, *, so_far: bool) -> bool:
    """Whether every value of a variable is a position of the input, whatever the input is.

    Args:
        lowered: The program.
        name: The variable.
        so_far: Whether it has to be a position up to that of the value.
    """
    if lowered.is_positions(name):
        return True
    step = next((step for step in lowered.steps if step.name == name), None)
    match step:
        case Head() if step.selector.single:
            causal = step.selector.causal or not so_far
            return causal and is_inside(lowered, step.value, so_far=so_far)
        case Lookup():
            operands = [is_inside(lowered, operand, so_far=so_far) for operand in step.operands]
            return all(_inside(case.outcome, operands) for case in step.cases)
        case _:
            return False


def _inside(outcome: int | Expression, operands: list[bool]) -> bool:
    """Whether an outcome, which is never negative, is no larger than some position."""
    match outcome:
        case int(number) | Constant(number):
            return number == 0
        case Operand(index):
            return operands[index]
        case Absolute(Binary("-", left, right)) | Binary("max", left, right):
            return _inside(left, operands) and _inside(right, operands)
        case Binary("min", left, right):
            return _inside(left, operands) or _inside(right, operands)
        case Binary("-", left, right):
            return _inside(left, operands) and _is_natural(right, operands)
        case Binary("//" | "%", left, right):
            return _inside(left, operands) and isinstance(right, Constant) and right.value > 0
        case _:
            return False


def _is_natural(expression: Expression, operands: list[bool]) -> bool:
    return (isinstance(expression, Constant) and expression.value >= 0) or _inside(
        expression, operands
    )
