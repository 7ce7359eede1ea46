"""Learned weights as small integers, wherever no label of the input language changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tpc.ir.nodes import Classify, Feature
from tpc.ir.program import Program
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.fold_features import integral
from tpc.passes.rewriting import with_nodes
from tpc.passes.simplify_classifier import Row
from tpc.proof.trial import Trial

#: What the largest weight may become, in the order of trying: what is small is read more easily.
_LARGEST = (
    *range(1, 11), 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 700, 1_000, 2_000,
    5_000, 10_000, 30_000, 100_000, 1_000_000,
)  # fmt: skip


@dataclass(frozen=True)
class RoundWeights(Pass):
    """Scales and rounds a classifier's weights to the smallest integers that give its labels.

    Then rows of weights that make no difference become others of their variable, or 0.

    Args:
        tries: So many rows are tried.
    """

    tries: int = 400

    name = "round-weights"
    exactness = "language"
    summary = "make learned weights small integers where no label changes"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Round the weights of the classifier."""
        node = program.by_name[program.result]
        if not isinstance(node, Classify) or not node.features or _done(node):
            return result(program, program)
        evidence = context.covering_evidence(program)
        if isinstance(evidence, str):
            return result(program, program, skipped=(f"{self.name}: {evidence}",))
        trial = Trial(program, evidence)
        rounded = _rounded(trial, node)
        if rounded is None:
            return result(program, program)
        merged = _merged(trial, rounded, self.tries)
        largest = max(abs(w) for feature in merged.features for row in feature.rows for w in row)
        statistics = {"largest weight": int(largest)}
        return result(program, trial.program, statistics, guessed=not evidence.whole)


def _done(node: Classify) -> bool:
    """Whether they are integers already; where sums are weighed, these may share more rows."""
    return integral(node) and node.pool == "none"


def _accepted(trial: Trial, node: Classify) -> bool:
    return trial.accept(with_nodes(trial.program, {node.name: node}))


def _rounded(trial: Trial, node: Classify) -> Classify | None:
    """The classifier with the smallest integers that give its labels."""
    size = trial.program.domain_of(node.name).size
    answers = [index for index in range(size) if index not in node.never]
    # What all classes get alike decides nothing: the first that is ever answered gets 0.
    anchored = [[_anchored(row, answers) for row in f.rows] for f in node.features]
    largest = max(abs(w) for rows in anchored for row in rows for w in row)
    for most in _LARGEST if largest else ():
        features = [
            Feature(feature.variable, tuple(_scaled(row, most / largest) for row in rows))
            for feature, rows in zip(node.features, anchored, strict=True)
        ]
        changed = replace(node, features=tuple(features))
        if _accepted(trial, changed):
            return changed
    return None


def _anchored(row: Row, answers: list[int]) -> Row:
    return tuple(w - row[answers[0]] if c in answers else 0.0 for c, w in enumerate(row))


def _scaled(row: Row, scale: float) -> Row:
    # `+ 0.0`: a zero has no sign.
    return tuple(float(round(weight * scale)) + 0.0 for weight in row)


def _merged(trial: Trial, node: Classify, tries: int) -> Classify:
    """Give variables no weights, or values the weights of others, as long as labels are kept."""
    attempts = _plainer(node)
    while tries > 0 and (changed := next(attempts, None)) is not None:
        tries -= 1
        if _accepted(trial, changed):
            node, attempts = changed, _plainer(changed)
    return node


def _plainer(node: Classify) -> Iterator[Classify]:
    """Classifiers with a variable less, with one row for another, with a row of -1, 0 and 1."""
    for index, feature in enumerate(node.features):
        none = (0.0,) * len(feature.rows[0])
        if any(row != none for row in feature.rows):
            yield _with(node, index, dict.fromkeys(feature.rows, none))
    for index, feature in enumerate(node.features):
        counts = Counter(feature.rows).most_common()
        for row, count in reversed(counts):
            for other, more in counts:
                if other != row and more >= count:
                    yield _with(node, index, {row: other})
    for index, feature in enumerate(node.features):
        for row in dict.fromkeys(feature.rows):
            units = tuple(max(-1.0, min(1.0, weight)) for weight in row)
            if units != row:
                yield _with(node, index, {row: units})


def _with(node: Classify, index: int, changes: Mapping[Row, Row]) -> Classify:
    features = list(node.features)
    rows = tuple(changes.get(row, row) for row in features[index].rows)
    features[index] = replace(features[index], rows=rows)
    return replace(node, features=tuple(features))
