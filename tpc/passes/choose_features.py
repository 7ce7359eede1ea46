"""Compute the label from as few variables as possible, proved on the whole input language."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from tpc.analysis.combinations import distinct_variables
from tpc.analysis.cost import closure_cost, program_cost
from tpc.analysis.selection import LinearAnswer, LinearSearch, TableAnswer, best_table
from tpc.ir.nodes import Classify, Feature, Lookup, Node
from tpc.ir.program import Program
from tpc.ir.types import Label
from tpc.passes.base import Exactness, PassContext, PassResult, result
from tpc.passes.evidence import label_combinations
from tpc.passes.rewriting import prune, with_nodes


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
        found = label_combinations(program, context)
        if isinstance(found, str):
            return result(program, program, skipped=(f"{self.name}: {found}",))
        cost = {name: closure_cost(program, [name]) for name in found.names}
        names = distinct_variables(found, cost)
        answer: TableAnswer | LinearAnswer | None = best_table(found, names)
        if answer is None:
            answer = LinearSearch(found, names).run()
        statistics: dict[str, int | float | str] = {"combinations": found.count}
        if answer is None or answer.cost >= program_cost(program):
            return result(program, program, statistics)
        label = _label(program, answer, tuple(found.classes.tolist()))
        after = prune(with_nodes(program, {label.name: label}))
        statistics["variables read"] = len(answer.names)
        return result(program, after, statistics)


def _label(
    program: Program, answer: TableAnswer | LinearAnswer, occurring: tuple[int, ...]
) -> Node:
    old = program.by_name[program.result]
    assert isinstance(old, Classify | Lookup), "labels come from classifiers and lookups"
    if isinstance(answer, TableAnswer):
        return Lookup(old.name, answer.names, answer.cases, old.type, old.origin)
    size = program.domain_of_type(old.type).size
    features = []
    for name, values, rows in zip(answer.names, answer.values, answer.rows, strict=True):
        full = []
        for row in rows.tolist():
            weights = [0.0] * size
            for index, weight in zip(occurring, row, strict=True):
                weights[index] = float(weight)
            full.append(tuple(weights))
        if len(values):
            common = Counter(full).most_common(1)[0][0]
            by_value = dict(zip(values.tolist(), full, strict=True))
            full = [by_value.get(value, common) for value in program.range_of(name)]
        features.append(Feature(name, tuple(full)))
    never = tuple(index for index in range(size) if index not in occurring)
    assert isinstance(old.type, Label), "verified"
    return Classify(old.name, tuple(features), old.type, never, "none", old.origin)
