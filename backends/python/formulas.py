"""Formulas: lookups and wanted keys that are computed instead of listed."""

from __future__ import annotations

from collections.abc import Callable

from tpc.backends.python.literals import literal
from tpc.ir.expressions import Binary, Expression
from tpc.ir.notation import ATOM, COMPARISON, Form, in_code, written
from tpc.lowering.formulas import Computed


def arithmetic(expression: Expression, operand: Callable[[int], str]) -> str:
    """An expression of integers; comparisons are numbers too."""
    return written(expression, operand, _form)


def _form(binary: Binary) -> Form:
    form = in_code(binary, {})
    if form.level > COMPARISON:
        return form
    return Form(f"int({form.template})", ATOM, form.left, form.right)


def outcome_of(shown: Computed | str | int, operand: Callable[[int], str]) -> str:
    """What a case gives, in terms of what its operands are called."""
    if not isinstance(shown, Computed):
        return literal(shown)
    text = arithmetic(
        shown.expression,
        lambda index: f"int({operand(index)})" if index in shown.texts else operand(index),
    )
    return f"str({text})" if shown.as_text else text
