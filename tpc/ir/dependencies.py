"""What the variables of a program are computed from, and which domains they name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tpc.ir.nodes import Node, operands
from tpc.ir.types import Cat, Domain, Label


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


def named_domains(
    domains: Iterable[Domain], tokens: Cat, nodes: Iterable[Node]
) -> tuple[Domain, ...]:
    """Those of some domains that the type of the tokens or of a node names."""
    named = {node.type.domain for node in nodes if isinstance(node.type, Cat | Label)}
    return tuple(domain for domain in domains if domain.name in named | {tokens.domain})
