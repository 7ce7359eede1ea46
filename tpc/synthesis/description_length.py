"""About how many tokens each node takes in emitted Python: what searches for small programs weigh.

An estimate: `tpc.evaluation.sizes` counts for real, but takes far longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from tpc.ir import nodes as ir
from tpc.ir.expressions import parts
from tpc.ir.program import Program
from tpc.ir.types import Num
from tpc.semantics.dense_tables import painted
from tpc.synthesis.decision_lists import list_cost

#: So many weights stand in the source.
MOST_IN_PLACE = 300

#: What it takes to write a number down as a word.
_SPELLED = 6

_HEAD, _COUNT, _TABLE, _FUNCTION, _CLASSIFIER, _DATA = 14, 14, 12, 24, 60, 90


def node_cost(program: Program, node: ir.Node) -> float:
    """About how many tokens one node takes; a select's are counted with it."""
    match node:
        case ir.Select():
            return _select_cost(node)
        case ir.Aggregate():
            select = program.by_name[node.pattern]
            counted = isinstance(select, ir.Select) and select.rule == "all"
            return _COUNT if counted else _HEAD
        case ir.Lookup(cases=(ir.Case(outcome=formula),)) if not isinstance(formula, int):
            return _TABLE + sum(1 for _ in parts(formula))
        case ir.Lookup() if _is_spelled(program, node):
            return _TABLE + _SPELLED
        case ir.Lookup():
            line = len(node.operands) == 1 or node.has_formulas
            base = _TABLE if line else _FUNCTION
            return base + 1.5 * list_cost(node.cases)
        case ir.Mlp():
            weights = node.weights
            return 60 + len(weights.w_in) + len(weights.w_out) + 2 * weights.hidden
        case ir.Classify():
            columns = [i for i in range(program.domain_of(node.name).size) if i not in node.never]
            rows = [[tuple(row[i] for i in columns) for row in f.rows] for f in node.features]
            return weights_cost(rows)
        case ir.Embed():
            return 12
        case _:
            return 8


def _is_spelled(program: Program, node: ir.Lookup) -> bool:
    """Whether a lookup writes a number down as a word: the nearest of those that are words."""
    domain = program.domain_of_type(node.type) if not isinstance(node.type, Num) else None
    if domain is None or domain.labels is None or len(node.operands) > 1 or node.has_formulas:
        return False
    values = program.range_of(node.operands[0])
    words = [domain.labels[index] for index in painted(node.cases, [values]).tolist()]
    if not all(word.isdecimal() and word.isascii() for word in words):
        return False
    numbers = list(map(int, words))
    low, high = min(numbers), max(numbers)
    return numbers == [min(max(value, low), high) for value in values] and low < high


def _select_cost(node: ir.Select) -> float:
    match node.predicate:
        case ir.OffsetPredicate():
            return 4
        case ir.FormulaPredicate(formula):
            return 2 + sum(1 for _ in parts(formula))
        case ir.TablePredicate(keys):
            distinct = len(set(keys))
            return 2 if distinct == 1 else 4 + 2 * len(keys)
        case None:
            return 6 + 2 * sum(map(len, node.scores or ()))


def weights_cost(features: Sequence[Sequence[tuple[float, ...]]]) -> float:
    """About how many tokens a classifier takes.

    Few weights may stand in the source, at two tokens a number; more are in a data file, where
    every number is one token. One class has no weights, nor has the row that most values share.

    Args:
        features: For each feature its rows of weights, one for each value.
    """
    stored, in_place, listed = _DATA, 0, 0
    for rows in features:
        common = Counter(rows).most_common(1)[0][1] if len(rows) > 1 else 0
        width, written = len(rows[0]) - 1, len(rows) - common
        stored += 4 + len(rows) + written * width
        in_place += 14 + (2 * width + 4) * max(1, written)
        listed += len(rows) * len(rows[0])
    return _CLASSIFIER + (stored if listed > MOST_IN_PLACE else min(stored, in_place))


def closure_cost(program: Program, names: Iterable[str]) -> float:
    """About how many tokens it takes to compute some variables."""
    needed = ir.backward_slice(program.nodes, names)
    return sum(node_cost(program, node) for node in program.nodes if node.name in needed)


def program_cost(program: Program) -> float:
    """About how many tokens the whole program takes, without what every program has."""
    return closure_cost(program, [program.result])
