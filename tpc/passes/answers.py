"""The node that gives the label, from what a search has found."""

from __future__ import annotations

from collections import Counter

from tpc.ir.nodes import Classify, Feature, Lookup, Node
from tpc.ir.program import Program
from tpc.ir.types import Label
from tpc.synthesis.selection import LinearAnswer, TableAnswer


def label_node(
    program: Program, answer: TableAnswer | LinearAnswer, occurring: tuple[int, ...]
) -> Node:
    """The program's answer, as a table or as weights.

    Args:
        program: Whose answer is to be replaced.
        answer: What was found.
        occurring: The class indices that columns of weights stand for.
    """
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
