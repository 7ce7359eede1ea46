"""What a batch backend needs to know about a program before it writes a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backends.batch.storage import Variable, variables
from backends.batch.tables import Table, lookup_table, mlp_table, perceptron, wanted_keys
from tpc.ir.nodes import (
    Aggregate,
    Classify,
    Lookup,
    Mlp,
    Node,
    Ones,
    Positions,
    Select,
    operands,
)
from tpc.ir.program import Program

Array: TypeAlias = NDArray[Any]

#: How a head finds its keys. `fixed`: query and key are positions, so that every query position
#: has one candidate, whatever the tokens; `direct`: the key is the position, so that the query
#: names its candidate; `search`: keys are compared; `score`: keys are ranked.
Search: TypeAlias = Literal["fixed", "direct", "search", "score"]


@dataclass(frozen=True)
class Head:
    """An aggregate with its select.

    Args:
        name: Of the aggregate.
        select: The attention pattern.
        value: The variable that is read or added up.
        search: How its keys are found.
        wants: For each query value the wanted key, as stored; `None` for rule `score`.
        targets: For `fixed`: the candidate of each query position, or -1.
    """

    name: str
    select: Select
    value: str
    search: Search
    wants: Array | None = None
    targets: Array | None = None


@dataclass(frozen=True)
class Plan:
    """A program with everything folded that does not depend on the tokens.

    Args:
        program: The program.
        nodes: Those that the result depends on, in order.
        variables: How the tokens and the values of nodes are held.
        by_position: The values at positions `0..max_length-1` of variables that depend on the
            position alone.
        tables: Of lookups, and of MLPs that are small enough.
        heads: By the name of the aggregate.
        keys: The variables that are compared with what queries want, in order.
    """

    program: Program
    nodes: tuple[Node, ...]
    variables: Mapping[str, Variable]
    by_position: Mapping[str, Array]
    tables: Mapping[str, Table]
    heads: Mapping[str, Head]
    keys: tuple[str, ...]

    @property
    def classifier(self) -> Classify | None:
        """The result, unless it comes from a lookup."""
        node = self.program.by_name[self.program.result]
        return node if isinstance(node, Classify) else None


def plan(program: Program) -> Plan:
    """Decide storage, tables and what can be folded.

    Raises:
        TpcError: A number is beyond 32 bits, or a table too large.
    """
    nodes = live_nodes(program)
    known = variables(program, nodes)
    tables: dict[str, Table] = {}
    heads: dict[str, Head] = {}
    by_position: dict[str, Array] = {}
    for node in nodes:
        if isinstance(node, Lookup):
            tables[node.name] = lookup_table(node, known)
        elif isinstance(node, Mlp):
            table = mlp_table(program, node, known)
            if table is not None:
                tables[node.name] = table
        elif isinstance(node, Aggregate):
            heads[node.name] = _head(program, node, known, by_position)
        folded = _by_position(program, node, by_position, tables)
        if folded is not None:
            by_position[node.name] = folded
    searched = (head.select.key for head in heads.values() if head.search == "search")
    return Plan(program, nodes, known, by_position, tables, heads, tuple(dict.fromkeys(searched)))


def live_nodes(program: Program) -> tuple[Node, ...]:
    """The nodes that the result depends on, in order."""
    needed = {program.result}
    for node in reversed(program.nodes):
        if node.name in needed:
            needed.update(operands(node))
    return tuple(node for node in program.nodes if node.name in needed)


def _head(
    program: Program,
    node: Aggregate,
    known: Mapping[str, Variable],
    by_position: Mapping[str, Array],
) -> Head:
    select = program.by_name[node.pattern]
    assert isinstance(select, Select), "patterns are made by selects"
    if select.rule == "score":
        return Head(node.name, select, node.value, "score")
    wants = wanted_keys(program, select, known[select.key])
    if not isinstance(program.by_name.get(select.key), Positions):
        return Head(node.name, select, node.value, "search", wants)
    if select.query not in by_position:
        return Head(node.name, select, node.value, "direct", wants)
    targets = wants[by_position[select.query]].astype(np.int64)
    last = np.arange(program.max_length) if select.causal else program.max_length - 1
    targets = np.where(targets <= last, targets, -1)
    return Head(node.name, select, node.value, "fixed", wants, targets)


def _by_position(
    program: Program, node: Node, known: Mapping[str, Array], tables: Mapping[str, Table]
) -> Array | None:
    """The node's value at each position, if it depends on nothing else."""
    if isinstance(node, Positions):
        return np.arange(program.max_length)
    if isinstance(node, Ones):
        return np.ones(program.max_length, dtype=np.int64)
    if not isinstance(node, Lookup | Mlp) or any(name not in known for name in node.operands):
        return None
    inputs = [known[name] for name in node.operands]
    if node.name not in tables:
        assert isinstance(node, Mlp), "every lookup has a table"
        return perceptron(program, node, inputs)
    table = tables[node.name]
    index = tuple(
        column if codes is None else codes[column]
        for column, codes in zip(inputs, table.codes, strict=True)
    )
    return table.values[index].astype(np.int64)
