"""Compute the label from as few variables as possible, proved on the whole input language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tpc.ir.program import Program
from tpc.ir.types import Real
from tpc.passes.answers import label_node
from tpc.passes.base import Exactness, PassContext, PassResult, result
from tpc.passes.evidence import label_combinations
from tpc.passes.rewriting import prune, with_nodes
from tpc.synthesis.combinations import Combinations, distinct_variables
from tpc.synthesis.description_length import closure_cost, program_cost
from tpc.synthesis.selection import (
    LinearAnswer,
    LinearSearch,
    TableAnswer,
    best_table,
    table_answer,
)


@dataclass(frozen=True)
class ChooseFeatures:
    """Re-solves the classifier on the smallest set of variables that is found to suffice.

    The label of every combination of values that occurs in the input language is kept. It becomes
    a table of a few variables, or integer weights of more, whichever takes less to write.
    """

    name: ClassVar[str] = "choose-features"
    exactness: ClassVar[Exactness] = "language"
    summary: ClassVar[str] = "compute the label from as few variables as possible, anew"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Replace the node that gives the label."""
        if context.restated:
            return result(program, program)  # The answer was chosen with the rule.
        found = label_combinations(program, context)
        if isinstance(found, str):
            return result(program, program, skipped=(f"{self.name}: {found}",))
        cost = {name: closure_cost(program, [name]) for name in found.names}
        names = distinct_variables(found, cost)
        answer = _answer(found, names)
        statistics: dict[str, int | float | str] = {"combinations": found.count}
        if answer is None or answer.cost >= program_cost(program):
            return result(program, program, statistics)
        label = label_node(program, answer, tuple(found.classes.tolist()))
        after = prune(with_nodes(program, {label.name: label}))
        statistics["variables read"] = len(answer.names)
        return result(program, after, statistics)


def _answer(found: Combinations, names: list[str]) -> TableAnswer | LinearAnswer | None:
    """A table of very few variables; else weights, or a table of the same variables."""
    table = best_table(found, names)
    if table is not None:
        return table
    linear = LinearSearch(found, names).run()
    if linear is None or any(isinstance(found.program.type_of(n), Real) for n in linear.names):
        return linear
    computed = closure_cost(found.program, linear.names)
    table = table_answer(found, linear.names, computed)
    return table if table is not None and table.cost < linear.cost else linear
