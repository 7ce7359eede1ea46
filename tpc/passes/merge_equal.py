"""Variables that are computed the same way are computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tpc.ir.nodes import Lookup, Node, Select
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Label
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import prune, read_instead, rename_operands
from tpc.semantics.dense_tables import dense_table, entries


@dataclass(frozen=True)
class MergeEqual(Pass):
    """Common subexpressions: equal operations on equal operands."""

    name = "merge-equal"
    exactness = "every_string"
    summary = "compute once what is computed the same way"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        """Let readers of a repetition read the first occurrence."""
        names: dict[str, str] = {}
        first: dict[object, str] = {}
        for node in program.nodes:
            renamed = rename_operands(node, names)
            key = _meaning(program, renamed)
            if key in first and not isinstance(node.type, Label):
                names[node.name] = first[key]
            else:
                first.setdefault(key, node.name)
        if not names:
            return result(program, program)
        return result(
            program, prune(read_instead(program, names)), {"variables merged": len(names)}
        )


def _meaning(program: Program, node: Node) -> object:
    """Equal for nodes that compute the same: everything but name and origin."""
    if isinstance(node, Select):
        matched = matched_keys(program, node) if node.predicate is not None else None
        return replace(node, name="", predicate=None), matched
    if isinstance(node, Lookup) and len(node.operands) == 1 and entries(program, node) <= 1_024:
        # Cases of one operand are a table, whatever their order.
        return node.operands, node.type, tuple(dense_table(program, node).tolist())
    return replace(node, name="", origin=())
