"""Variables as formulas: for each value that one can have at a position, when it has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from tpc.proof.formulas import FALSE, TRUE, Formulas, Literal
from tpc.semantics.arrays import Array


class NotEncodableError(Exception):
    """Something would take formulas that are too large; the message says what, for the user."""


@dataclass(frozen=True)
class OneOf:
    """A variable with a formula for each of its values, of which exactly one holds.

    Args:
        literals: By value: indices, integers or real numbers, ascending; none is false.
    """

    literals: Mapping[float, Literal]

    def values(self) -> list[float]:
        """The values that it can have, ascending."""
        return list(self.literals)

    def among(self, formulas: Formulas, values: Iterable[float]) -> Literal:
        """That it has one of some values."""
        inside = [self.literals[value] for value in values if value in self.literals]
        if 2 * len(inside) <= len(self.literals):
            return formulas.any(inside)
        chosen = set(values)
        return -formulas.any(lit for value, lit in self.literals.items() if value not in chosen)

    def terms(self) -> list[tuple[Literal, float]]:
        """The value as a weighted sum of formulas."""
        return [(literal, value) for value, literal in self.literals.items()]


@dataclass(frozen=True)
class Sum:
    """An integer that is a weighted sum of formulas.

    Args:
        weights: Of distinct positive literals.
        constant: What is added.
        low: The least that it can be.
        high: The most.
    """

    weights: Mapping[Literal, int]
    constant: int
    low: int
    high: int

    def values(self) -> list[float]:
        """The integers between its least and its most."""
        return list(range(self.low, self.high + 1))

    def at_least(self, formulas: Formulas, bound: int) -> Literal:
        """That it is no less than a bound."""
        return formulas.at_least(self.weights, bound - self.constant)

    def among(self, formulas: Formulas, values: Iterable[float]) -> Literal:
        """That it has one of some values: one formula for each run of them."""
        asked = sorted({int(value) for value in values if self.low <= value <= self.high})
        ends = [now for now, after in pairwise([*asked, self.high + 2]) if after > now + 1]
        starts = [now for before, now in pairwise([self.low - 2, *asked]) if now > before + 1]
        return formulas.any(
            formulas.both(self.at_least(formulas, start), -self.at_least(formulas, end + 1))
            for start, end in zip(starts, ends, strict=True)
        )

    def terms(self) -> list[tuple[Literal, float]]:
        """The value as a weighted sum of formulas."""
        return [(TRUE, self.constant), *self.weights.items()]


Variable: TypeAlias = OneOf | Sum


def one_of(literals: Mapping[float, Literal]) -> OneOf:
    """A variable of those values that it can have."""
    return OneOf({value: literals[value] for value in sorted(literals) if literals[value] != FALSE})


def total(formulas: Formulas, terms: Iterable[tuple[Literal, int]]) -> Sum:
    """The sum of integers, each of which is there if a formula holds."""
    weights, constant = formulas.collected(terms)
    low = constant + sum(weight for weight in weights.values() if weight < 0)
    high = constant + sum(weight for weight in weights.values() if weight > 0)
    return Sum(weights, constant, low, high)


def table(formulas: Formulas, outcomes: Array, operands: Sequence[Variable]) -> OneOf:
    """A function of variables.

    Args:
        formulas: Where formulas are made.
        outcomes: One axis for each operand, over its `values()`.
        operands: The variables.
    """
    axes = [operand.values() for operand in operands]
    known: dict[tuple[int, bytes], dict[float, Literal]] = {}

    def block(depth: int, part: Array) -> dict[float, Literal]:
        if part.min() == part.max():
            return {int(part.flat[0]): TRUE}
        key = (depth, part.tobytes())
        if key not in known:
            known[key] = rows(depth, part)
        return known[key]

    def rows(depth: int, part: Array) -> dict[float, Literal]:
        groups: dict[bytes, list[int]] = {}
        for number in range(len(part)):
            groups.setdefault(part[number].tobytes(), []).append(number)
        found: dict[float, list[Literal]] = {}
        for numbers in groups.values():
            values = [axes[depth][number] for number in numbers]
            chosen = operands[depth].among(formulas, values) if len(groups) > 1 else TRUE
            for outcome, literal in block(depth + 1, part[numbers[0]]).items():
                found.setdefault(outcome, []).append(formulas.both(chosen, literal))
        return {outcome: formulas.any(parts) for outcome, parts in found.items()}

    return one_of(block(0, np.ascontiguousarray(outcomes)))
