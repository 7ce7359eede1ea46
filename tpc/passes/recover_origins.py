"""Which of the network's variables the program still has, found by comparing values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tpc.ir.nodes import Node, Select
from tpc.ir.program import Program
from tpc.ir.types import Label
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import with_nodes
from tpc.proof.evidence import Evidence
from tpc.proof.trial import affected_nodes


@dataclass(frozen=True)
class RecoverOrigins(Pass):
    """States for each variable exactly which of the network's variables it equals.

    Values are compared at the scored positions of the input language, which is where a program of
    this contract states anything. Where the language is too large to go through, origins stay as
    the passes before have kept them.
    """

    name = "recover-origins"
    exactness = "language"
    summary = "say which of the network's variables are still there"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Rewrite the origins of all variables."""
        original = context.original or program
        evidence = context.evidence(program)
        if isinstance(evidence, str) or not evidence.whole:
            return result(program, program)
        sources = [node for node in original.nodes if node.origin and _comparable(node)]
        before = evidence.columns(original, [node.name for node in sources])
        targets = [node for node in program.nodes if _comparable(node)]
        after = evidence.columns(program, [node.name for node in targets])
        by_bytes: dict[bytes, list[str]] = {}
        for node in sources:
            key = _key(before[node.name])
            by_bytes.setdefault(key, []).extend(node.origin)
        found = {node.name: _matching(node, by_bytes, after[node.name]) for node in targets}
        return result(program, _with(program, found))


def without_lost(before: Program, after: Program, evidence: Evidence) -> Program:
    """The changed program without origins of variables that have other values than before.

    On a sample these are all whose values could be others.
    """
    kept = [
        node
        for node in after.nodes
        if node.origin and node.name in before.by_name and _comparable(node)
    ]
    names = [node.name for node in kept]
    if evidence.whole:
        old, new = evidence.columns(before, names), evidence.columns(after, names)
        changed = {name for name in names if _key(old[name]) != _key(new[name])}
    else:
        changed = {node.name for node in affected_nodes(before, after)}.intersection(names)
    return _with(after, {name: () for name in names if name in changed})


def _comparable(node: Node) -> bool:
    return not isinstance(node, Select) and not isinstance(node.type, Label)


def _key(column: np.ndarray) -> bytes:
    kind = np.float64 if column.dtype.kind == "f" else np.int32
    return np.dtype(kind).str.encode() + np.ascontiguousarray(column, dtype=kind).tobytes()


def _matching(node: Node, by_bytes: dict[bytes, list[str]], column: np.ndarray) -> tuple[str, ...]:
    """Origins with the same values; a variable's own origins first."""
    equal = by_bytes.get(_key(column), [])
    own = [name for name in node.origin if name in equal]
    return tuple(dict.fromkeys([*own, *equal]))


def _with(program: Program, origins: dict[str, tuple[str, ...]]) -> Program:
    changed: dict[str, Node] = {}
    for name, origin in origins.items():
        node = program.by_name[name]
        if not isinstance(node, Select) and node.origin != origin:
            changed[name] = replace(node, origin=origin)
    return with_nodes(program, changed)
