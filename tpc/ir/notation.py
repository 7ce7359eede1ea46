"""Formulas written down: in the IR, and in the languages that backends emit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from tpc.ir.expressions import Absolute, Binary, Constant, Expression, Operand, Operator

#: How tightly something binds, from loose to tight.
COMPARISON, SUM, PRODUCT, SIGN, ATOM = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Form:
    """How one operator is written.

    Args:
        template: With `{}` for each side.
        level: How tightly the whole binds.
        left: What the left side needs to go without parentheses.
        right: The same of the right side.
    """

    template: str
    level: int = ATOM
    left: int = 0
    right: int = 0


#: How an operator is written, which may depend on its sides.
Notation: TypeAlias = Callable[[Binary], Form]

#: A call for `min` and `max`, all else between its sides; only sums and products associate.
INFIX: Mapping[Operator, Form] = MappingProxyType(
    {
        **{name: Form(f"{{}} {name} {{}}", SUM, SUM, PRODUCT) for name in ("+", "-")},
        **{name: Form(f"{{}} {name} {{}}", PRODUCT, PRODUCT, ATOM) for name in ("*", "//", "%")},
        **{name: Form(f"{name}({{}}, {{}})") for name in ("min", "max")},
        **{
            name: Form(f"{{}} {name} {{}}", COMPARISON, SUM, SUM)
            for name in ("==", "!=", "<", "<=")
        },
    }
)

#: Comparisons that are written the other way round where their left side is a constant.
_TURNED: Mapping[Operator, str] = MappingProxyType({"<": ">", "<=": ">="})


#: What the IR lacks and other languages have: `0 - a` as `-a`.
_NEGATED = Form("-{1}", SIGN, COMPARISON, ATOM)


def in_code(binary: Binary, forms: Mapping[Operator, Form]) -> Form:
    """How an operator is written in a language whose own forms are given; else as in the IR."""
    if binary.operator == "-" and binary.left == Constant(0):
        return _NEGATED
    return forms.get(binary.operator, INFIX[binary.operator])


def infix(binary: Binary) -> Form:
    """The notation of the IR, and of Python."""
    return INFIX[binary.operator]


def written(
    expression: Expression,
    operand: Callable[[int], str],
    notation: Notation = infix,
    absolute: str = "abs({})",
    least: int = 0,
) -> str:
    """An expression as text, with no more parentheses than it needs to be read back as it is.

    Args:
        expression: What is written.
        operand: An operand by its index: a name, or something that binds as tightly.
        notation: How operators are written.
        absolute: How the value without its sign is written.
        least: How tightly the whole has to bind.
    """
    text, level = _written(expression, operand, notation, absolute)
    return f"({text})" if level < least else text


def _written(
    expression: Expression, operand: Callable[[int], str], notation: Notation, absolute: str
) -> tuple[str, int]:
    match expression:
        case Constant(value):
            return str(value), ATOM
        case Operand(index):
            return operand(index), ATOM
        case Absolute(of):
            return absolute.format(_written(of, operand, notation, absolute)[0]), ATOM
        case Binary():
            form, sides = notation(expression), [expression.left, expression.right]
            turned = _TURNED.get(expression.operator)
            if turned is not None and isinstance(sides[0], Constant):
                # `count > 1`, not `1 < count`.
                template = form.template.replace(expression.operator, turned)
                form, sides = Form(template, form.level, form.right, form.left), sides[::-1]
            texts = []
            for side, least in zip(sides, (form.left, form.right), strict=True):
                text, level = _written(side, operand, notation, absolute)
                texts.append(f"({text})" if level < least else text)
            return form.template.format(*texts), form.level
