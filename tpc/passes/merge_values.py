"""Values that no reader distinguishes become one value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from tpc.ir.nodes import Aggregate, Case, Embed, Lookup, Node
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.passes.base import Exactness, PassContext, PassResult, result
from tpc.passes.rewriting import with_nodes
from tpc.proof.distinguishable import Partition, partitions
from tpc.semantics.arrays import Mask


@dataclass(frozen=True)
class MergeValues:
    """Lets tables give one outcome where the difference is lost on all readers."""

    name: ClassVar[str] = "merge-values"
    exactness: ClassVar[Exactness] = "every_string"
    summary: ClassVar[str] = "merge values that no reader distinguishes"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Replace outcomes of lookups and embeddings by one representative of their class."""
        possible = context.promised(program).mattering()
        classes = partitions(program, possible)
        changed: dict[str, Node] = {}
        merged = 0
        for node in program.nodes:
            if isinstance(node, Lookup | Embed) and isinstance(node.type, Cat):
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
        [case.outcome for case in reversed(node.cases)]
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
    cases = [replace(case, outcome=to[case.outcome]) for case in node.cases]
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
