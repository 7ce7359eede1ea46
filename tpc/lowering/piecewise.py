"""MLPs of one number, exactly: between which cuts which output unit is the largest.

The output units are piecewise linear in the number, so the largest one changes at finitely many
points. They are worked out in rational arithmetic, ties included.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from tpc.lowering.lowered import Lowered, Perceptron

Line = tuple[Fraction, Fraction]
"""Slope and value at 0."""


@dataclass(frozen=True)
class Cut:
    """From here on (`>=`, or `>` without the point itself) the outcome is another one."""

    comparison: str
    point: float
    outcome: int


@dataclass(frozen=True)
class Piecewise:
    """An MLP as a function of one number.

    Args:
        first: The outcome for the smallest numbers.
        cuts: Every change on the way up.
    """

    first: int
    cuts: tuple[Cut, ...]

    @property
    def outcomes(self) -> tuple[int, ...]:
        """The outcome before, between and after the cuts."""
        return (self.first, *(cut.outcome for cut in self.cuts))


def piecewise(lowered: Lowered, step: Perceptron) -> Piecewise | None:
    """The MLP by where its number lies; `None` if it reads something else than one number."""
    if len(set(step.operands)) != 1 or lowered.columns[step.operands[0]].kind == "category":
        return None
    found = list(_candidates(step))
    cuts = (cut for before, cut in pairwise(found) if cut.outcome != before.outcome)
    return Piecewise(found[0].outcome, tuple(cuts))


def _candidates(step: Perceptron) -> Iterator[Cut]:
    """The outcome of the smallest numbers, then at and behind each point where it might change."""
    # Every input is the same number: its weights add up.
    units = [
        (sum(map(Fraction, row), Fraction(0)), Fraction(bias)) for bias, *row in step.layers[0]
    ]
    knees = sorted({-bias / slope for slope, bias in units if slope})
    for low, high in pairwise([None, *knees, None]):
        lines = _lines(step.layers[1], units, _inside(low, high))
        for left, right in pairwise([low, *_crossings(lines, low, high), high]):
            if left is not None:
                yield Cut(">=", _as_float(">=", left), _largest(lines, left))
            point = -math.inf if left is None else _as_float(">", left)
            yield Cut(">", point, _largest(lines, _inside(left, right)))


def _as_float(comparison: str, point: Fraction) -> float:
    """The double for which the comparison says the same of every double."""
    nearest = float(point)
    if comparison == ">=" and Fraction(nearest) < point:
        return math.nextafter(nearest, math.inf)
    if comparison == ">" and Fraction(nearest) > point:
        return math.nextafter(nearest, -math.inf)
    return nearest


def _inside(low: Fraction | None, high: Fraction | None) -> Fraction:
    if low is None:
        return Fraction(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def _lines(outputs: Sequence[Sequence[float]], units: Sequence[Line], at: Fraction) -> list[Line]:
    """The output units as lines, valid around `at` as far as no hidden unit switches."""
    active = [unit for unit, (slope, bias) in enumerate(units) if slope * at + bias > 0]
    lines = []
    for constant, *row in outputs:
        slope, value = Fraction(0), Fraction(constant)
        for unit in active:
            weight = Fraction(row[unit])
            slope += weight * units[unit][0]
            value += weight * units[unit][1]
        lines.append((slope, value))
    return lines


def _crossings(
    lines: Sequence[Line], low: Fraction | None, high: Fraction | None
) -> list[Fraction]:
    """Where two of the lines cross, strictly between the ends."""
    found = set()
    for index, (slope, value) in enumerate(lines):
        for other_slope, other_value in lines[:index]:
            if slope != other_slope:
                point = (other_value - value) / (slope - other_slope)
                if (low is None or low < point) and (high is None or point < high):
                    found.add(point)
    return sorted(found)


def _largest(lines: Sequence[Line], at: Fraction) -> int:
    values = [slope * at + value for slope, value in lines]
    return values.index(max(values))
