"""Tables as short decision lists: the first case that covers the operands decides.

A table may have entries that do not matter; cases may cover them in any way that makes the list
shorter. The result depends on the table alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tpc.ir.expressions import parts
from tpc.ir.nodes import Case
from tpc.ir.types import ValueSet, value_set
from tpc.semantics.arrays import Array
from tpc.synthesis.covering import Axis, Entries, Product, union

#: An entry that does not matter.
ANY = -1

#: How many of the most frequent outcomes are tried as the default.
_MAX_DEFAULTS = 3

#: Tables with more entries that matter than this are tried with fewer defaults.
_MANY_ROWS = 1_500

#: What is said by a formula instead of case by case, about.
_FORMULA, _LEAST_FORMULA = 10, 3


def decision_list(table: Array, lows: Sequence[int]) -> tuple[Case, ...]:
    """The shortest list of cases found for a table.

    Args:
        table: An outcome for each combination of operand values, `ANY` where it does not matter.
        lows: For each axis, the operand value at index 0.
    """
    rows = _rows(table, lows)
    lists = [_greedy(rows, default) for default in _defaults(rows)]
    cases = min(lists, key=list_cost)
    if len(rows.axes) > 1 or _overlap(cases[:-1]):
        return cases
    return (*sorted(cases[:-1], key=lambda case: case.patterns[0] or ()), cases[-1])


def _overlap(cases: Sequence[Case]) -> bool:
    """Whether cases of one operand have values in common, so that their order matters."""
    ranges = sorted(part for case in cases for part in case.patterns[0] or ())
    return any(high >= low for (_, high), (low, _) in pairwise(ranges))


class DecisionLists:
    """Decision lists that are remembered: passes see the same tables again and again."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, tuple[int, ...], tuple[int, ...]], tuple[Case, ...]] = {}

    def find(self, table: Array, lows: Sequence[int]) -> tuple[Case, ...]:
        """What `decision_list` gives for a table."""
        key = (table.astype(np.int64).tobytes(), table.shape, tuple(lows))
        if key not in self._known:
            self._known[key] = decision_list(table, lows)
        return self._known[key]


def list_cost(cases: Sequence[Case]) -> int:
    """About how many tokens it takes to write the cases down."""
    rest = _formula(cases)
    return (_FORMULA if rest else 0) + sum(
        3
        + sum(2 * len(pattern) + _wide(pattern) + 1 for pattern in case.patterns if pattern)
        + (0 if isinstance(case.outcome, int) else sum(1 for _ in parts(case.outcome)) - 1)
        for case in cases[: len(cases) - rest]
    )


def _wide(pattern: ValueSet) -> int:
    return sum(low < high for low, high in pattern)


def _formula(cases: Sequence[Case]) -> int:
    """How many of the last cases say that the outcome is one operand plus a constant, clipped."""
    found, axis, delta = 0, None, None
    for case in reversed(cases[:-1]):
        given = [(number, p) for number, p in enumerate(case.patterns) if p is not None]
        if len(given) != 1 or given[0][1][0][0] != given[0][1][-1][1]:
            break
        if not isinstance(case.outcome, int):
            break
        number, difference = given[0][0], case.outcome - given[0][1][0][0]
        if axis not in (None, number) or delta not in (None, difference):
            break
        axis, delta, found = number, difference, found + 1
    return found + 1 if found >= _LEAST_FORMULA else 0


@dataclass(frozen=True)
class _Default:
    """What holds where no case does.

    Args:
        axis: The axis on which it depends, if it depends on one.
        outcomes: The outcome for each class of that axis, or the one outcome; none if the last
            case is to decide what is left.
    """

    axis: int | None = None
    outcomes: tuple[int, ...] = ()

    def right(self, rows: Entries) -> int:
        """The rows that it gets right."""
        if not self.outcomes:
            return 0
        if self.axis is None:
            return rows.of_outcome[self.outcomes[0]]
        total = 0
        for of_class, outcome in zip(rows.of_class[self.axis], self.outcomes, strict=True):
            total |= of_class & rows.of_outcome[outcome]
        return total

    def cases(self, rows: Entries) -> tuple[Case, ...]:
        """The last cases of the list."""
        width = len(rows.axes)
        if self.axis is None:
            return (Case((None,) * width, self.outcomes[0]),)
        groups: dict[int, list[int]] = {}
        for index, outcome in enumerate(self.outcomes):
            groups.setdefault(outcome, []).append(index)
        cases = []
        for outcome, members in groups.items():
            pattern = _pattern(members, rows.axes[self.axis])
            patterns = tuple(pattern if a == self.axis else None for a in range(width))
            cases.append(Case(patterns, outcome))
        cases.sort(key=lambda case: case.patterns[self.axis or 0] or ())
        last = max(cases, key=lambda case: (list_cost([case]), case.patterns[self.axis or 0]))
        cases.remove(last)
        return (*cases, Case((None,) * width, last.outcome))


