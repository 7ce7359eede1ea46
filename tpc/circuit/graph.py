"""The dataflow of a program: what each head, table and feature reads, and what a run puts there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from tpc.explain.contributions import contributions, runner_up
from tpc.explain.tables import visible
from tpc.ir import nodes as ir
from tpc.ir.program import Program
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Column, Computation, Interpreter, present_column

Kind: TypeAlias = Literal["input", "embedding", "head", "count", "table", "answer"]
Role: TypeAlias = Literal["reads", "query", "key", "value"]

#: Values of a run that a node shows.
_SHOWN = 12


@dataclass(frozen=True)
class GraphNode:
    """A variable; a head stands for its pattern, too.

    Attributes:
        name: Of the variable.
        kind: What makes it; `count` is a head that adds up all matches.
        title: What is written on it: its name, and the operation.
        values: In a run, its value at each position.
        weight: In a run, by how much its weights favour the answers over the next best classes, on
            average over positions; `None` if the classifier does not read it, or without a run.
        live: Whether the answer depends on it.
    """

    name: str
    kind: Kind
    title: tuple[str, ...]
    values: tuple[str, ...]
    weight: float | None
    live: bool


@dataclass(frozen=True)
class GraphEdge:
    """That one variable reads another, and as what."""

    source: str
    target: str
    role: Role


@dataclass(frozen=True)
class Graph:
    """A program's dataflow.

    Attributes:
        name: Of the program.
        tokens: The input, if it shows a run.
        nodes: In the program's order, the input first.
        edges: In the order of their targets.
    """

    name: str
    tokens: tuple[str, ...]
    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]


def dataflow(program: Program, tokens: Sequence[str] | None = None, *, live: bool = False) -> Graph:
    """The dataflow of a program.

    Args:
        program: Any program.
        tokens: Words of an input, whose run it shows.
        live: Leave out what the answer does not depend on.

    Raises:
        TpcError: The program does not take the input.
    """
    reached = ir.backward_slice(program.nodes, [program.result])
    run = None if tokens is None else Interpreter(program).evaluate(encode(program, tokens))
    weights = {} if run is None else _weights(program, run)
    names = [ir.TOKENS, *(n.name for n in program.nodes if not isinstance(n, ir.Select))]
    nodes = tuple(
        GraphNode(
            name,
            _kind(program, name),
            tuple(dict.fromkeys([name, _operation(program, name)])),
            () if run is None else _values(program, name, run.columns[name]),
            weights.get(name),
            name in reached,
        )
        for name in names
        if not live or name in reached
    )
    kept = {node.name for node in nodes}
    edges = tuple(
        edge for node in program.nodes if node.name in kept for edge in _edges(program, node)
    )
    return Graph(program.name, tuple(tokens or ()), nodes, edges)


def _kind(program: Program, name: str) -> Kind:
    if name == program.result:
        return "answer"
    match program.by_name.get(name):
        case ir.Embed():
            return "embedding"
        case ir.Aggregate() as node:
            return "head" if _select(program, node).rule != "all" else "count"
        case ir.Lookup() | ir.Mlp():
            return "table"
        case _:
            return "input"


def _operation(program: Program, name: str) -> str:
    match program.by_name.get(name):
        case None:
            return f"one of {len(program.vocabulary):,} tokens"
        case ir.Aggregate() as node:
            select = _select(program, node)
            return f"select.{select.rule}{', causal' if select.causal else ''}"
        case node:
            return ir.kind(node)


def _select(program: Program, node: ir.Aggregate) -> ir.Select:
    found = program.by_name[node.pattern]
    assert isinstance(found, ir.Select), "verified"
    return found


def _edges(program: Program, node: ir.Node) -> Iterator[GraphEdge]:
    match node:
        case ir.Aggregate():
            select = _select(program, node)
            yield GraphEdge(select.query, node.name, "query")
            yield GraphEdge(select.key, node.name, "key")
            yield GraphEdge(node.value, node.name, "value")
        case ir.Select():
            return
        case _:
            for name in dict.fromkeys(ir.operands(node)):
                yield GraphEdge(name, node.name, "reads")


def _values(program: Program, name: str, column: Column) -> tuple[str, ...]:
    shown = tuple(map(visible, present_column(program, name, column[:_SHOWN])))
    return (*shown, "...") if len(column) > _SHOWN else shown


def _weights(program: Program, run: Computation) -> dict[str, float]:
    """For each feature by how much it favours the answer over the next best class, on average."""
    node = program.by_name[program.result]
    if not isinstance(node, ir.Classify) or not run.columns[ir.TOKENS]:
        return {}
    found = {feature.variable: Fraction(0) for feature in node.features}
    pooled = program.label_type.pooled
    for row in range(len(run.logits)):
        position, label = None if pooled else row, int(run.columns[node.name][row])
        rival = runner_up(program, run, label, position)
        for one in contributions(program, run, label, label if rival is None else rival, position):
            found[one.variable] += one.difference
    return {name: float(total / len(run.logits)) for name, total in found.items()}
