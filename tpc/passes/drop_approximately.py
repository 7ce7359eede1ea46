"""Leave out features whose loss costs little accuracy on given data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.analysis.batched import BatchEvaluator
from tpc.analysis.cost import closure_cost
from tpc.diagnostics import TpcError
from tpc.ir.nodes import Classify
from tpc.ir.program import Program
from tpc.passes.base import (
    ApproximationBudget,
    Exactness,
    PassContext,
    PassResult,
    result,
)
from tpc.passes.rewriting import prune, with_nodes
from tpc.text import encode

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class DropApproximately:
    """Drops features of the classifier, the dearest first, within an accuracy budget.

    Nothing is proved: the program says that it is an approximation, measured on which data.
    """

    name: ClassVar[str] = "drop-approximately"
    exactness: ClassVar[Exactness] = "data"
    summary: ClassVar[str] = "drop features within an accuracy budget; needs --allow-approx"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Drop one feature after the other as long as the budget allows.

        Raises:
            TpcError: No data were given to measure on.
        """
        budget = context.approximation
        if budget is None:
            raise TpcError(
                f"pass '{self.name}' gives approximate programs",
                hint="allow that with --allow-approx DATA.jsonl, and say how much with "
                "--accuracy-loss",
            )
        data = _Data(program, budget)
        before = data.accuracy(program)
        smaller, dropped = _without_features(program, data, before - budget.accuracy_loss)
        if not dropped:
            return result(program, program)
        measured = {
            "data": budget.name,
            "rows": len(budget.rows),
            "accuracy_before": before,
            "accuracy_after": data.accuracy(smaller),
        }
        after = smaller.replace(metadata={**smaller.metadata, "approximation": measured})
        return result(program, after, {"features dropped": dropped})


class _Data:
    """The data as arrays, and the accuracy of programs on them."""

    def __init__(self, program: Program, budget: ApproximationBudget) -> None:
        rows = [encode(program, tokens) for tokens, _ in budget.rows]
        self.lengths = np.array([len(row) for row in rows], dtype=np.int64)
        self.ids = np.zeros((len(rows), int(self.lengths.max(initial=0))), dtype=np.int32)
        self.labels = np.full(self.ids.shape, -1, dtype=np.int64)
        classes = {label: index for index, label in enumerate(program.classes)}
        for number, (row, (_, tags)) in enumerate(zip(rows, budget.rows, strict=True)):
            self.ids[number, : len(row)] = row
            scored = program.language.scored(tuple(row), program.max_length)
            for position, tag in enumerate(tags):
                counts = program.label_type.pooled or scored is None or scored[position]
                if counts:
                    self.labels[number, position] = classes.get(tag, len(classes))
        if program.label_type.pooled:
            self.labels = self.labels[:, 0]

    def accuracy(self, program: Program) -> float:
        """The fraction of scored labels that are right."""
        found = BatchEvaluator(program, only=()).evaluate(self.ids, self.lengths).labels
        counted = self.labels >= 0
        right = (found == self.labels) & counted
        return float(right.sum() / max(1, counted.sum()))


def _without_features(program: Program, data: _Data, least: float) -> tuple[Program, int]:
    """Drop features, those that save most first, while accuracy stays at `least`."""
    dropped = 0
    names = [f.variable for f in _classifier(program).features]
    alone = {name: closure_cost(program, [name]) for name in names}
    for name in sorted(dict.fromkeys(names), key=lambda name: (-alone[name], name)):
        node = _classifier(program)
        kept = tuple(f for f in node.features if f.variable != name)
        attempt = prune(with_nodes(program, {node.name: replace(node, features=kept)}))
        if data.accuracy(attempt) >= least:
            program, dropped = attempt, dropped + 1
    return program, dropped


def _classifier(program: Program) -> Classify:
    node = program.by_name[program.result]
    if not isinstance(node, Classify):
        raise TpcError(
            "the label does not come from a classifier, so there are no features to drop",
            hint="run this pass on the program as exported, or at -O1",
        )
    return node
