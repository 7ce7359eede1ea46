"""The distinct combinations of variables at scored positions, each with its one label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.semantics.arrays import Array, Joint, joint
from tpc.synthesis.description_length import closure_cost
from tpc.synthesis.separation import FeatureColumn, Problem


class Combinations:
    """What the label is a function of.

    Args:
        program: Of the variables.
        columns: For each variable its value in each combination.
        labels: The label of each combination.

    Attributes:
        classes: The labels that occur, ascending.
    """

    def __init__(self, program: Program, columns: Mapping[str, Array], labels: Array) -> None:
        self.program = program
        self.columns = columns
        self.labels = labels
        self.classes: Array = np.unique(labels)
        self._hashes: dict[str, Array] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The variables."""
        return tuple(self.columns)

    @property
    def count(self) -> int:
        """How many combinations there are."""
        return len(self.labels)

    def joint(self, names: Sequence[str]) -> Joint:
        """The distinct combinations of some of the variables."""
        return joint([self.columns[name] for name in names], self.count)

    def ambiguous(self, names: Sequence[str]) -> bool:
        """Whether the label is no function of these variables."""
        rows = self.joint(names)
        return bool((self.labels[rows.first][rows.codes] != self.labels).any())

    def cost(self, names: Iterable[str]) -> float:
        """About how many tokens it takes to compute some of the variables."""
        return closure_cost(self.program, names)

    def categorical(self, name: str) -> bool:
        """Whether a variable has values of a domain, rather than numbers."""
        return isinstance(self.program.type_of(name), Cat)

    def indispensable(self, names: Sequence[str]) -> list[str]:
        """The variables without which the rest do not determine the label."""
        total = np.zeros(self.count, dtype=np.uint64)
        for name in names:
            total += self._hash(name)
        found = []
        for name in names:
            _, first, codes = np.unique(
                total - self._hash(name), return_index=True, return_inverse=True
            )
            if (self.labels[first][codes] != self.labels).any():
                found.append(name)
        return found

    def _hash(self, name: str) -> Array:
        if name not in self._hashes:
            values, codes = np.unique(self.columns[name], return_inverse=True)
            stream = np.random.default_rng(len(self._hashes))
            random = stream.integers(0, 1 << 63, len(values), dtype=np.uint64)
            self._hashes[name] = random[codes]
        return self._hashes[name]

    def problem(self, names: Sequence[str]) -> tuple[Problem, Joint, list[Array]] | None:
        """Linear separation by some of the variables.

        Returns:
            The problem over their distinct combinations, those, and for each categorical variable
            the values that its codes stand for; `None` if the label is no function of them.
        """
        rows = self.joint(names)
        labels = self.labels[rows.first]
        if (labels[rows.codes] != self.labels).any():
            return None
        columns, values = [], []
        for name in names:
            column = self.columns[name][rows.first]
            if self.categorical(name):
                found, codes = np.unique(column, return_inverse=True)
                columns.append(FeatureColumn(codes, len(found)))
                values.append(found)
            else:
                columns.append(FeatureColumn(column.astype(np.float64)))
                values.append(np.zeros(0, dtype=np.int64))
        numbers = np.searchsorted(self.classes, labels)
        return Problem(tuple(columns), numbers, len(self.classes)), rows, values


def from_columns(program: Program, columns: Mapping[str, Array], labels: Array) -> Combinations:
    """The combinations in given columns, of variables that are not the same throughout."""
    varying = {name: c for name, c in columns.items() if len(c) and (c != c[0]).any()}
    rows = joint(list(varying.values()), len(labels))
    distinct = {name: column[rows.first] for name, column in varying.items()}
    return Combinations(program, distinct, labels[rows.first].astype(np.int64))


def distinct_variables(found: Combinations, cost: Mapping[str, float]) -> list[str]:
    """One variable, the cheapest, of those that say the same; numbers apart from categories."""
    best: dict[tuple[bool, bytes], str] = {}
    for name in sorted(found.names, key=lambda name: (cost[name], found.names.index(name))):
        categorical = found.categorical(name)
        column = found.columns[name]
        if categorical:
            _, first, codes = np.unique(column, return_index=True, return_inverse=True)
            order = np.argsort(np.argsort(first))
            column = order[codes]
        key = (categorical, np.ascontiguousarray(column).tobytes())
        best.setdefault(key, name)
    kept = set(best.values())
    return [name for name in found.names if name in kept]
