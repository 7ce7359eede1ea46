"""Leave out features whose loss costs little accuracy on given data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tpc.data.task import Row
from tpc.diagnostics import TpcError
from tpc.evaluation.scores import score
from tpc.ir.nodes import Classify
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import prune, with_nodes
from tpc.semantics.encoding import encode
from tpc.synthesis.description_length import closure_cost


@dataclass(frozen=True)
class DropApproximately(Pass):
    """Drops features of the classifier, the dearest first, within an accuracy budget.

    Nothing is proved: the program says that it is an approximation, measured on which data.
    """

    name = "drop-approximately"
    exactness = "data"
    summary = "drop features within an accuracy budget; needs --allow-approx"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Drop one feature after the other as long as the budget allows.

        Raises:
            TpcError: No data were given to measure on.
        """
        budget = context.approximation
        if budget is None:
            raise TpcError(
                f"pass '{self.name}' gives approximate programs",
                hint="allow that with --allow-approx DATA, and say how much with --accuracy-loss",
            )
        rows = tuple(_scored(program, row) for row in budget.rows)
        before = _score(program, rows)
        smaller, dropped = _without_features(program, rows, before - budget.accuracy_loss)
        if not dropped:
            return result(program, program)
        measured = {
            "data": budget.name,
            "rows": len(budget.rows),
            "score_before": before,
            "score_after": _score(smaller, rows),
        }
        after = smaller.replace(metadata={**smaller.metadata, "approximation": measured})
        return result(program, after, {"features dropped": dropped})


def _score(program: Program, rows: tuple[Row, ...]) -> float:
    """F1 where the labels mark spans, else the fraction of scored labels that are right."""
    found = score(program, rows)
    return found.token_accuracy if found.spans is None else found.spans.f1


def _scored(program: Program, row: Row) -> Row:
    """A row as the network gets it, without labels where the input language has none."""
    words, tags = row
    if program.label_type.pooled:
        return row
    scored = program.language.scored(tuple(encode(program, words)), program.max_length)
    if scored is None:
        return row
    return words, tuple(tag if kept else PAD for tag, kept in zip(tags, scored, strict=True))


def _without_features(program: Program, rows: tuple[Row, ...], least: float) -> tuple[Program, int]:
    """Drop features, those that save most first, while the score stays at `least`."""
    dropped = 0
    names = [f.variable for f in _classifier(program).features]
    alone = {name: closure_cost(program, [name]) for name in names}
    for name in sorted(dict.fromkeys(names), key=lambda name: (-alone[name], name)):
        node = _classifier(program)
        kept = tuple(f for f in node.features if f.variable != name)
        attempt = prune(with_nodes(program, {node.name: replace(node, features=kept)}))
        if _score(attempt, rows) >= least:
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
