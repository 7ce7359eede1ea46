"""Every combination of values that a program can have, where counts lead to all of them."""

from __future__ import annotations

from tpc.ir.program import Program
from tpc.proof.counting import counted_columns
from tpc.proof.multisets import multiset_columns
from tpc.semantics.arrays import Array


def combination_columns(program: Program) -> dict[str, Array] | None:
    """Columns of all variables over every combination of them at scored positions.

    Returns:
        For each variable its value in each combination that some string of the language has, the
        label among them; `None` if they cannot be followed.
    """
    found = counted_columns(program)
    return multiset_columns(program) if found is None else found
