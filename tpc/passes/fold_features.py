"""Weights added up beforehand wherever two features always go together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Context, Decimal

from tpc.ir.nodes import Classify, Feature, Lookup, Ones
from tpc.ir.program import Program
from tpc.ir.types import Cat, Num
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import prune, with_nodes
from tpc.passes.simplify_classifier import Row, filled
from tpc.semantics.arrays import Mask
from tpc.semantics.dense_tables import dense_table

#: Decimal arithmetic in which sums of weights are exact.
_EXACT = Context(prec=60)

#: Half the distance between 1 and the next binary64 number.
_UNIT = 2.0**-53


@dataclass(frozen=True)
class FoldFeatures(Pass):
    """Merges features of one variable, of functions of one variable, and constants.

    The sums of weights are the same in exact arithmetic. In binary64 they may come out differently
    by less than the bound that is reported; a label can change only where the two best classes
    are closer to each other than that, far closer than the network's own arithmetic can tell.
    """

    name = "fold-features"
    exactness = "language"
    summary = "add up weights of features that always go together"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Fold features of the classifier into others."""
        node = program.by_name[program.result]
        if not isinstance(node, Classify) or integral(node):
            return result(program, program)
        possible = context.promised(program).answered()
        features = [_plain(program, feature, possible) for feature in node.features]
        features = _merged(features)
        features = _without_bias(program, features, possible)
        if len(features) == len(node.features):
            return result(program, program)
        changed = replace(node, features=tuple(features))
        bound = rounding_bound(program, node) + rounding_bound(program, changed)
        after = prune(with_nodes(program, {node.name: changed}))
        folded = len(node.features) - len(features)
        statistics = {"features folded": folded, "logits differ by less than": bound}
        metadata = {**after.metadata, "rounding": bound}
        return result(program, after.replace(metadata=metadata), statistics)


def integral(node: Classify) -> bool:
    """Whether all weights are integers, whose sums are exact in any order."""
    return all(w.is_integer() for f in node.features for row in f.rows for w in row)


def _plain(program: Program, feature: Feature, possible: dict[str, Mask]) -> Feature:
    """A feature of a function of one variable as a feature of that variable."""
    node = program.by_name.get(feature.variable)
    if not isinstance(node, Lookup) or len(node.operands) != 1 or not isinstance(node.type, Cat):
        return feature
    operand = node.operands[0]
    if not isinstance(program.type_of(operand), Cat):
        return feature
    table = dense_table(program, node)
    # Only worth it if the operand is not longer to list than the function.
    if int(possible[operand].sum()) > 2 * int(possible[node.name].sum()) + 8:
        return feature
    return Feature(operand, tuple(feature.rows[int(value)] for value in table))


def _merged(features: list[Feature]) -> list[Feature]:
    """One feature for each variable, the first occurrences in order."""
    found: dict[str, Feature] = {}
    for feature in features:
        known = found.get(feature.variable)
        if known is not None:
            rows = tuple(map(_sum, known.rows, feature.rows))
            feature = Feature(feature.variable, rows)  # noqa: PLW2901
        found[feature.variable] = feature
    return list(found.values())


def _without_bias(
    program: Program, features: list[Feature], possible: dict[str, Mask]
) -> list[Feature]:
    """What `ones` adds is added to the rows of the categorical feature with the fewest values."""
    bias = [f for f in features if isinstance(program.by_name.get(f.variable), Ones)]
    others = [f for f in features if isinstance(program.type_of(f.variable), Cat)]
    if not bias or not others:
        return features
    host = min(others, key=lambda feature: int(possible[feature.variable].sum()))
    rows = [_sum(row, bias[0].rows[0]) for row in host.rows]
    new = filled(rows, possible[host.variable])
    return [replace(f, rows=new) if f is host else f for f in features if f is not bias[0]]


def _sum(one: Row, other: Row) -> Row:
    return tuple(map(exact_sum, one, other))


def exact_sum(one: float, other: float) -> float:
    """The sum in decimal arithmetic: short decimals stay short."""
    return float(_EXACT.add(Decimal(repr(one)), Decimal(repr(other))))


def rounding_bound(program: Program, node: Classify) -> float:
    """How far binary64 sums can be from exact ones, representation of the weights included."""
    total = 0.0
    for feature in node.features:
        largest = max(abs(weight) for row in feature.rows for weight in row)
        kind = program.type_of(feature.variable)
        total += largest * (max(abs(kind.lo), abs(kind.hi)) if isinstance(kind, Num) else 1)
    positions = program.max_length if node.pool == "sum" else 1
    return _UNIT * (len(node.features) + positions + 2) * total * 2 * positions
