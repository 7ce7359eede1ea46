"""A program as the page runs it: its lowered steps as JSON values.

The page has an interpreter of its own (`web/src/run.js`) instead of the module that the JavaScript
backend emits: emitted modules are for reading and leave out what no answer needs, while the page
shows every variable, steps from node to node and adds up contributions; and code that differs from
page to page could not run under a policy that names the one script it allows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeAlias

from tpc.circuit.drawing import paths
from tpc.circuit.graph import Graph, dataflow
from tpc.circuit.layout import layout
from tpc.ir.language import Group, Language, Slot
from tpc.ir.nodes import Case
from tpc.ir.program import Program
from tpc.lowering import lower, lowered
from tpc.lowering.cases import constant_cases
from tpc.lowering.predicates import sentence

Json: TypeAlias = dict[str, object]

#: Inputs that the page offers, of those that the language gives.
_EXAMPLES = 8

#: The boxes of its dataflow picture, and the gaps between these, in pixels.
_WIDTH, _HEIGHT, _ACROSS, _DOWN = 128.0, 40.0, 48.0, 14.0


def program_json(program: Program) -> Json:
    """All that the page needs to run a program and to say what its nodes do."""
    found = lower(program)
    shared: dict[tuple[str, ...], int] = {}
    columns = {name: _column(column, shared) for name, column in found.columns.items()}
    examples = sorted(dict.fromkeys(found.sample), key=len, reverse=True)[:_EXAMPLES]
    return {
        "name": found.name,
        "vocabulary": list(found.vocabulary),
        "classes": list(found.classes),
        "maxLength": found.max_length,
        "rewrite": list(found.rewrite),
        "pooled": found.pooled,
        "promised": found.contract.scope == "every_string",
        "echoed": list(found.echoed),
        "columns": columns,
        "domains": [list(labels) for labels in shared],
        "steps": [_step(found, step) for step in found.steps],
        "live": sorted(found.live),
        "pictures": _pictures(program),
        "result": found.result,
        "language": _language(program.language, len(found.vocabulary)),
        "examples": [[found.vocabulary[index] for index in ids] for ids in examples],
    }


def _pictures(program: Program) -> Json:
    """The dataflow as it is drawn, of all nodes and of those that the answer depends on."""
    both, live = dataflow(program), dataflow(program, live=True)
    same = len(both.nodes) == len(live.nodes)
    return {"all": _picture(both), "live": None if same else _picture(live)}


def _picture(graph: Graph) -> Json:
    sizes = {node.name: (_WIDTH, _HEIGHT) for node in graph.nodes}
    placed = layout(graph, sizes, _ACROSS, _DOWN)
    edges = zip(graph.edges, paths(placed), strict=True)
    return {
        "width": round(placed.width),
        "height": round(placed.height),
        "places": [(name, round(x, 1), round(y, 1)) for name, (x, y) in placed.corners.items()],
        "edges": [(edge.source, edge.target, edge.role, path) for edge, path in edges],
    }


def script_json(value: object) -> str:
    """JSON that ends no `<script>` element, and is plain ASCII."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _column(column: lowered.Column, shared: dict[tuple[str, ...], int]) -> Json:
    labels = None if column.labels is None else shared.setdefault(column.labels, len(shared))
    size = len(column.type_range)
    origin = list(column.origin)
    return {"kind": column.kind, "labels": labels, "size": size, "origin": origin}


def _step(found: lowered.Lowered, step: lowered.Step) -> Json:
    match step:
        case lowered.Positions():
            return {"op": "positions", "name": step.name}
        case lowered.Ones():
            return {"op": "ones", "name": step.name}
        case lowered.Embedding():
            return {"op": "embedding", "name": step.name, "values": step.values}
        case lowered.Selector():
            return _selector(step)
        case lowered.Head():
            words = sentence(found, step, lambda value: json.dumps(value, ensure_ascii=False))
            read = {"selector": step.selector.name, "value": step.value, "words": words}
            return {"op": "head", "name": step.name, **read}
        case lowered.Lookup():
            cases = [_case(case) for case in constant_cases(found, step)]
            return {"op": "lookup", "name": step.name, "operands": step.operands, "cases": cases}
        case lowered.Perceptron():
            w = step.weights
            weights = {"wIn": w.w_in, "bIn": w.b_in, "wOut": w.w_out, "bOut": w.b_out}
            return {"op": "perceptron", "name": step.name, "operands": step.operands, **weights}
        case lowered.Classifier():
            features = [{"variable": f.variable, "rows": f.rows} for f in step.features]
            rest = {"features": features, "never": step.never, "pool": step.pool}
            return {"op": "classifier", "name": step.name, **rest}


def _selector(step: lowered.Selector) -> Json:
    read = {"query": step.query, "key": step.key, "causal": step.causal, "rule": step.rule}
    predicate = {"matched": step.matched, "offsets": step.offsets, "scores": step.scores}
    return {"op": "selector", "name": step.name, **read, **predicate}


def _case(case: Case) -> Sequence[object]:
    """The operands' intervals, `None` for any value, and the outcome."""
    return case.patterns, case.outcome


def _language(language: Language[int], size: int) -> list[object]:
    return [[_group(group, size) for group in groups] for groups in language.alternatives]


def _group(group: Group[int], size: int) -> Json:
    slots = [_slot(slot, size) for slot in group.slots]
    return {"slots": slots, "least": group.least, "most": group.most}


def _slot(slot: Slot[int], size: int) -> Json:
    """The tokens that may stand there, or those that may not if these are fewer."""
    others = [index for index in range(size) if index not in slot.members]
    if len(others) < len(slot.tokens):
        return {"except": others, "scored": slot.scored}
    return {"tokens": slot.tokens, "scored": slot.scored}
