"""About how many tokens each node takes in emitted Python: what searches for small programs weigh.

An estimate: `tpc.analysis.size` counts for real, but takes far longer.
"""

from __future__ import annotations

from collections.abc import Iterable

from tpc.analysis.decisions import list_cost
from tpc.ir.nodes import (
    Aggregate,
    Classify,
    Embed,
    Feature,
    Lookup,
    Mlp,
    Node,
    OffsetPredicate,
    Positions,
    Select,
    TablePredicate,
    operands,
)
from tpc.ir.program import Program
from tpc.ir.types import Cat

_HEAD, _COUNT, _TABLE, _FUNCTION, _CLASSIFIER = 26, 14, 12, 24, 70


def node_cost(program: Program, node: Node) -> float:
    """About how many tokens one node takes; a select's are counted with it."""
    match node:
        case Select():
            return _select_cost(node)
        case Aggregate():
            select = program.by_name[node.pattern]
            counted = isinstance(select, Select) and select.rule == "all"
            return _COUNT if counted else _HEAD
        case Lookup():
            base = _TABLE if len(node.operands) == 1 else _FUNCTION
            return base + 1.5 * list_cost(node.cases)
        case Mlp():
            weights = node.weights
            return 60 + len(weights.w_in) + len(weights.w_out) + 2 * weights.hidden
        case Classify():
            classes = program.domain_of(node.name).size - len(node.never)
            return _CLASSIFIER + sum(feature_cost(program, f, classes) for f in node.features)
        case Embed():
            return 12
        case _:
            return 8


def _select_cost(node: Select) -> float:
    match node.predicate:
        case OffsetPredicate():
            return 4
        case TablePredicate(want):
            distinct = len(set(want))
            return 2 if distinct == 1 else 4 + 2 * len(want)
        case None:
            return 6 + 2 * sum(map(len, node.scores or ()))


def feature_cost(program: Program, feature: Feature, classes: int) -> float:
    """About how many tokens the weights of a feature take, one for each number."""
    if not isinstance(program.type_of(feature.variable), Cat):
        return 6 + classes
    keyed = 0 if isinstance(program.by_name.get(feature.variable), Positions) else 1
    return 4 + len(set(feature.rows)) * (classes + keyed)


def closure(program: Program, names: Iterable[str]) -> set[str]:
    """The variables that some variables are computed from, themselves included."""
    needed = set(names)
    for node in reversed(program.nodes):
        if node.name in needed:
            needed.update(operands(node))
    return needed


def closure_cost(program: Program, names: Iterable[str]) -> float:
    """About how many tokens it takes to compute some variables."""
    needed = closure(program, names)
    return sum(node_cost(program, node) for node in program.nodes if node.name in needed)


def program_cost(program: Program) -> float:
    """About how many tokens the whole program takes, without what every program has."""
    return closure_cost(program, [program.result])
