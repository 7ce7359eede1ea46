"""Formulas as arithmetic on whole columns, in 64 bits."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tpc.backends.numpy.writer import Writer
from tpc.ir.expressions import Absolute, Binary, Constant, Expression, Operand, Operator
from tpc.ir.notation import ATOM, INFIX, SUM, Form, written
from tpc.ir.types import ValueSet
from tpc.lowering import Case, Lookup
from tpc.lowering.formulas import total_division

_FORMS: Mapping[Operator, Form] = MappingProxyType(
    {
        "min": Form("np.minimum({}, {})"),
        "max": Form("np.maximum({}, {})"),
        **{
            name: Form(f"({{}} {name} {{}}).astype(np.int64)", ATOM, SUM, SUM)
            for name in ("==", "!=", "<", "<=")
        },
    }
)


def computed(writer: Writer, step: Lookup) -> str:
    """A lookup with formulas as an expression."""
    *cases, last = step.deciding
    otherwise = _outcome(writer, step, last)
    if not cases:
        return f"({otherwise}).astype({writer.kind(step.name)})"
    pairs = [f"({_condition(writer, step, c)}, {_outcome(writer, step, c)})" for c in cases]
    return writer.call("by_cases", writer.kind(step.name), *pairs, f"otherwise={otherwise}")


def _outcome(writer: Writer, step: Lookup, case: Case) -> str:
    if isinstance(case.outcome, int):
        return str(case.outcome)
    # What each case gives is computed everywhere.
    bounds = [(0, writer.arrays.variables[name].size - 1) for name in step.operands]
    formula = total_division(case.outcome, bounds)
    assert formula is not None, "others are tables"
    narrow = [writer.names[name] for name in step.operands]
    names = [*narrow, *(f"np.int64({name})" for name in narrow)]
    return written(_widened(formula, len(narrow)), names.__getitem__, _form, "np.abs({})")


def _widened(formula: Expression, count: int) -> Expression:
    """The formula with operands of 64 bits, whose numbers are higher by `count`, where it computes.

    One side is enough: the other one is converted.
    """
    match formula:
        case Absolute(of):
            return Absolute(_wide(of, count))
        case Binary(name, left, right):
            if isinstance(right, Binary | Absolute):
                return Binary(name, _widened(left, count), _widened(right, count))
            if isinstance(left, Constant):
                return Binary(name, left, _wide(right, count))
            return Binary(name, _wide(left, count), right)
        case _:
            return formula


def _wide(formula: Expression, count: int) -> Expression:
    if isinstance(formula, Operand):
        return Operand(formula.index + count)
    return _widened(formula, count)


def _form(binary: Binary) -> Form:
    return _FORMS.get(binary.operator, INFIX[binary.operator])


def _condition(writer: Writer, step: Lookup, case: Case) -> str:
    """Whether a case holds, nothing if it always does."""
    operands = zip(step.operands, case.patterns, strict=True)
    tests = [_among(writer.names[name], p) for name, p in operands if p is not None]
    return tests[0][1:-1] if len(tests) == 1 and tests[0].count("(") == 1 else " & ".join(tests)


def _among(name: str, chosen: ValueSet) -> str:
    tests = [
        f"({name} == {low})" if low == high else f"({name} >= {low}) & ({name} <= {high})"
        for low, high in chosen
    ]
    return tests[0] if len(tests) == 1 else f"({' | '.join(tests)})"
