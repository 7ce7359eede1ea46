"""Variables that are computed the same way are computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from tpc.ir.nodes import Lookup, Node, Select
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Label
from tpc.passes.base import Exactness, PassContext, PassResult, result
from tpc.passes.rewriting import merge_origins, prune, rename_operands


@dataclass(frozen=True)
class MergeEqual:
    """Common subexpressions: equal operations on equal operands."""

    name: ClassVar[str] = "merge-equal"
    exactness: ClassVar[Exactness] = "every_string"
    summary: ClassVar[str] = "compute once what is computed the same way"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        """Let readers of a repetition read the first occurrence."""
        names: dict[str, str] = {}
        first: dict[object, str] = {}
        nodes = []
        for node in program.nodes:
            renamed = rename_operands(node, names)
            nodes.append(renamed)
            key = _meaning(program, renamed)
            if key in first and not isinstance(node.type, Label):
                names[node.name] = first[key]
            else:
                first.setdefault(key, node.name)
        if not names:
            return result(program, program)
        merged = program.replace(nodes=tuple(nodes))
        for name, kept in names.items():
            merged = merge_origins(merged, kept, name)
        return result(program, prune(merged), {"variables merged": len(names)})


def _meaning(program: Program, node: Node) -> object:
    """Equal for nodes that compute the same: everything but name and origin."""
    if isinstance(node, Select):
        matched = matched_keys(program, node) if node.predicate is not None else None
        return replace(node, name="", predicate=None), matched
    if isinstance(node, Lookup) and len(node.operands) == 1:
        # Cases of one operand are a table, whatever their order.
        from tpc.semantics.dense_tables import dense_table, entries

        if entries(program, node) <= 1_024:
            table = tuple(dense_table(program, node).tolist())
            return node.operands, node.type, table
    return replace(node, name="", origin=())
