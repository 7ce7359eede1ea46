"""Covering the rows of a table with products of sets of values, one outcome each.

Sets of rows are integers used as bit sets: tables have thousands of rows, and a search looks at
thousands of sets of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Bits = int

#: Entries that products are grown from for one case; of more an even sample is taken.
_MAX_SEEDS = 256


@dataclass(frozen=True)
class Axis:
    """The values of an operand in classes that the table treats alike.

    Args:
        classes: For each class its values as offsets; none of them matters less than another.
        free: Offsets of values that never matter.
        low: What offset 0 stands for.
        size: How many offsets there are.
    """

    classes: tuple[tuple[int, ...], ...]
    free: tuple[int, ...]
    low: int
    size: int


@dataclass(frozen=True)
class Product:
    """A set of classes for each axis, and an outcome.

    Args:
        classes: For each axis the classes, ascending; all of them where the axis does not matter.
        outcome: Of every row in it.
        rows: Those that it decides.
        cost: About how many tokens a case takes that says it.
    """

    classes: tuple[tuple[int, ...], ...]
    outcome: int
    rows: Bits
    cost: int


class Entries:
    """The entries of a table that matter.

    Args:
        axes: Of the table.
        codes: For each row its class on each axis.
        outcomes: For each row its outcome.
    """

    def __init__(
        self, axes: Sequence[Axis], codes: Sequence[Sequence[int]], outcomes: Sequence[int]
    ) -> None:
        self.axes = axes
        self.codes = codes
        self.outcomes = outcomes
        self.all: Bits = (1 << len(outcomes)) - 1
        self.of_class: list[list[Bits]] = [[0] * len(axis.classes) for axis in axes]
        self.of_outcome: dict[int, Bits] = {}
        self._offsets = [_offsets(axis) for axis in axes]
        for row, (code, outcome) in enumerate(zip(codes, outcomes, strict=True)):
            bit = 1 << row
            self.of_outcome[outcome] = self.of_outcome.get(outcome, 0) | bit
            for axis, index in enumerate(code):
                self.of_class[axis][index] |= bit

    def best(self, undecided: Bits, free: Bits) -> Product:
        """The product of one outcome that decides most rows for its length.

        Args:
            undecided: Entries that need a case; at least one.
            free: Entries that were decided: they may be covered again, whatever their outcome.
        """
        best: Product | None = None
        most = 0.0
        for order in _orders(len(self.axes)):
            for seed in self._seeds(undecided, order[0]):
                found = self._grown(seed, order, undecided, free)
                value = found.rows.bit_count() / found.cost
                if value > most:
                    best, most = found, value
        assert best is not None, "an undecided row covers itself"
        return best

    def _seeds(self, undecided: Bits, axis: int) -> list[int]:
        """Entries to grow products from.

        Those that differ only along the axis that is widened first come to the same.
        """
        seeds: dict[tuple[int, ...], int] = {}
        for row in _members(undecided):
            code = self.codes[row]
            key = (self.outcomes[row], *code[:axis], *code[axis + 1 :])
            seeds.setdefault(key, row)
        found = list(seeds.values())
        if len(found) <= _MAX_SEEDS:
            return found
        return [found[index * len(found) // _MAX_SEEDS] for index in range(_MAX_SEEDS)]

    def _grown(self, seed: int, order: Sequence[int], undecided: Bits, free: Bits) -> Product:
        """The largest product around a row, widened along one axis after the other."""
        outcome = self.outcomes[seed]
        blocked = self.all & ~self.of_outcome[outcome] & ~free
        inside = [self.of_class[axis][index] for axis, index in enumerate(self.codes[seed])]
        allowed: list[list[int]] = [[] for _ in order]
        for axis in order:
            walls = blocked
            for other, rows in enumerate(inside):
                if other != axis:
                    walls &= rows
            of_class = self.of_class[axis]
            allowed[axis] = [index for index, rows in enumerate(of_class) if not walls & rows]
            inside[axis] = union(of_class, allowed[axis])
        return self._trimmed(allowed, inside, outcome, undecided)

    def _trimmed(
        self, allowed: list[list[int]], inside: list[Bits], outcome: int, undecided: Bits
    ) -> Product:
        """Without classes that decide nothing, unless they fill a gap or the axis is covered."""
        decided = undecided
        for rows in inside:
            decided &= rows
        classes = []
        cost = 3
        for number, axis in enumerate(self.axes):
            kept = allowed[number]
            if len(kept) < len(axis.classes):
                of_class = self.of_class[number]
                useful = [index for index in kept if decided & of_class[index]]
                kept = _filled(self._offsets[number], useful, kept)
            if len(kept) < len(axis.classes):
                cost += _cost(union(self._offsets[number], kept))
            classes.append(tuple(kept))
        return Product(tuple(classes), outcome, decided, cost)


def _offsets(axis: Axis) -> tuple[Bits, ...]:
    """For each class its offsets among those that matter, in their order."""
    pairs = sorted((o, index) for index, offsets in enumerate(axis.classes) for o in offsets)
    found = [0] * len(axis.classes)
    for position, (_, index) in enumerate(pairs):
        found[index] |= 1 << position
    return tuple(found)


def _orders(axes: int) -> list[tuple[int, ...]]:
    """Orders in which a product is widened: all of them, or for many axes the rotations."""
    if axes <= 2:
        return list(itertools.permutations(range(axes)))
    forward = tuple(range(axes))
    rotations = [(*forward[start:], *forward[:start]) for start in range(axes)]
    return [*rotations, *(order[::-1] for order in rotations)]


def _members(bits: Bits) -> Iterator[int]:
    return (index for index, digit in enumerate(reversed(f"{bits:b}")) if digit == "1")


def union(parts: Sequence[Bits], chosen: Sequence[int]) -> Bits:
    """All that is in one of the chosen parts."""
    total = 0
    for index in chosen:
        total |= parts[index]
    return total


def _cost(offsets: Bits) -> int:
    """Tokens of a condition: two for each run of values, one more if it is longer than one."""
    starts = offsets & ~(offsets << 1)
    return 2 * starts.bit_count() + (starts & (offsets >> 1)).bit_count() + 1


def _filled(offsets: Sequence[Bits], useful: list[int], allowed: list[int]) -> list[int]:
    """The useful classes, and allowed ones that lie in gaps between their values."""
    chosen = union(offsets, useful)
    if not chosen & (chosen + (chosen & -chosen)):
        return useful  # One run: there is no gap.
    fill = _between(chosen, union(offsets, allowed))
    known = set(useful)
    return [i for i in allowed if i in known or not offsets[i] & ~fill]


def _between(chosen: Bits, allowed: Bits) -> Bits:
    """Offsets in runs of allowed ones that have chosen ones on both sides."""
    up = down = chosen
    while (more := (up | up << 1) & allowed) != up:
        up = more
    while (more := (down | down >> 1) & allowed) != down:
        down = more
    return up & down
