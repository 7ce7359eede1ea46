"""A program as ground truth for other tools: its circuit, and what inputs' values came from.

`tpc/ir_specs/circuit.schema.json` is the schema of what is written here.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from tpc.ir import nodes as ir
from tpc.ir.printer import digest, print_type
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label
from tpc.semantics.encoding import encode, present
from tpc.semantics.interpreter import Computation, Interpreter, present_column

#: Of the document; a new major version changes what a key means.
FORMAT = "tpc circuit 1"

Json: TypeAlias = dict[str, Any]
Cause: TypeAlias = list[str | int]


def circuit(program: Program, inputs: Iterable[Sequence[str]] = ()) -> Json:
    """The nodes and edges of a program, and for each input its values, attention and causes.

    Args:
        program: Any program.
        inputs: Words of each input.

    Raises:
        TpcError: The program does not take an input.
    """
    interpreter = Interpreter(program)
    live = ir.backward_slice(program.nodes, [program.result])
    return {
        "format": FORMAT,
        "program": {
            "name": program.name,
            "digest": digest(program),
            "max_length": program.max_length,
            "pooled": program.label_type.pooled,
            "answer": program.result,
        },
        "domains": {
            domain.name: [domain.value(index) for index in range(domain.size)]
            for domain in program.domains
        },
        "nodes": [_input_node(program, live), *(_node(node, live) for node in program.nodes)],
        "edges": [
            {"source": source, "target": node.name, "role": role}
            for node in program.nodes
            for source, role in _reads(node)
        ],
        "inputs": [_input(interpreter, words) for words in inputs],
    }


def _input_node(program: Program, live: Container[str]) -> Json:
    return {
        "name": ir.TOKENS,
        "operation": "input",
        "type": print_type(program.tokens),
        "domain": program.tokens.domain,
        "origin": [ir.TOKENS],
        "live": ir.TOKENS in live,
    }


def _node(node: ir.Node, live: Container[str]) -> Json:
    return {
        "name": node.name,
        "operation": f"select.{node.rule}" if isinstance(node, ir.Select) else ir.kind(node),
        "type": print_type(node.type),
        "domain": node.type.domain if isinstance(node.type, Cat | Label) else None,
        "origin": list(node.origin),
        "live": node.name in live,
    }


def _reads(node: ir.Node) -> Iterator[tuple[str, str]]:
    """What a node reads, and as what; each pair once."""
    match node:
        case ir.Select():
            yield node.query, "query"
            yield node.key, "key"
        case ir.Aggregate():
            yield node.pattern, "pattern"
            yield node.value, "value"
        case _:
            role = "feature" if isinstance(node, ir.Classify) else "operand"
            yield from ((name, role) for name in dict.fromkeys(ir.operands(node)))


def _input(interpreter: Interpreter, words: Sequence[str]) -> Json:
    program = interpreter.program
    found = interpreter.evaluate(encode(program, words))
    length = len(found.columns[ir.TOKENS])
    labels = present_column(program, program.result, found.columns[program.result])
    return {
        "tokens": present_column(program, ir.TOKENS, found.columns[ir.TOKENS]),
        "answer": present(program, words, [str(label) for label in labels], raw=False),
        "values": {
            name: present_column(program, name, column) for name, column in found.columns.items()
        },
        "attention": found.patterns,
        "causes": {
            node.name: [_causes(node, found, at) for at in range(_rows(node, length))]
            for node in program.nodes
        },
        "logits": found.logits,
    }


def _rows(node: ir.Node, length: int) -> int:
    return 1 if isinstance(node, ir.Classify) and node.pool != "none" else length


def _causes(node: ir.Node, found: Computation, at: int) -> list[Cause]:
    """What the value at a position came from: the role, the variable and its position."""
    match node:
        case ir.Positions() | ir.Ones():
            return []
        case ir.Select():
            keys: list[Cause] = [["key", node.key, j] for j in found.patterns[node.name][at]]
            return [["query", node.query, at], *keys]
        case ir.Aggregate():
            chosen = found.patterns[node.pattern][at]
            values: list[Cause] = [["value", node.value, j] for j in chosen]
            return [["pattern", node.pattern, at], *values]
        case ir.Classify():
            length = len(found.columns[ir.TOKENS])
            added = {"none": [at], "first": [0][:length], "sum": range(length)}[node.pool]
            return [["feature", f.variable, j] for j in added for f in node.features]
        case _:
            return [["operand", name, at] for name, _ in _reads(node)]
