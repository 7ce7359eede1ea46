"""Comparing what a target computes with what the network computes, variable by variable."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.verification.reference import NEAR_TIE, Expected

#: Real variables are sums of a few learned numbers: both sides use binary64, in another order.
REAL_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Difference:
    """Where a target first departs from the network.

    Args:
        variable: The network's variable, in the program's order; `label` for the answer itself.
        position: 0-based; 0 for a pooled label.
        expected: The network's value.
        found: The target's value.
        near_tie: Whether the network's choice there was by less than `NEAR_TIE`.
    """

    variable: str
    position: int
    expected: Value
    found: Value
    near_tie: bool


def scored_positions(program: Program, ids: tuple[int, ...]) -> tuple[bool, ...] | None:
    """Which positions the contract covers for this input; `None` means all of them."""
    if program.contract.scope == "every_string":
        return None
    scored = program.language.scored(ids, program.max_length)
    return scored if scored is not None else (False,) * len(ids)


def first_difference(
    program: Program,
    expected: Expected,
    traced: Mapping[str, Sequence[Value]] | None,
    labels: Sequence[str],
) -> Difference | None:
    """The first variable, in the program's order, whose value is not the network's.

    Args:
        program: Says which variables there are and where the contract holds.
        expected: The network's side.
        traced: The target's variables, if it was asked for them.
        labels: The target's raw labels (one, if pooled).
    """
    if traced is None and list(labels) == expected.labels:
        return None
    covered = scored_positions(program, expected.ids)
    if traced is not None:
        for node in program.nodes:
            for origin in node.origin:
                if origin in traced and origin in expected.variables:
                    found = _difference(expected, origin, traced[origin], covered)
                    if found is not None:
                        return found
    pooled = program.label_type.pooled
    return _difference(expected, "label", labels, None if pooled else covered)


def _difference(
    expected: Expected,
    origin: str,
    found: Sequence[Value],
    covered: tuple[bool, ...] | None,
) -> Difference | None:
    values = expected.variables[origin]
    if covered is None and values == found:
        return None
    if len(found) != len(values):
        return Difference(origin, min(len(found), len(values)), len(values), len(found), False)
    pooled_label = len(values) != len(expected.ids)
    for position, (ours, theirs) in enumerate(zip(found, values, strict=True)):
        if covered is not None and not pooled_label and not covered[position]:
            continue
        if not _same(ours, theirs):
            margins = expected.margins.get(origin)
            near = margins is not None and margins[position] < NEAR_TIE
            return Difference(origin, position, theirs, ours, near)
    return None


def _same(ours: Value, theirs: Value) -> bool:
    if isinstance(ours, float) and isinstance(theirs, int | float):
        return math.isclose(ours, theirs, rel_tol=REAL_TOLERANCE, abs_tol=REAL_TOLERANCE)
    return ours == theirs
