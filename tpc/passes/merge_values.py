"""Values that no reader distinguishes become one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.ir.nodes import Aggregate, Case, Classify, Embed, Lookup, Node, Select, operands
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Cat
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import with_nodes
from tpc.semantics.arrays import Array, Mask
from tpc.semantics.dense_tables import dense_table, entries

#: All values of an operand of a larger table count as distinguishable.
_MAX_ENTRIES = 1 << 17

#: For each value of a variable the number of its class: no reader distinguishes those of one class.
Partition: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class MergeValues(Pass):
    """Lets tables give one outcome where the difference is lost on all readers."""

    name = "merge-values"
    exactness = "every_string"
    summary = "merge values that no reader distinguishes"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Replace outcomes of lookups and embeddings by one representative of their class."""
        possible = context.promised(program).mattering()
        classes = _partitions(program, possible)
        changed: dict[str, Node] = {}
        merged = 0
        for node in program.nodes:
            formulas = isinstance(node, Lookup) and node.has_formulas
            if isinstance(node, Lookup | Embed) and isinstance(node.type, Cat) and not formulas:
                to = _representatives(node, classes[node.name], possible[node.name])
                values = map(int, np.flatnonzero(possible[node.name]))
                moved = [value for value in values if to[value] != value]
                if moved:
                    changed[node.name] = _renamed(node, to)
                    merged += len(moved)
        after = _without_lost_origins(with_nodes(program, changed), set(changed))
        return result(program, after, {"values merged": merged} if merged else {})


def _representatives(node: Lookup | Embed, classes: Partition, possible: Mask) -> dict[int, int]:
    """For each value the one that stands for its class: the most frequent in the table."""
    outcomes: list[int] = (
        [case.constant for case in reversed(node.cases)]
        if isinstance(node, Lookup)
        else list(map(int, node.values))
    )
    counts = Counter(outcomes)
    best: dict[int, int] = {}
    for value in np.flatnonzero(possible).tolist():
        number = int(classes[value])
        if number not in best or counts[value] > counts[best[number]]:
            best[number] = value
    return {value: best.get(int(number), value) for value, number in enumerate(classes)}


def _renamed(node: Lookup | Embed, to: Mapping[int, int]) -> Lookup | Embed:
    if isinstance(node, Embed):
        return replace(node, values=tuple(to[int(value)] for value in node.values))
    cases = [replace(case, outcome=to[case.constant]) for case in node.cases]
    return replace(node, cases=_without_repeated_default(cases))


def _without_repeated_default(cases: list[Case]) -> tuple[Case, ...]:
    """Cases right before a default of the same outcome say nothing."""
    if any(pattern is not None for pattern in cases[-1].patterns):
        return tuple(cases)
    while len(cases) > 1 and cases[-2].outcome == cases[-1].outcome:
        del cases[-2]
    return tuple(cases)


def _without_lost_origins(program: Program, changed: set[str]) -> Program:
    """Variables that now have other values are no longer variables of the network."""
    lost = set(changed)
    for node in program.nodes:
        read = (node.value,) if isinstance(node, Aggregate) else ()
        if lost.intersection(node.operands if isinstance(node, Lookup) else read):
            lost.add(node.name)
    lost.discard(program.result)
    stripped: dict[str, Node] = {
        node.name: replace(node, origin=())
        for node in program.nodes
        if node.name in lost and isinstance(node, Aggregate | Lookup | Embed)
    }
    return with_nodes(program, stripped)


# Which values readers distinguish.


def _partitions(program: Program, possible: Mapping[str, Mask]) -> dict[str, Partition]:
    """For each categorical variable, which of its values make a difference to the answer.

    Args:
        program: The program.
        possible: The values that each variable can have; combinations with others do not count.
    """
    found = {
        node.name: np.zeros(program.domain_of(node.name).size, dtype=np.int64)
        for node in program.nodes
        if isinstance(node.type, Cat)
    }
    for node in reversed(program.nodes):
        for name in (name for name in dict.fromkeys(operands(node)) if name in found):
            signature = _signature(program, node, name, found, possible)
            found[name] = _refine(found[name], signature)
    return found


def _refine(partition: Partition, signature: Array) -> Partition:
    """Classes split by what a reader sees: `[D, ...]`."""
    rows = np.column_stack([partition.astype(np.float64), signature.reshape(len(partition), -1)])
    _, numbers = np.unique(rows, axis=0, return_inverse=True)
    return numbers.reshape(-1).astype(np.int64)


def _signature(
    program: Program,
    node: Node,
    name: str,
    found: Mapping[str, Partition],
    possible: Mapping[str, Mask],
) -> Array:
    """What a node makes of each value of an operand."""
    size = program.domain_of(name).size
    match node:
        case Select():
            return _select_signature(program, node, name)
        case Aggregate():
            return found[node.name]
        case Lookup():
            return _lookup_signature(program, node, name, found, possible)
        case Classify():
            rows = [feature.rows for feature in node.features if feature.variable == name]
            return np.concatenate([np.array(part) for part in rows], axis=1)
        case _:
            return np.arange(size)


def _select_signature(program: Program, node: Select, name: str) -> Array:
    size = program.domain_of(name).size
    parts: list[Array] = []
    if node.scores is not None:
        scores = np.array(node.scores)
        parts += [scores] if node.query == name else []
        parts += [scores.T] if node.key == name else []
        return np.concatenate(parts, axis=1)
    matched = matched_keys(program, node)
    if node.query == name:
        parts.append(np.array([-1 if key is None else key for key in matched]))
    if node.key == name:
        found_keys = {key for key in matched if key is not None}
        parts.append(np.array([value if value in found_keys else -1 for value in range(size)]))
    return np.column_stack(parts)


def _lookup_signature(
    program: Program,
    node: Lookup,
    name: str,
    found: Mapping[str, Partition],
    possible: Mapping[str, Mask],
) -> Array:
    """The class of the outcome for every reachable combination of the other operands."""
    size = program.domain_of(name).size
    if entries(program, node) > _MAX_ENTRIES or node.operands.count(name) > 1:
        return np.arange(size)
    table = dense_table(program, node)
    if node.name in found:
        table = found[node.name][table]
    masks = [
        np.ones(size, dtype=bool) if operand == name else possible[operand]
        for operand in node.operands
    ]
    table = table[np.ix_(*masks)]
    slices: Array = np.moveaxis(table, node.operands.index(name), 0).reshape(size, -1)
    return slices
