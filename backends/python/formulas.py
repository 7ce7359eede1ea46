"""Formulas: lookups and wanted keys that are computed instead of listed."""

from __future__ import annotations

from collections.abc import Callable

from tpc.backends.python.literals import literal
from tpc.ir.expressions import Absolute, Binary, Expression, parts
from tpc.ir.notation import ATOM, COMPARISON, Form, in_code, written
from tpc.lowering.formulas import Computed

#: Operators whose result is no `bool`, whatever their sides are.
_ARITHMETIC = frozenset({"+", "-", "*", "//", "%"})


def arithmetic(expression: Expression, operand: Callable[[int], str]) -> str:
    """An expression of integers; comparisons are numbers too, which sums of them say anyway."""
    added, alone = set[Expression](), {expression}
    for part in parts(expression):
        if isinstance(part, Binary):
            (added if part.operator in _ARITHMETIC else alone).update((part.left, part.right))
        elif isinstance(part, Absolute):
            alone.add(part.of)

    def form(binary: Binary) -> Form:
        found = in_code(binary, {})
        if found.level > COMPARISON or binary in added - alone:
            return found
        return Form(f"int({found.template})", ATOM, found.left, found.right)

    return written(expression, operand, form)


def outcome_of(shown: Computed | str | int, operand: Callable[[int], str]) -> str:
    """What a case gives, in terms of what its operands are called."""
    if not isinstance(shown, Computed):
        return literal(shown)
    text = arithmetic(
        shown.expression,
        lambda index: f"int({operand(index)})" if index in shown.texts else operand(index),
    )
    return f"str({text})" if shown.as_text else text
