"""What following combinations of values is compared with: going through all strings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from hypothesis import HealthCheck, given, settings

from tests.strategies import programs
from tpc.ir.program import Program
from tpc.semantics.arrays import Array
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.strings import language_batches

#: Gives columns of all variables over every combination of them, or `None`.
Follow = Callable[[Program], Mapping[str, Array] | None]


def by_strings(program: Program, names: list[str]) -> set[tuple[float, ...]]:
    found: set[tuple[float, ...]] = set()
    evaluator = BatchEvaluator(program)
    for batch in language_batches(program):
        columns = evaluator.evaluate(batch.ids, batch.lengths).columns
        rows = np.stack([columns[name][batch.scored] for name in names], axis=1)
        found |= set(map(tuple, np.unique(rows, axis=0).tolist()))
    return found


def assert_exact(follow: Follow, program: Program) -> bool:
    """Whether a program can be followed; then its combinations are those of its strings."""
    columns = follow(program)
    if columns is None:
        return False
    names = sorted(columns)
    rows = np.stack([columns[name] for name in names], axis=1)
    assert set(map(tuple, rows.tolist())) == by_strings(program, names)
    return True


def followed_of_random(follow: Follow, max_nodes: int) -> int:
    """How many of 300 random programs can be followed, each compared."""
    exact = 0

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(programs(pooled=False, hostile=False, max_nodes=max_nodes))
    def check(program: Program) -> None:
        nonlocal exact
        exact += assert_exact(follow, program)

    check()
    return exact
