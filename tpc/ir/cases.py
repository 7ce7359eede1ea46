"""The cases of a lookup from its dense table."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from tpc.ir.nodes import Case
from tpc.ir.types import ValueSet, value_set


def cases_of(table: Sequence[int], ranges: Sequence[range]) -> tuple[Case, ...]:
    """A table as cases grouped by outcome, the most common outcome last as the default.

    Combinations with one outcome are grouped into products of sets, along the first operand or
    along the last, whichever needs fewer cases. The result depends on the table alone.

    Args:
        table: One outcome for each combination of values, the last operand varying fastest.
        ranges: The values of each operand.
    """
    counts = Counter(table)
    default = min(counts, key=lambda value: (-counts[value], value))
    by_outcome: dict[int, list[tuple[int, ...]]] = {}
    for values, value in zip(itertools.product(*ranges), table, strict=True):
        if value != default:
            by_outcome.setdefault(value, []).append(values)
    cases: list[Case] = []
    for value in sorted(by_outcome):
        forward = _group(by_outcome[value])
        backward = [pattern[::-1] for pattern in _group([v[::-1] for v in by_outcome[value]])]
        patterns = forward if len(forward) <= len(backward) else backward
        cases += [Case(_widen(pattern, ranges), value) for pattern in patterns]
    return (*cases, Case((None,) * len(ranges), default))


def _group(combinations: list[tuple[int, ...]]) -> list[tuple[ValueSet, ...]]:
    """Products of sets that cover the combinations exactly, without overlap."""
    if len(combinations[0]) == 1:
        return [(value_set(values[0] for values in combinations),)]
    last: dict[tuple[int, ...], list[int]] = {}
    for values in combinations:
        last.setdefault(values[:-1], []).append(values[-1])
    first: dict[tuple[tuple[int, ...], ValueSet], list[int]] = {}
    for head, tail in last.items():
        first.setdefault((head[1:], value_set(tail)), []).append(head[0])
    return [
        (value_set(heads), *(((value, value),) for value in middle), tail)
        for (middle, tail), heads in first.items()
    ]


def _widen(pattern: tuple[ValueSet, ...], ranges: Sequence[range]) -> tuple[ValueSet | None, ...]:
    """`None` where a set has every value of its operand."""
    return tuple(
        None if values == ((values_range[0], values_range[-1]),) else values
        for values, values_range in zip(pattern, ranges, strict=True)
    )
