"""Rebuilding programs: operands renamed, nodes replaced, what nobody reads left out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from tpc.ir import nodes as ir
from tpc.ir.program import Program


def variants(name: str) -> Iterator[str]:
    """A name, and others for where it is taken."""
    yield name
    yield from (f"{name}_{number}" for number in itertools.count(2))


def rename_operands(node: ir.Node, names: Mapping[str, str]) -> ir.Node:
    """The node reading other variables: those of `names` by their new names."""

    def new(name: str) -> str:
        return names.get(name, name)

    match node:
        case ir.Select():
            return replace(node, query=new(node.query), key=new(node.key))
        case ir.Aggregate():
            return replace(node, pattern=new(node.pattern), value=new(node.value))
        case ir.Lookup():
            return ir.with_operands(node, tuple(map(new, node.operands)))
        case ir.Mlp():
            return replace(node, operands=tuple(map(new, node.operands)))
        case ir.Classify():
            features = tuple(replace(f, variable=new(f.variable)) for f in node.features)
            return replace(node, features=features)
        case _:
            return node


def read_instead(program: Program, names: Mapping[str, str]) -> Program:
    """The program whose readers of some variables read others, which have the same values."""
    if not names:
        return program
    program = program.replace(nodes=tuple(rename_operands(node, names) for node in program.nodes))
    for name, kept in names.items():
        program = _merge_origins(program, kept, name)
    return program


def with_nodes(program: Program, nodes: Mapping[str, ir.Node]) -> Program:
    """The program with some nodes replaced by others of the same name."""
    return program.replace(nodes=tuple(nodes.get(node.name, node) for node in program.nodes))


def prune(program: Program) -> Program:
    """The program without nodes that the result does not depend on, and domains nobody names."""
    needed = ir.backward_slice(program.nodes, [program.result])
    nodes = tuple(node for node in program.nodes if node.name in needed)
    domains = ir.named_domains(program.domains, program.tokens, nodes)
    if len(nodes) == len(program.nodes) and len(domains) == len(program.domains):
        return program
    return program.replace(nodes=nodes, domains=domains)


def _merge_origins(program: Program, keep: str, other: str) -> Program:
    """Let `keep` carry the origins of a variable that has its values."""
    node = program.by_name.get(keep)
    if node is None:
        return program  # The parameter has no list of origins.
    origin = tuple(dict.fromkeys((*node.origin, *program.by_name[other].origin)))
    if isinstance(node, ir.Select) or origin == node.origin:
        return program
    return with_nodes(program, {keep: replace(node, origin=origin)})
