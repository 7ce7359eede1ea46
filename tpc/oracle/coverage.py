"""What inputs make a program do: which entries of its tables, which cases, which values.

An input that makes it do something new is worth keeping: what is wrong there has not been seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tpc.ir.nodes import TOKENS, Aggregate, Lookup, Mlp, Select
from tpc.ir.program import Program
from tpc.semantics.arrays import Array, joint
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.strings import padded

Event = tuple[str, bytes]
"""A group of variables, and the values that they have at one position."""


class Coverage:
    """All that a program has done so far.

    Args:
        program: A verified program.
    """

    def __init__(self, program: Program) -> None:
        self._evaluator = BatchEvaluator(program)
        self._groups = _groups(program)
        self._seen: set[Event] = set()

    def __len__(self) -> int:
        return len(self._seen)

    def new(self, strings: Sequence[Sequence[int]]) -> list[int]:
        """The numbers of the strings that made the program do something new, in order.

        Args:
            strings: Token ids of each.
        """
        if not strings:
            return []
        ids, lengths = padded(strings)
        columns = self._evaluator.evaluate(ids, lengths).columns
        steps = np.arange(ids.shape[1])
        valid = (steps[None, :] < lengths[:, None]).reshape(-1)
        rows = np.repeat(np.arange(len(strings)), ids.shape[1])[valid]
        first: set[int] = set()
        for name, variables in self._groups.items():
            values = [np.asarray(columns[variable]).reshape(-1)[valid] for variable in variables]
            first |= self._first(name, values, rows)
        return sorted(first)

    def _first(self, name: str, values: list[Array], rows: Array) -> set[int]:
        """The rows in which a combination of values occurs that never occurred before."""
        found = joint(values, len(rows))
        first = set()
        for place in found.first.tolist():
            event = (name, np.array([column[place] for column in values], np.float64).tobytes())
            if event not in self._seen:
                self._seen.add(event)
                first.add(int(rows[place]))
        return first


def _groups(program: Program) -> dict[str, tuple[str, ...]]:
    """Variables whose values count together: what a table reads, and each number by itself."""
    groups: dict[str, tuple[str, ...]] = {TOKENS: (TOKENS,)}
    selects = {node.name: node for node in program.nodes if isinstance(node, Select)}
    for node in program.nodes:
        if isinstance(node, Lookup | Mlp):
            groups[node.name] = node.operands
        elif isinstance(node, Aggregate):
            groups[node.name] = (selects[node.pattern].query, node.name)
    return groups
