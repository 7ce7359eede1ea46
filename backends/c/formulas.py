"""Formulas as arithmetic on `int`: `//` floors, `%` has the sign of its divisor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tpc.backends.c.literals import TYPES
from tpc.backends.c.writer import Writer
from tpc.ir.bounds import bounds_of
from tpc.ir.expressions import Binary, Expression, Operator, operands_read
from tpc.ir.notation import ATOM, PRODUCT, SUM, Form, in_code, written
from tpc.ir.types import ValueSet
from tpc.lowering import Case, Lookup

_FORMS: Mapping[Operator, Form] = MappingProxyType(
    {
        **{name: Form(f"({{}} {name} {{}})", ATOM, SUM, SUM) for name in ("==", "!=", "<", "<=")},
        "min": Form("least({}, {})"),
        "max": Form("largest({}, {})"),
    }
)

#: Of numbers that are never negative the operators of the language do.
_NATURAL: Mapping[Operator, Form] = MappingProxyType(
    {
        "//": Form("{} / {}", PRODUCT, PRODUCT, ATOM),
        "%": Form("{} % {}", PRODUCT, PRODUCT, ATOM),
    }
)
_HELPERS: Mapping[Operator, str] = MappingProxyType(
    {"//": "floor_quotient", "%": "floor_remainder", "min": "least", "max": "largest"}
)


def computed(writer: Writer, step: Lookup) -> list[str]:
    """Statements that compute a row of a lookup with formulas."""
    names = [f"v{index}" for index in range(len(step.operands))]
    text, read = "", set[int]()
    for case in step.cases:
        test = _condition(names, case)
        read |= {index for index, pattern in enumerate(case.patterns) if pattern is not None}
        if not isinstance(case.outcome, int):
            read |= operands_read(case.outcome)
        outcome = _outcome(writer, step, case, names)
        last = not test or case is step.cases[-1]
        text += outcome if last else f"{test} ? {outcome} : "
        if last:
            break
    kind = TYPES[writer.arrays.storage(step.name)]
    return [
        "for (int lane = 0; lane < LANES; lane++) {",
        *(
            f"    int {names[index]} = (int){writer.row(step.operands[index])}[lane];"
            for index in sorted(read)
        ),
        f"    {writer.row(step.name)}[lane] = ({kind})({text});",
        "}",
    ]


def _outcome(writer: Writer, step: Lookup, case: Case, names: Sequence[str]) -> str:
    if isinstance(case.outcome, int):
        return str(case.outcome)
    bounds = [(0, writer.arrays.variables[name].size - 1) for name in step.operands]

    def form(binary: Binary) -> Form:
        if binary.operator in _NATURAL and _natural(binary, bounds):
            return _NATURAL[binary.operator]
        helper = _HELPERS.get(binary.operator)
        if helper is None:
            return in_code(binary, _FORMS)
        return Form(f"{writer.use(helper)}({{}}, {{}})")

    return written(case.outcome, names.__getitem__, form, "abs({})")


def _natural(binary: Binary, bounds: Sequence[tuple[int, int]]) -> bool:
    sides: tuple[Expression, Expression] = (binary.left, binary.right)
    return all(bounds_of(side, bounds)[0] >= 0 for side in sides)


def _condition(names: Sequence[str], case: Case) -> str:
    """Whether a case holds, nothing if it always does."""
    operands = zip(names, case.patterns, strict=True)
    return " && ".join(_among(name, p) for name, p in operands if p is not None)


def _among(name: str, chosen: ValueSet) -> str:
    tests = [
        f"{name} == {low}" if low == high else f"({name} >= {low} && {name} <= {high})"
        for low, high in chosen
    ]
    return tests[0] if len(tests) == 1 else f"({' || '.join(tests)})"
