"""Variables in the order in which a reader needs them."""

from __future__ import annotations

from dataclasses import dataclass

from tpc.ir.nodes import Node, Ones, Positions, operands
from tpc.ir.program import Program
from tpc.passes.base import Pass, PassContext, PassResult, result


@dataclass(frozen=True)
class OrderNodes(Pass):
    """Puts each variable right before the first that reads it, positions and ones first of all."""

    name = "order-nodes"
    exactness = "every_string"
    summary = "put each variable before the first that reads it"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        """Order the nodes by depth-first search from the result."""
        order: list[Node] = [n for n in program.nodes if isinstance(n, Positions | Ones)]
        placed = {node.name for node in order}

        def place(node: Node) -> None:
            if node.name in placed:
                return
            placed.add(node.name)
            for name in operands(node):
                if name in program.by_name:
                    place(program.by_name[name])
            order.append(node)

        place(program.by_name[program.result])
        for node in program.nodes:
            place(node)
        return result(program, program.replace(nodes=tuple(order)))
