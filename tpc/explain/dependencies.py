"""One node of a program: its definition, what it reads, what reads it, what depends on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tpc.explain.overview import Described, overview
from tpc.explain.trace import node_name
from tpc.ir.nodes import TOKENS, Select, backward_slice, kind, operands
from tpc.ir.printer import print_node, print_type
from tpc.ir.program import Program


@dataclass(frozen=True)
class NodeView:
    """A variable or pattern, and where it stands in its program.

    Attributes:
        name: In the program.
        operation: The kind of the node; `input` for the tokens.
        type: As the text of programs has it.
        words: What it is.
        origin: The variables of the network that it equals.
        definition: As the text of programs has it; of a head with that of its pattern.
        reads: What it is computed from directly.
        read_by: What is computed from it directly.
        depends_on: All that it is computed from, in the program's order.
        needed_by: All that is computed from it.
    """

    name: str
    operation: str
    type: str
    words: str
    origin: tuple[str, ...]
    definition: str
    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    depends_on: tuple[str, ...]
    needed_by: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Everything."""
        return asdict(self)


def node_view(program: Program, text: str) -> NodeView:
    """The variable or pattern that a user names, with or without `%`.

    Raises:
        TpcError: There is none.
    """
    name = node_name(program, text)
    nodes = program.nodes
    node = program.by_name.get(name)
    reads = () if node is None else tuple(dict.fromkeys(operands(node)))
    order = [TOKENS, *program.by_name]
    below = backward_slice(nodes, [name]) - {name}
    above: set[str] = set()
    for other in nodes:
        if not {name, *above}.isdisjoint(operands(other)):
            above.add(other.name)
    return NodeView(
        name=name,
        operation="input" if node is None else kind(node),
        type=print_type(program.type_of(name)) if not isinstance(node, Select) else "pattern",
        words=_words(program, name),
        origin=() if node is None else node.origin,
        definition=definition(program, name),
        reads=reads,
        read_by=tuple(other.name for other in nodes if name in operands(other)),
        depends_on=tuple(other for other in order if other in below),
        needed_by=tuple(other for other in order if other in above),
    )


def definition(program: Program, name: str) -> str:
    """What defines a variable, as the text of programs has it; of a head with its pattern."""
    node = program.by_name.get(name)
    if node is None:
        return f"%{TOKENS}: {print_type(program.tokens)}"
    pattern = getattr(node, "pattern", None)
    before = "" if pattern is None else f"{definition(program, pattern)}\n"
    return before + print_node(program, node)


def with_tables(program: Program) -> tuple[Described, ...]:
    """The variables that a table decides: lookups, and heads whose predicate is a table."""
    return tuple(
        one
        for one in overview(program)
        if one.source == "lookup" or (one.source == "head" and "{" in definition(program, one.name))
    )


def _words(program: Program, name: str) -> str:
    if name == TOKENS:
        return f"the input: one of {len(program.vocabulary):,} tokens at each position"
    described = {one.name: one.text for one in overview(program)}
    if name in described:
        return described[name]
    users = [node.name for node in program.nodes if name in operands(node)]
    if not users:
        return "where a head would look; none does"
    return f"where {', '.join(users)} looks: {described[users[0]]}"
