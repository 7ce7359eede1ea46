"""The classifier: its rows, and by how much its sums can be rounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tpc.diagnostics import quoted
from tpc.ir.nodes import Aggregate, Classify, Embed, Feature
from tpc.ir.types import Cat, Real
from tpc.semantics.arrays import Array
from tpc.semantics.layers import combination_logits
from tpc.verification.parts.heads import tensor
from tpc.verification.parts.matching import Matching
from tpc.verification.parts.part import Mismatch, PartGroup
from tpc.verification.parts.rounding import BINARY32, BINARY64, accumulated


@dataclass(frozen=True)
class ClassifierParts:
    """The rows of the classifier, and the bound that they give.

    Args:
        groups: A variable at a time.
        margin_bound: Labels are equal wherever the network's margin is larger.
    """

    groups: tuple[PartGroup, ...]
    margin_bound: float


@dataclass(frozen=True)
class _Rows:
    """The rows of one variable in the network and in the program, `[values, classes]`."""

    variable: str
    feature: Feature
    network: Array
    program: Array
    largest: float


def check_classifier(matching: Matching, weights: Array) -> ClassifierParts:
    """Compare each row with that of the saved weights, and what they add with the network's sums.

    Args:
        matching: Program and network.
        weights: `unembed.W_U` as the run has it, `[rows, classes]`.
    """
    rows = _rows(matching, weights)
    groups = [_compared(matching, one) for one in rows]
    bound = _margin_bound(matching, rows)
    probed = _probe(matching, rows, bound)
    if probed is not None and not any(group.different for group in groups):
        groups.append(PartGroup("class row", "label", 0, open=(probed,)))
    return ClassifierParts(tuple(groups), bound)


def _classify(matching: Matching) -> Classify:
    node = matching.program.by_name[matching.program.result]
    assert isinstance(node, Classify), "matched"
    return node


def _rows(matching: Matching, weights: Array) -> list[_Rows]:
    from tpc.model import layout

    config, program = matching.network.config, matching.program
    features = {feature.variable: feature for feature in _classify(matching).features}
    found, start = [], 0
    for variable in layout.categorical_variables(config, config.n_layers):
        feature = features[matching.names[variable]]
        network = weights[start : start + len(program.range_of(feature.variable))]
        found.append(_Rows(variable, feature, network, np.array(feature.rows), 1.0))
        start += config.d_var
    for variable in layout.numerical_variables(config, config.n_layers):
        feature = features[matching.names[variable]]
        largest = largest_number(matching, feature.variable)
        network = weights[start : start + 1]
        found.append(_Rows(variable, feature, network, np.array(feature.rows), largest))
        start += 1
    return found


def _compared(matching: Matching, rows: _Rows) -> PartGroup:
    """Weights of the program are those of the network to the nearest binary32 number."""
    given = rows.network.astype(np.float32)
    allowed = np.spacing(np.abs(given)).astype(np.float64) / 2
    wrong = np.abs(rows.program - rows.network) > allowed
    name, classes = rows.feature.variable, matching.program.classes
    different = []
    for value, label in np.argwhere(wrong).tolist():
        categorical = isinstance(matching.program.type_of(name), Cat)
        of = f"{rows.variable} = {matching.shown(name, value)}" if categorical else rows.variable
        part = f"weight of class {quoted(classes[label])} for {of}"
        theirs, ours = (repr(float(one[value, label])) for one in (rows.network, rows.program))
        different.append(Mismatch(part, theirs, ours))
    return PartGroup("class row", rows.variable, len(rows.program), tuple(different))


def largest_number(matching: Matching, name: str) -> float:
    """The largest absolute value that a number of the program can have."""
    program = matching.program
    if not isinstance(program.type_of(name), Real):
        values = program.range_of(name)
        return float(max(abs(values[0]), abs(values[-1])))
    node = program.by_name[name]
    if isinstance(node, Embed):
        return float(max(map(abs, node.values)))
    assert isinstance(node, Aggregate), "matched: real numbers are learned, or sums of some"
    return program.max_length * largest_number(matching, node.value)


def _margin_bound(matching: Matching, rows: list[_Rows]) -> float:
    """By how much the gap of two logits can differ between network and program.

    Rounding: of the weights (their shortest decimals), of the network's sums in binary32, and of
    the sums in binary64 of the program and of the network as it is run here.
    """
    config, length = matching.network.config, matching.program.max_length
    positions = length if config.pool_outputs else 1
    # Integers are exact; learned numbers are added up in every layer.
    summed = 0 if config.count_only else length * config.n_layers
    steps = len(rows) * positions + summed + 2
    moved = total = np.zeros(len(matching.program.classes))
    for one in rows:
        moved = moved + np.abs(one.program - one.network).max(0) * one.largest
        largest = np.maximum(np.abs(one.program), np.abs(one.network)).max(0)
        total = total + largest * one.largest
    rounding = accumulated(BINARY32, steps) + 2 * accumulated(BINARY64, steps)
    return float(2 * positions * (moved + rounding * total).max())


def _probe(matching: Matching, rows: list[_Rows], bound: float) -> str | None:
    """Run the network's classifier on each value of each variable, the others at their lowest.

    Logits are sums of what each variable adds alone, so these sums tell all rows.
    """
    program, node = matching.program, _classify(matching)
    sizes = [len(one.program) for one in rows]
    numbers = [not isinstance(program.type_of(one.feature.variable), Cat) for one in rows]
    cases = sum(sizes) + 1
    columns, start = {}, 1
    for one, size, number in zip(rows, sizes, numbers, strict=True):
        column = np.zeros(cases, dtype=np.float64 if number else np.int64)
        column[start : start + size] = 1 if number else np.arange(size)
        columns[one.variable] = column
        start += size
    replaced = {name: tensor(column[:, None]) for name, column in columns.items()}
    ids = np.ones((cases, 1), dtype=np.int64) * min(1, len(program.vocabulary) - 1)
    trace = matching.network.trace(tensor(ids), tensor(np.ones((cases, 1), dtype=bool)), replaced)
    network = trace.logits.numpy().reshape(cases, -1)
    by_feature = {one.feature.variable: columns[one.variable] for one in rows}
    ours = combination_logits(program, node, [by_feature[f.variable] for f in node.features])
    answerable = [index for index in range(ours.shape[1]) if index not in node.never]
    worst = float(np.abs(network - ours)[:, answerable].max(initial=0.0))
    if worst <= bound:
        return None
    return f"sums of the classifier (run, the network's are off by {worst:g}: too many to bound)"
