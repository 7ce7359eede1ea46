"""Between which bounds formulas stay: what the verifier asks of them.

Decided value by value where there are few combinations, else from the bounds of the operands.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tpc.ir.expressions import (
    Absolute,
    Binary,
    Constant,
    Expression,
    Operand,
    evaluate,
    operands_read,
    parts,
)
from tpc.ir.nodes import Case, Lookup
from tpc.ir.program import MAX_TABLE_ENTRIES, Variables
from tpc.ir.types import ValueSet, contains, members, size

#: The smallest and the largest value.
Bounds = tuple[int, int]

#: Targets compute formulas with 32 bits and more; nothing that a program counts needs longer ones.
MAX_MAGNITUDE, MAX_PARTS = 2**31 - 1, 100


@dataclass(frozen=True)
class Fault:
    """Why the formula of a case cannot stand.

    Args:
        message: What is wrong with it, to follow the name of the node.
        hint: What to do.
    """

    message: str
    hint: str


def fault_in(variables: Variables, node: Lookup) -> Fault | None:
    """What is wrong with the formulas of a lookup that is well formed otherwise.

    Args:
        variables: Those that it reads.
        node: The lookup, which need not be among them.
    """
    if not node.has_formulas:
        return None
    ranges = [(values[0], values[-1]) for values in map(variables.range_of, node.operands)]
    allowed = variables.range_of_type(node.type)
    for number, case in enumerate(node.cases):
        if isinstance(case.outcome, int):
            continue
        if isinstance(case.outcome, Constant):
            return Fault("has a constant as a formula", "let the outcome be the number")
        if any(name in node.operands[:i] for i, name in _read(node, case.outcome)):
            return Fault("has a formula of a repeated operand", "let it read the first of the two")
        bounds = allowed[0], allowed[-1]
        fault = fault_of(node.cases, number, ranges, bounds, MAX_TABLE_ENTRIES)
        if fault is not None:
            return fault
    return None


def _read(node: Lookup, formula: Expression) -> Iterator[tuple[int, str]]:
    found = operands_read(formula)
    return ((i, name) for i, name in enumerate(node.operands) if i in found)


def fault_of(
    cases: Sequence[Case], number: int, ranges: Sequence[Bounds], allowed: Bounds, most: int
) -> Fault | None:
    """What is wrong with the formula of a case on the combinations that the case decides.

    Args:
        cases: Of the lookup, well formed.
        number: Of the case, whose outcome is a formula.
        ranges: Of each operand.
        allowed: The values that the lookup may give.
        most: Up to this many combinations are looked at one by one.
    """
    formula = cases[number].outcome
    assert not isinstance(formula, int), "asked of formulas"
    fault = _shape(formula, len(ranges))
    left = _left(cases, number, ranges)
    if fault is not None or not all(left):
        return fault
    found = _Interval([(values[0][0], values[-1][1]) for values in left])
    low, high = found.of(formula)
    if found.largest > MAX_MAGNITUDE:
        return Fault(
            f"has a formula with a part that can reach {found.largest:,}",
            f"no part may be larger than {MAX_MAGNITUDE:,}",
        )
    if not found.zero and allowed[0] <= low and high <= allowed[1]:
        return None
    return _exact(cases, number, left, allowed, most)


def _shape(formula: Expression, operands: int) -> Fault | None:
    listed = list(itertools.islice(parts(formula), MAX_PARTS + 1))
    if len(listed) > MAX_PARTS:
        return Fault(f"has a formula of more than {MAX_PARTS} parts", "split it into two lookups")
    if any(isinstance(part, Operand) and not 0 <= part.index < operands for part in listed):
        return Fault("has a formula of an operand that it does not read", "add the operand")
    return None


def _left(cases: Sequence[Case], number: int, ranges: Sequence[Bounds]) -> list[ValueSet]:
    """The values of each operand that a case is asked about: earlier cases take whole values."""
    left: list[ValueSet] = [
        ((low, high),) if pattern is None else pattern
        for pattern, (low, high) in zip(cases[number].patterns, ranges, strict=True)
    ]
    for case in cases[:number]:
        named = [axis for axis, pattern in enumerate(case.patterns) if pattern is not None]
        if not named:
            return [() for _ in left]
        if len(named) == 1:
            left[named[0]] = _without(left[named[0]], case.patterns[named[0]] or ())
    return left


def _without(values: ValueSet, taken: ValueSet) -> ValueSet:
    """The values of the first set that are not in the second."""
    for low, high in taken:
        around = (((a, min(b, low - 1)), (max(a, high + 1), b)) for a, b in values)
        values = tuple((a, b) for pair in around for a, b in pair if a <= b)
    return values


def _exact(
    cases: Sequence[Case], number: int, left: Sequence[ValueSet], allowed: Bounds, most: int
) -> Fault | None:
    """The first combination for which the formula has no value, or none that is allowed."""
    formula = cases[number].outcome
    assert not isinstance(formula, int), "asked of formulas"
    read = {part.index for part in parts(formula) if isinstance(part, Operand)}
    read |= {
        axis for case in cases[:number] for axis, p in enumerate(case.patterns) if p is not None
    }
    # Of operands that decide nothing here one value stands for all.
    axes = [values if axis in read else (values[0][:1] * 2,) for axis, values in enumerate(left)]
    if math.prod(map(size, axes)) > most:
        return Fault(
            f"has a formula that is not seen to stay within {allowed[0]}..{allowed[1]}",
            "bound it with min and max, or let cases before it take the values of an operand for "
            "which it would not, or a divisor would be 0",
        )
    for values in itertools.product(*map(members, axes)):
        if any(covers(case, values) for case in cases[:number]):
            continue
        try:
            outcome = evaluate(formula, values)
        except ZeroDivisionError:
            return Fault(f"divides by 0 for {_shown(values)}", _COVER)
        if not allowed[0] <= outcome <= allowed[1]:
            outside = f"outside {allowed[0]}..{allowed[1]}"
            return Fault(f"is {outcome} for {_shown(values)}, {outside}", _COVER)
    return None


_COVER = "let a case before this one cover it, or bound the formula with min and max"


def covers(case: Case, values: tuple[int, ...]) -> bool:
    """Whether a case covers values of the operands."""
    return all(
        pattern is None or contains(pattern, value)
        for pattern, value in zip(case.patterns, values, strict=True)
    )


def _shown(values: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, values))})" if len(values) > 1 else str(values[0])


def bounds_of(expression: Expression, operands: Sequence[Bounds]) -> Bounds:
    """Between which bounds an expression stays, as far as the bounds of its operands tell."""
    return _Interval(operands).of(expression)


class _Interval:
    """Bounds of formulas from those of the operands; what was seen on the way.

    Args:
        operands: The bounds of each.

    Attributes:
        zero: Whether a divisor can be 0 as far as bounds tell.
        largest: The largest magnitude that some part can have.
    """

    def __init__(self, operands: Sequence[Bounds]) -> None:
        self.operands = operands
        self.zero = False
        self.largest = 0

    def of(self, expression: Expression) -> Bounds:
        """The bounds of an expression; what its parts show is kept."""
        found = self._bounds(expression)
        self.largest = max(self.largest, *map(abs, found))
        return found

    def _bounds(self, expression: Expression) -> Bounds:
        match expression:
            case Constant(value):
                return value, value
            case Operand(index):
                return self.operands[index]
            case Absolute(of):
                low, high = self.of(of)
                least = 0 if low <= 0 <= high else min(abs(low), abs(high))
                return least, max(abs(low), abs(high))
            case Binary():
                return self._binary(expression, self.of(expression.left), self.of(expression.right))

    def _binary(self, binary: Binary, left: Bounds, right: Bounds) -> Bounds:
        match binary.operator:
            case "//" | "%":
                self.zero |= right[0] <= 0 <= right[1]
                halves = [(right[0], min(right[1], -1)), (max(right[0], 1), right[1])]
                divisors = [(low, high) for low, high in halves if low <= high]
                divide = _quotient if binary.operator == "//" else _remainder
                found = [divide(left, divisor) for divisor in divisors]
                lows, highs = zip(*found, strict=True) if found else ((0,), (0,))
                return min(lows), max(highs)
            case "==" | "!=" | "<" | "<=":
                return 0, 1
            case _:
                # Monotonic in each side: the extremes are at the corners.
                corners = itertools.product(left, right)
                values = [evaluate(_joined(binary, *corner), ()) for corner in corners]
                return min(values), max(values)


def _joined(binary: Binary, left: int, right: int) -> Binary:
    return Binary(binary.operator, Constant(left), Constant(right))


def _quotient(left: Bounds, divisor: Bounds) -> Bounds:
    values = [number // by for number in left for by in divisor]
    return min(values), max(values)


def _remainder(left: Bounds, divisor: Bounds) -> Bounds:
    low, high = divisor
    if low > 0:
        kept = left if left[0] >= 0 and left[1] < low else None
        return kept or (0, min(high - 1, left[1]) if left[0] >= 0 else high - 1)
    return low + 1, 0
