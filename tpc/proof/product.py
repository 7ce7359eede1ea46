"""Two programs as one: what they share is computed once, and both answers are there."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Classify,
    Embed,
    Feature,
    Lookup,
    Mlp,
    Node,
    Positions,
    Select,
    backward_slice,
    with_operands,
)
from tpc.ir.program import Program
from tpc.ir.types import Cat, Domain, Label

#: The nodes whose types name domains.
Typed: TypeAlias = Positions | Embed | Aggregate | Lookup | Mlp | Classify


def product(one: Program, other: Program) -> tuple[Program, str]:
    """The program of what two programs' labels are computed from, and the other's result.

    Args:
        one: Its language, result and everything else are the product's.
        other: A program over the same vocabulary, classes and length.

    Returns:
        The product and the name of `other`'s result in it.
    """
    merger = _Merger(one)
    own, names = {TOKENS: TOKENS}, {TOKENS: TOKENS}
    for node in needed(one):  # Renamed too: two of its own variables can be alike.
        own[node.name] = merger.add(_renamed(node, own), node.name, one)
    taken = set(one.by_name)
    for number, node in enumerate(needed(other)):
        name = node.name
        while name in taken:
            name = f"{name}_{number}"
        taken.add(name)
        names[node.name] = merger.add(_renamed(node, names), name, other)
    nodes = tuple(merger.nodes)
    merged = one.replace(nodes=nodes, domains=tuple(merger.domains), result=own[one.result])
    return merged, names[other.result]


def needed(program: Program) -> list[Node]:
    """The nodes that a program's label is computed from, in order."""
    names = backward_slice(program.nodes, [program.result])
    return [node for node in program.nodes if node.name in names]


class _Merger:
    def __init__(self, one: Program) -> None:
        self.domains: list[Domain] = list(one.domains)
        self.nodes: list[Node] = []
        self.known: dict[Node, str] = {}

    def add(self, node: Node, name: str, program: Program) -> str:
        """Add a node under a name, unless there is one alike; its name."""
        if isinstance(node, Positions | Embed | Aggregate | Lookup | Mlp | Classify):
            node = self._typed(node, program)
        plain = _anonymous(node)
        if plain not in self.known:
            self.known[plain] = name
            self.nodes.append(replace(node, name=name))
        return self.known[plain]

    def _typed(self, node: Typed, program: Program) -> Node:
        """A node whose type names a domain of the product."""
        if not isinstance(node.type, Cat | Label):
            return node
        domain = self._domain(program.domain_by_name[node.type.domain])
        return replace(node, type=replace(node.type, domain=domain))  # type: ignore[arg-type]

    def _domain(self, domain: Domain) -> str:
        names = {known.name for known in self.domains}
        for known in self.domains:
            if (known.size, known.labels) == (domain.size, domain.labels):
                return known.name
        name = domain.name
        while name in names:
            name += "_"
        self.domains.append(replace(domain, name=name))
        return name


def _anonymous(node: Node) -> Node:
    if isinstance(node, Select):
        return replace(node, name="")
    return replace(node, name="", origin=())


def _renamed(node: Node, names: dict[str, str]) -> Node:
    """A node that reads its operands by their new names."""
    match node:
        case Select():
            return replace(node, query=names[node.query], key=names[node.key])
        case Aggregate():
            return replace(node, pattern=names[node.pattern], value=names[node.value])
        case Lookup():
            return with_operands(node, [names[name] for name in node.operands])
        case Mlp():
            return replace(node, operands=tuple(names[name] for name in node.operands))
        case Classify():
            features = (Feature(names[f.variable], f.rows) for f in node.features)
            return replace(node, features=tuple(features))
        case _:
            return node
