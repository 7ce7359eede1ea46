"""Programs with one entry changed: of a table, a predicate, a ranking or a row of weights."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from tpc.ir.nodes import Case, Classify, Feature, Lookup, Node, Select, TablePredicate
from tpc.ir.program import Program, matched_keys


def mutants(program: Program, count: int, seed: int) -> Iterator[Program]:
    """Some programs that differ from one in a single entry, each drawn anew."""
    stream = random.Random(seed)
    nodes = [node for node in program.nodes if isinstance(node, Classify | Lookup | Select)]
    nodes = [node for node in nodes if not isinstance(node, Classify) or node.features]
    for _ in range(count if nodes else 0):
        node = stream.choice(nodes)
        changed = _changed(program, node, stream)
        kept = tuple(changed if other.name == node.name else other for other in program.nodes)
        yield program.replace(nodes=kept)


def _changed(program: Program, node: Node, stream: random.Random) -> Node:
    match node:
        case Lookup():
            values = [stream.choice(program.range_of(name)) for name in node.operands]
            outcome = stream.choice(program.range_of(node.name))
            first = Case(tuple(((value, value),) for value in values), outcome)
            return replace(node, cases=(first, *node.cases))
        case Select(predicate=None, scores=scores):
            assert scores is not None
            row = list(stream.choice(scores))
            stream.shuffle(row)
            query = stream.randrange(len(scores))
            return replace(node, scores=(*scores[:query], tuple(row), *scores[query + 1 :]))
        case Select():
            keys = list(matched_keys(program, node))
            key = stream.choice([None, *range(program.domain_of(node.key).size)])
            keys[stream.randrange(len(keys))] = key
            return replace(node, predicate=TablePredicate(tuple(keys)))
        case Classify():
            number = stream.randrange(len(node.features))
            feature = _weight_changed(node.features[number], stream)
            features = (*node.features[:number], feature, *node.features[number + 1 :])
            return replace(node, features=features)
    raise AssertionError("other nodes are left as they are")


def _weight_changed(feature: Feature, stream: random.Random) -> Feature:
    rows = [list(row) for row in feature.rows]
    row = stream.choice(rows)
    row[stream.randrange(len(row))] += stream.choice([-4.0, -0.5, 0.25, 1.0, 8.0])
    return Feature(feature.variable, tuple(map(tuple, rows)))
