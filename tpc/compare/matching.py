"""Which node of one program stands for which node of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from tpc.ir.nodes import TOKENS, Aggregate, Node, kind
from tpc.ir.program import Program


def matched_nodes(one: Program, other: Program) -> dict[str, str]:
    """For nodes of one program the node of the other that stands for the same, one to one.

    The answers stand for each other. Further nodes are matched by provenance: those whose values
    are those of the same variables of the network, the most of them first. Patterns, which are no
    variables, follow the heads that read them. What is left is matched by name and operation.

    Returns:
        Names of `other` by names of `one`; `tokens` is always matched with itself.
    """
    found = {TOKENS: TOKENS, one.result: other.result}
    for source in (_by_origin, _by_pattern, _by_name):
        taken = set(found.values())
        for name, match in source(one, other, dict(found)):
            if name not in found and match not in taken:
                found[name] = match
                taken.add(match)
    return found


def _by_origin(
    one: Program, other: Program, _found: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Pairs that share variables of the network; most shared, then fewest not shared, first."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, node in enumerate(other.nodes):
        for origin in node.origin:
            holders[origin].append(number)
    pairs = []
    for number, node in enumerate(one.nodes):
        origins = set(node.origin)
        for candidate in sorted({index for origin in origins for index in holders[origin]}):
            theirs = set(other.nodes[candidate].origin)
            pairs.append((-len(origins & theirs), len(origins ^ theirs), number, candidate))
    for _, _, number, candidate in sorted(pairs):
        yield one.nodes[number].name, other.nodes[candidate].name


def _by_pattern(
    one: Program, other: Program, found: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for name, match in found.items():
        head, theirs = one.by_name.get(name), other.by_name.get(match)
        if isinstance(head, Aggregate) and isinstance(theirs, Aggregate):
            yield head.pattern, theirs.pattern


def _by_name(one: Program, other: Program, _found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for node in one.nodes:
        theirs: Node | None = other.by_name.get(node.name)
        if theirs is not None and kind(theirs) == kind(node):
            yield node.name, theirs.name
