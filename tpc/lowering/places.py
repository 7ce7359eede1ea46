"""Variables whose values are positions of the input itself, so that nobody needs to check."""

from __future__ import annotations

from tpc.ir.expressions import Absolute, Binary, Constant, Expression, Operand
from tpc.lowering.lowered import Head, Lookup, Lowered


def is_place(lowered: Lowered, name: str, *, so_far: bool) -> bool:
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
            return causal and is_place(lowered, step.value, so_far=so_far)
        case Lookup():
            places = [is_place(lowered, operand, so_far=so_far) for operand in step.operands]
            return all(_is_place(case.outcome, places) for case in step.cases)
        case _:
            return False


def _is_place(outcome: int | Expression, places: list[bool]) -> bool:
    """Whether an outcome, which is never negative, is no larger than some position."""
    match outcome:
        case int(number) | Constant(number):
            return number == 0
        case Operand(index):
            return places[index]
        case Absolute(Binary("-", left, right)) | Binary("max", left, right):
            return _is_place(left, places) and _is_place(right, places)
        case Binary("min", left, right):
            return _is_place(left, places) or _is_place(right, places)
        case Binary("-", left, right):
            return _is_place(left, places) and _is_natural(right, places)
        case Binary("//" | "%", left, right):
            return _is_place(left, places) and isinstance(right, Constant) and right.value > 0
        case _:
            return False


def _is_natural(expression: Expression, places: list[bool]) -> bool:
    return (isinstance(expression, Constant) and expression.value >= 0) or _is_place(
        expression, places
    )
