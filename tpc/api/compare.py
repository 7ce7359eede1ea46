"""Two programs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tpc.semantics.strings import EXHAUSTIVE_LIMIT

if TYPE_CHECKING:
    from tpc.api.program import Program
    from tpc.compare.diff import Diff


def diff(
    before: Program,
    after: Program,
    *,
    limit: int = EXHAUSTIVE_LIMIT,
    samples: int = 2_000,
    seed: int = 0,
    cells: int | None = 5,
) -> Diff:
    """In what two programs differ: nodes, tables cell by cell, and answers, input by input.

    Nodes are matched by the variables of the network that they stand for, by name where there are
    none. `print(tpc.diff(a, b))` says what `tpc diff` says; `.same`, `.answers` and `.nodes` have
    it as values.

    Args:
        before: A program.
        after: Another.
        limit: Input languages of up to this many inputs are gone through, larger ones sampled.
        samples: How many inputs of a larger one are tried.
        seed: Of the sample.
        cells: How many cells of each table are listed, all if `None`; the counts are of all.
    """
    from tpc.api.notebook import ShownDiff
    from tpc.compare.diff import diff as compare

    both = (before.ir, after.ir)
    found = compare(*both, limit=limit, samples=samples, seed=seed, cells=cells)
    return ShownDiff.of(found, *both)
