"""Weights shifted so that as few as possible have to be written down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from tpc.ir.nodes import Classify, Feature
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.fold_features import exact_sum, integral, rounding_bound
from tpc.passes.rewriting import with_nodes
from tpc.passes.simplify_classifier import Row
from tpc.semantics.arrays import Mask
from tpc.synthesis.description_length import MOST_IN_PLACE


@dataclass(frozen=True)
class AnchorClass(Pass):
    """Shifts every row of weights so that the first class that is ever answered gets 0.

    What all classes get alike decides nothing: a column of zeros need not be written down. Of
    integers, what every value of a variable adds is taken from it and given to another one, so
    that the most frequent row is all 0, and need not be written down either.

    Integers stay exact. Other weights are shifted only where there are too many to read anyway;
    for them the same bound holds as for `fold-features`.
    """

    name = "anchor-class"
    exactness = "language"
    summary = "shift weights so that one class and most rows get 0"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Shift the rows of the classifier."""
        node = program.by_name[program.result]
        if not isinstance(node, Classify) or not node.features:
            return result(program, program)
        answers = [i for i in range(program.domain_of(node.name).size) if i not in node.never]
        weights = sum(len(feature.rows) for feature in node.features) * len(answers)
        if len(answers) < 2 or (weights <= MOST_IN_PLACE and not integral(node)):
            return result(program, program)
        if integral(node) and _anchored(node, answers):
            return result(program, program)
        features = [_shifted(feature, answers) for feature in node.features]
        if integral(node) and node.pool == "none":
            features = _without_common(program, features, context.promised(program).answered())
        changed = replace(node, features=tuple(features))
        after = with_nodes(program, {node.name: changed})
        if after == program or integral(node):
            return result(program, after)
        bound = rounding_bound(program, node) + rounding_bound(program, changed)
        known = program.metadata.get("rounding", 0.0)
        return result(
            program, after.replace(metadata={**after.metadata, "rounding": known + bound})
        )


def _anchored(node: Classify, answers: list[int]) -> bool:
    """Whether a class has no weights already, and most of the others' are 0."""
    rows = [row for feature in node.features for row in feature.rows]
    unvoted = any(not any(row[c] for row in rows) for c in answers)
    return unvoted and 4 * sum(map(sum, (map(bool, row) for row in rows))) < len(rows) * len(
        answers
    )


def _shifted(feature: Feature, answers: list[int]) -> Feature:
    first = answers[0]
    rows = (
        tuple(exact_sum(w, -row[first]) if c in answers else 0.0 for c, w in enumerate(row))
        for row in feature.rows
    )
    return replace(feature, rows=tuple(rows))


def _without_common(
    program: Program, features: list[Feature], possible: dict[str, Mask]
) -> list[Feature]:
    """Take its most frequent row from each variable but one, which is given all of them."""
    frequent: dict[int, tuple[Row, int]] = {}
    for index, feature in enumerate(features):
        if isinstance(program.type_of(feature.variable), Cat):
            occurring = np.flatnonzero(possible[feature.variable])
            counts = Counter(feature.rows[value] for value in occurring)
            frequent[index] = counts.most_common(1)[0]
    if not frequent:
        return features
    host = min(frequent, key=lambda index: frequent[index][1])
    given = tuple(map(sum, zip(*(row for row, _ in frequent.values()), strict=True)))
    moved = list(features)
    for index, (common, _) in frequent.items():
        feature = features[index]
        mask = possible[feature.variable]
        shift = tuple(-weight for weight in common)
        if index == host:
            shift = tuple(a - b for a, b in zip(given, common, strict=True))
        # Rows of values that never occur are as good as any.
        rows = [row if ok else common for row, ok in zip(feature.rows, mask, strict=True)]
        new = (tuple(map(float.__add__, row, shift)) for row in rows)
        moved[index] = replace(feature, rows=tuple(new))
    return moved
