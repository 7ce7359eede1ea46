"""Formulas in JavaScript: `//` floors, `%` has the sign of its divisor, comparisons are numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tpc.ir.expressions import Binary, Operator
from tpc.ir.notation import ATOM, PRODUCT, SUM, Form, in_code, written
from tpc.lowering.formulas import Computed

_FORMS: Mapping[Operator, Form] = MappingProxyType(
    {
        "//": Form("Math.floor({} / {})", ATOM, PRODUCT, ATOM),
        "min": Form("Math.min({}, {})"),
        "max": Form("Math.max({}, {})"),
        "==": Form("Number({} === {})", ATOM, SUM, SUM),
        "!=": Form("Number({} !== {})", ATOM, SUM, SUM),
        "<": Form("Number({} < {})", ATOM, SUM, SUM),
        "<=": Form("Number({} <= {})", ATOM, SUM, SUM),
    }
)

#: The remainder of the language has the sign of the dividend.
_MODULO = Form("modulo({}, {})")


def outcome_of(computed: Computed, operand: Callable[[int], str]) -> str:
    """What a case gives, in terms of what its operands are called."""

    def number(index: int) -> str:
        return f"Number({operand(index)})" if index in computed.texts else operand(index)

    def form(binary: Binary) -> Form:
        if binary.operator == "%" and binary not in computed.natural:
            return _MODULO
        return in_code(binary, _FORMS)

    text = written(computed.expression, number, form, "Math.abs({})")
    return f"String({text})" if computed.as_text else text
