"""The shortest formula that says what a table says, or all of it but a few entries.

Expressions are listed by length, from operands and constants up. Of those that are the same on all
entries that matter and wherever else the formula has to have a value, one is kept: the rest cannot
lead to anything new. The result depends on the entries alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from tpc.ir.expressions import Absolute, Binary, Constant, Expression, Operand, Operator
from tpc.semantics.arrays import Array, Mask
from tpc.semantics.formulas import column

#: How tightly expressions bind: comparisons, sums, products, and what needs no parentheses.
_COMPARISON, _SUM, _PRODUCT, _ATOM = 1, 2, 3, 4

#: For each operator how it binds, and how its sides have to.
_LEVELS: dict[Operator, tuple[int, int, int]] = {
    "+": (_SUM, _SUM, _PRODUCT),
    "-": (_SUM, _SUM, _PRODUCT),
    "*": (_PRODUCT, _PRODUCT, _ATOM),
    "//": (_PRODUCT, _PRODUCT, _ATOM),
    "%": (_PRODUCT, _PRODUCT, _ATOM),
    "<": (_COMPARISON, _SUM, _SUM),
    "<=": (_COMPARISON, _SUM, _SUM),
    "==": (_COMPARISON, _SUM, _SUM),
    "!=": (_COMPARISON, _SUM, _SUM),
    "min": (_ATOM, 0, 0),
    "max": (_ATOM, 0, 0),
}
_SYMMETRIC = frozenset({"+", "*", "==", "!=", "min", "max"})

#: Tokens that parentheses take, a call of two operands, `abs`, and an exception before a formula.
_PARENTHESES, _CALL, _ABSOLUTE, _EXCEPTION, _FIRST_EXCEPTION = 2, 4, 3, 8, 20

#: Formulas are listed up to this length, and so many of them; two of them may be joined.
_LONGEST, _MOST = 6, 8_000

#: Rows on which expressions are told apart, of those that do not matter themselves.
_ELSEWHERE = 400


@dataclass(frozen=True)
class Entries:
    """What a formula has to give.

    Args:
        operands: For each operand its value in each entry that matters.
        least: What the formula may be there at least.
        most: At most: the same, but where larger values are as good.
        grid: For each operand its value wherever the formula has to be a number from 0 up.
        highest: The largest number that it may be anywhere.
    """

    operands: tuple[Array, ...]
    least: Array
    most: Array
    grid: tuple[Array, ...]
    highest: int


@dataclass(frozen=True)
class Formula:
    """A formula that was found.

    Args:
        expression: Over the operands.
        cost: Its tokens, and those of the exceptions.
        exceptions: The entries that it does not give.
    """

    expression: Expression
    cost: float
    exceptions: tuple[int, ...] = ()


@dataclass
class _Bank:
    """Expressions of one length.

    Args:
        expressions: The expressions.
        levels: How each binds.
        values: Their values, one row each.
    """

    expressions: list[Expression] = field(default_factory=list)
    levels: list[int] = field(default_factory=list)
    values: list[Array] = field(default_factory=list)


def shortest_formula(entries: Entries, below: float, exceptions: int = 0) -> Formula | None:
    """The shortest formula that is found, the first of several as short.

    Args:
        entries: What it has to give.
        below: It has to take fewer tokens than this.
        exceptions: So many entries may be different.
    """
    return _Search(entries, below, exceptions).run()


class _Search:
    def __init__(self, entries: Entries, below: float, exceptions: int) -> None:
        self.entries = entries
        self.below = below
        self.exceptions = exceptions
        self.best: Formula | None = None
        self.count = len(entries.least)
        elsewhere = _spread(len(entries.grid[0]), _ELSEWHERE)
        self.columns = [
            np.concatenate([inside, outside[elsewhere]]).astype(np.int64)
            for inside, outside in zip(entries.operands, entries.grid, strict=True)
        ]
        self.banks: dict[int, _Bank] = {}
        self.known: set[bytes] = set()

    def run(self) -> Formula | None:
        listed = 0
        for length in range(1, _LONGEST + 1):
            bank = self.banks[length] = _Bank()
            for expression, level, values in self.expressions(length):
                key = values.tobytes()
                if key in self.known:
                    continue
                self.known.add(key)
                bank.expressions.append(expression)
                bank.levels.append(level)
                bank.values.append(values)
                self.offer(expression, values)
                listed += 1
                if listed >= _MOST:
                    break
            if listed >= _MOST or self.below <= length + 1:
                break
        if self.below > _LONGEST:
            self.join()
        return self.best

    # Candidates.

    def offer(self, expression: Expression, values: Array) -> None:
        """Take an expression if it is right and shorter than what there is."""
        inside = values[: self.count]
        wrong = (inside < self.entries.least) | (inside > self.entries.most)
        count = int(wrong.sum())
        if count > self.exceptions:
            return
        listed = _FIRST_EXCEPTION + _EXCEPTION * count if count else 0
        for total in _between(expression, self.entries.highest):
            cost = formula_cost(total) + listed
            if cost < self.below and self.total(total):
                found = tuple(np.flatnonzero(wrong).tolist())
                self.best, self.below = Formula(total, cost, found), cost
                return

    def total(self, expression: Expression) -> bool:
        """Whether an expression has a value that it may have wherever it is asked for one."""
        if divides_by_zero(expression, self.entries.grid):
            return False
        values = column(expression, self.entries.grid)
        return bool(((values >= 0) & (values <= self.entries.highest)).all())

    def expressions(self, length: int) -> Iterator[tuple[Expression, int, Array]]:
        """The expressions of a length, in a fixed order, with their values."""
        size = len(self.columns[0])
        if length == 1:
            for index, values in enumerate(self.columns):
                yield Operand(index), _ATOM, values
            for value in self.constants():
                yield Constant(value), _ATOM, np.full(size, value, dtype=np.int64)
            yield from self.guarded()
            return
        for name in _LEVELS:
            yield from self.binaries(name, length)
        for inner in self.banks.get(length - _ABSOLUTE, _Bank()).expressions:
            if not isinstance(inner, Constant):
                found = Absolute(inner)
                yield found, _ATOM, column(found, self.columns)

    def guarded(self) -> Iterator[tuple[Expression, int, Array]]:
        """Operands that are 0 only where it does not matter, as divisors."""
        for index, values in enumerate(self.columns):
            if values[: self.count].all() and not values.all():
                found = Binary("max", Operand(index), Constant(1))
                yield found, _ATOM, np.maximum(values, 1)

    def constants(self) -> list[int]:
        """0 to 2, and the ends of what the formula gives."""
        ends = {int(self.entries.least.max()), int(self.entries.most.min())}
        most = max(int(values.max()) for values in self.columns)
        return sorted({0, 1, 2, *(end for end in ends if 0 <= end <= 2 * most + 2)})

    def binaries(self, name: Operator, length: int) -> Iterator[tuple[Expression, int, Array]]:
        own, left_least, right_least = _LEVELS[name]
        written = _CALL if own == _ATOM else 1
        for left, right in self.pairs(length - written, left_least, right_least):
            if isinstance(left[0], Constant) and (
                name in _SYMMETRIC or isinstance(right[0], Constant)
            ):
                continue
            if name in ("//", "%") and not right[1].all():
                continue
            found = Binary(name, left[0], right[0])
            yield found, own, _apply(found, left[1], right[1])

    def pairs(
        self, length: int, left_least: int, right_least: int
    ) -> Iterator[tuple[_Part, _Part]]:
        """Two expressions that take so many tokens together, parentheses included."""
        for ahead in reversed(range(1, length)):
            lefts = list(self.sides(ahead, left_least))
            if lefts:
                rights = list(self.sides(length - ahead, right_least))
                for left in lefts:
                    for right in rights:
                        yield left, right

    def sides(self, length: int, least: int) -> Iterator[_Part]:
        """Expressions that take so many tokens as an operand, parentheses included."""
        for shorter, needs in ((length, False), (length - _PARENTHESES, True)):
            bank = self.banks.get(shorter)
            if bank is None:
                continue
            rows = zip(bank.expressions, bank.levels, bank.values, strict=True)
            for expression, level, values in rows:
                if (level < least) == needs:
                    yield expression, values

    # Sums and differences of two of them.

    def join(self) -> None:
        """Try sums and differences of any two expressions that were listed."""
        exact = np.flatnonzero(self.entries.least == self.entries.most)
        if not len(exact):
            return
        goal = self.entries.least[exact]
        found: dict[bytes, _Part] = {}
        listed = [
            part
            for bank in self.banks.values()
            for part in zip(bank.expressions, bank.values, strict=True)
        ]
        for item in listed:
            found.setdefault(item[1][exact].tobytes(), item)
        signs: tuple[tuple[Operator, int], ...] = (("+", 1), ("-", -1))
        for item in listed:
            for name, sign in signs:
                other_side = sign * (goal - item[1][exact])
                other = found.get(other_side.tobytes())
                if other is not None:
                    found_one = Binary(name, item[0], other[0])
                    self.offer(found_one, _apply(found_one, item[1], other[1]))


_Part = tuple[Expression, Array]


def _apply(found: Binary, left: Array, right: Array) -> Array:
    values: Array = column(Binary(found.operator, Operand(0), Operand(1)), [left, right])
    return values


def _between(expression: Expression, highest: int) -> Iterator[Expression]:
    """An expression, and what it may be instead where it would leave its bounds, shortest first."""
    most, least = Constant(highest), Constant(0)
    yield expression
    yield Absolute(expression)
    yield Binary("max", expression, least)
    yield Binary("min", expression, most)
    yield Binary("max", Binary("min", expression, most), least)


def formula_cost(expression: Expression) -> int:
    """The tokens of an expression, parentheses included."""
    return _written(expression)[0]


def _written(expression: Expression) -> tuple[int, int]:
    """The tokens of an expression, and how it binds."""
    match expression:
        case Constant() | Operand():
            return 1, _ATOM
        case Absolute(of):
            return _ABSOLUTE + _written(of)[0], _ATOM
        case Binary(name, left, right):
            own, *needed = _LEVELS[name]
            cost = _CALL if own == _ATOM else 1
            for side, least in zip((left, right), needed, strict=True):
                tokens, level = _written(side)
                cost += tokens + _PARENTHESES * (level < least)
            return cost, own


def divides_by_zero(expression: Expression, operands: Sequence[Array]) -> bool:
    """Whether a divisor is 0 for some of the operands' values."""
    match expression:
        case Absolute(of):
            return divides_by_zero(of, operands)
        case Binary(name, left, right):
            if divides_by_zero(left, operands) or divides_by_zero(right, operands):
                return True
            zero: Mask = column(right, operands) == 0
            return name in ("//", "%") and bool(zero.any())
        case _:
            return False


def _spread(count: int, most: int) -> Array:
    """The indices of up to so many rows, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))
