"""How two matched nodes differ: in what they read and how, and in their tables."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tpc.compare.grids import GridDiff, Names, grid_diffs, grids
from tpc.ir import nodes as ir
from tpc.ir.printer import print_node
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label, Num, Type
from tpc.semantics.dense_tables import MAX_DENSE, entries

Status: TypeAlias = Literal["same", "renamed", "changed", "lost", "gained"]


@dataclass(frozen=True)
class Change:
    """A property that differs.

    Attributes:
        what: Which, such as `query`.
        before: In the first program.
        after: In the second.
    """

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class NodeDiff:
    """A node of one program and its counterpart in the other.

    Attributes:
        status: `same`, `renamed` (only its name differs), `changed`; `lost` if only the first
            program has it, `gained` if only the second.
        operation: Such as `lookup`.
        name: In the first program, or in the second if it was gained.
        other: In the second program, if both have it.
        origin: The variables of the network whose values it has.
        changes: Properties that differ.
        tables: Tables and weights that differ.
    """

    status: Status
    operation: str
    name: str
    other: str | None = None
    origin: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    tables: tuple[GridDiff, ...] = ()


def node_diffs(
    one: Program, other: Program, matches: Mapping[str, str], most: int | None
) -> tuple[NodeDiff, ...]:
    """Every node of the two programs: those of the first in its order, then those gained.

    Args:
        one: The first program.
        other: The second.
        matches: Names of `other` by names of `one`.
        most: Cells of a table that are listed; all if `None`.
    """
    found = []
    for node in one.nodes:
        if node.name in matches:
            found.append(_diff(one, other, node, matches, most))
        else:
            found.append(NodeDiff("lost", _operation(node), node.name, origin=node.origin))
    taken = set(matches.values())
    gained = (node for node in other.nodes if node.name not in taken)
    return (
        *found,
        *(NodeDiff("gained", _operation(node), node.name, origin=node.origin) for node in gained),
    )


def _operation(node: ir.Node) -> str:
    return f"select.{node.rule}" if isinstance(node, ir.Select) else ir.kind(node)


def _diff(
    one: Program, other: Program, node: ir.Node, matches: Mapping[str, str], most: int | None
) -> NodeDiff:
    theirs = other.by_name[matches[node.name]]
    back = {match: name for name, match in matches.items()}

    def seen(name: str) -> str:
        """What a variable of the second program is called in the first."""
        return back.get(name, f"{name} (new)")

    changes = _changes(one, other, (node, theirs), seen)
    diffs: tuple[GridDiff, ...] = ()
    if ir.kind(node) == ir.kind(theirs) and not _reads_otherwise(node, changes):
        diffs = grid_diffs(grids(one, node, str), grids(other, theirs, seen), most)
    unchanged: Status = "same" if node.name == theirs.name else "renamed"
    status: Status = "changed" if changes or diffs else unchanged
    operation = _operation(node)
    return NodeDiff(status, operation, node.name, theirs.name, node.origin, changes, diffs)


def _reads_otherwise(node: ir.Node, changes: tuple[Change, ...]) -> bool:
    """Whether the axes of a node's table are no longer those of its counterpart."""
    tabulated = isinstance(node, ir.Select | ir.Lookup | ir.Mlp)
    return tabulated and any(change.what == "reads" for change in changes)


def _changes(
    one: Program, other: Program, pair: tuple[ir.Node, ir.Node], seen: Names
) -> tuple[Change, ...]:
    """The properties that differ; each program's variables by its own names."""
    before = dict(_properties(one, pair[0], str))
    after = dict(_properties(other, pair[1], seen))
    shown = dict(_properties(other, pair[1], str))
    return tuple(
        Change(name, before[name], shown[name])
        for name in before
        if name in after and before[name] != after[name]
    )


def _properties(program: Program, node: ir.Node, seen: Names) -> Iterator[tuple[str, str]]:
    """All of a node but its tables; what it reads by the names that `seen` gives."""
    yield "operation", _operation(node)
    if not isinstance(node, ir.Select):
        yield "type", _type(program, node.type)
    yield "reads", ", ".join(f"%{seen(name)}" for name in ir.operands(node)) or "none"
    match node:
        case ir.Select():
            yield "causal", "yes" if node.causal else "no"
        case ir.Mlp():
            yield "hidden", str(node.weights.hidden)
        case ir.Classify():
            yield "pool", node.pool
            yield "never", ", ".join(program.classes[index] for index in node.never) or "none"
        case ir.Lookup() if entries(program, node) > MAX_DENSE:
            # Too many to be compared one by one: how they are written is compared.
            text = print_node(program, node).encode()
            yield "cases", f"{len(node.cases):,}, {hashlib.sha256(text).hexdigest()[:12]}"


def _type(program: Program, kind: Type) -> str:
    """A type by what it can be; domains are called differently where nothing differs."""
    match kind:
        case Cat() | Label():
            domain = program.domain_of_type(kind)
            values = f"one of {domain.size:,} {'names' if domain.labels else 'values'}"
            return f"{values}, once" if isinstance(kind, Label) and kind.pooled else values
        case Num(lo, hi):
            return f"{lo}..{hi}"
        case _:
            return "real"