def _defaults(rows: Entries) -> list[_Default]:
    """What may hold for most rows: nothing, one outcome, or one for each value of an axis."""
    outcomes = sorted(rows.of_outcome, key=lambda o: (-rows.of_outcome[o].bit_count(), o))
    few = 1 if len(rows.outcomes) > _MANY_ROWS else _MAX_DEFAULTS
    found = [_Default(), *(_Default(None, (outcome,)) for outcome in outcomes[:few])]
    if len(rows.axes) > 1 and len(outcomes) > 2:
        for axis, of_class in enumerate(rows.of_class):
            best = [_most(rows, members, outcomes) for members in of_class]
            if len(set(best)) > 1:
                found.append(_Default(axis, tuple(best)))
    if len(rows.outcomes) > _MANY_ROWS:
        functions = sorted(found[2:], key=lambda d: -d.right(rows).bit_count())
        return [found[1], *functions[:1]]
    return found


def _most(rows: Entries, members: int, outcomes: Sequence[int]) -> int:
    """The most frequent outcome of some rows."""
    return max(outcomes, key=lambda o: (rows.of_outcome[o] & members).bit_count())


def _rows(table: Array, lows: Sequence[int]) -> Entries:
    """The entries that matter; values with equal slices are put into one class."""
    axes = []
    for number, low in enumerate(lows):
        moved = np.moveaxis(table, number, 0).reshape(table.shape[number], -1)
        groups: dict[bytes, list[int]] = {}
        free = []
        for offset, row in enumerate(moved):
            if (row == ANY).all():
                free.append(offset)
            else:
                groups.setdefault(row.tobytes(), []).append(offset)
        classes = tuple(map(tuple, groups.values()))
        axes.append(Axis(classes, tuple(free), low, table.shape[number]))
    index = [np.array([members[0] for members in axis.classes], dtype=np.intp) for axis in axes]
    small = table[np.ix_(*index)]
    codes = np.argwhere(small != ANY)
    return Entries(axes, list(map(tuple, codes.tolist())), small[tuple(codes.T)].tolist())


def _greedy(rows: Entries, default: _Default) -> tuple[Case, ...]:
    """Cover what is left with the case that decides most for its length, again and again."""
    undecided, free = rows.all & ~default.right(rows), 0
    cases: list[Case] = []
    while undecided:
        if not default.outcomes:
            left = [outcome for outcome, of in rows.of_outcome.items() if of & undecided]
            if len(left) == 1:
                return (*cases, *_Default(None, (left[0],)).cases(rows))
        product = rows.best(undecided, free)
        patterns = map(_pattern, product.classes, rows.axes)
        cases.append(Case(tuple(patterns), product.outcome))
        undecided &= ~product.rows
        free |= _covered(product, rows)
    if not default.outcomes:
        return (Case((None,) * len(rows.axes), 0),)
    return (*cases, *default.cases(rows))


def _covered(product: Product, rows: Entries) -> int:
    """All rows that a product has."""
    covered = rows.all
    for classes, of_class in zip(product.classes, rows.of_class, strict=True):
        if len(classes) < len(of_class):
            covered &= union(of_class, classes)
    return covered


def _pattern(indices: Sequence[int], axis: Axis) -> ValueSet | None:
    """The values of the classes; gaps of values that never matter are filled."""
    if len(indices) == len(axis.classes):
        return None
    chosen = {offset for index in indices for offset in axis.classes[index]}
    free = set(axis.free)
    filled, run = set(chosen), set[int]()
    inside = False
    for offset in range(axis.size):
        if offset in chosen:
            filled |= run if inside else set()
            run, inside = set(), True
        elif offset in free:
            run.add(offset)
        else:
            run, inside = set(), False
    return value_set(int(offset) + axis.low for offset in filled)
