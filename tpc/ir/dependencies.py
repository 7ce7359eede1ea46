"""What the variables of a program are computed from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tpc.ir.nodes import Node, operands


def backward_slice(nodes: Sequence[Node], names: Iterable[str]) -> set[str]:
    """The variables that some variables are computed from, themselves included.

    Args:
        nodes: Of a program, operands before users.
        names: The variables.
    """
    needed = set(names)
    for node in reversed(nodes):
        if node.name in needed:
            needed.update(operands(node))
    return needed
