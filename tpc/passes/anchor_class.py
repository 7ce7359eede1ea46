"""One class is what the others are compared with: its weights are all 0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from tpc.analysis.cost import MOST_IN_PLACE
from tpc.ir.nodes import Classify, Feature
from tpc.ir.program import Program
from tpc.passes.base import Exactness, PassContext, PassResult, result
from tpc.passes.fold_features import difference, integral, rounding_bound
from tpc.passes.rewriting import with_nodes


@dataclass(frozen=True)
class AnchorClass:
    """Shifts every row of weights so that the first class that is ever answered gets 0.

    What all classes get alike decides nothing. Integers stay exact; of other weights the same
    bound holds as for `fold-features`. Done where there are too many weights to read anyway: a
    column of zeros need not be written down.
    """

    name: ClassVar[str] = "anchor-class"
    exactness: ClassVar[Exactness] = "language"
    summary: ClassVar[str] = "shift long tables of weights so that one class always gets 0"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        """Shift the rows of a large classifier."""
        node = program.by_name[program.result]
        if not isinstance(node, Classify):
            return result(program, program)
        answers = [i for i in range(program.domain_of(node.name).size) if i not in node.never]
        weights = sum(len(feature.rows) for feature in node.features) * len(answers)
        if weights <= MOST_IN_PLACE or len(answers) < 2:
            return result(program, program)
        features = tuple(_shifted(feature, answers) for feature in node.features)
        changed = replace(node, features=features)
        after = with_nodes(program, {node.name: changed})
        if after == program or integral(node):
            return result(program, after)
        bound = rounding_bound(program, node) + rounding_bound(program, changed)
        known = program.metadata.get("rounding", 0.0)
        return result(
            program, after.replace(metadata={**after.metadata, "rounding": known + bound})
        )


def _shifted(feature: Feature, answers: list[int]) -> Feature:
    rows = []
    for row in feature.rows:
        anchor = row[answers[0]]
        rows.append(
            tuple(
                difference(weight, anchor) if index in answers else 0.0
                for index, weight in enumerate(row)
            )
        )
    return replace(feature, rows=tuple(rows))
