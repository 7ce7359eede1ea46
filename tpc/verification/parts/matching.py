"""Which variable of a program is which of its network, by provenance, and what keeps them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tpc.diagnostics import quoted
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Classify,
    Embed,
    Lookup,
    Mlp,
    Node,
    Ones,
    Positions,
    Rule,
    Select,
)
from tpc.ir.program import Program
from tpc.ir.types import Cat

if TYPE_CHECKING:
    from tpc.model.attention import Head
    from tpc.model.discrete import DiscreteNetwork
    from tpc.model.discrete import Mlp as NetworkMlp


@dataclass(frozen=True)
class Matching:
    """A program whose every variable is one of a network's, and reads what that one reads.

    Args:
        program: The program.
        network: The discretised network, in binary64.
        names: The program's name of each variable of the network.
    """

    program: Program
    network: DiscreteNetwork
    names: Mapping[str, str]

    def node(self, variable: str) -> Node:
        """The program's node of a variable of the network that is not `tokens`."""
        return self.program.by_name[self.names[variable]]

    def select(self, head: str) -> Select:
        """The program's pattern of a head."""
        aggregate = self.node(head)
        assert isinstance(aggregate, Aggregate), "matched"
        select = self.program.by_name[aggregate.pattern]
        assert isinstance(select, Select), "verified"
        return select

    def shown(self, name: str, value: float | None) -> str:
        """A value of one of the program's variables, as users see it."""
        if value is None:
            return "none"
        if not isinstance(self.program.type_of(name), Cat):
            return str(value)
        domain, index = self.program.domain_of(name), int(value)
        found = domain.value(index) if index < domain.size else index
        return quoted(found) if isinstance(found, str) else str(found)


def match(program: Program, network: DiscreteNetwork) -> Matching | str:
    """The matching, or why there is none: the program is not the network's as it is exported."""
    from tpc.model import layout

    config = network.config
    variables = (
        *layout.categorical_variables(config, config.n_layers),
        *layout.numerical_variables(config, config.n_layers),
    )
    names = {origin: node.name for node in program.nodes for origin in node.origin}
    names[TOKENS] = TOKENS
    missing = [variable for variable in variables if variable not in names]
    if missing:
        return f"the program has no variable that is {missing[0]} of the network"
    if len({names[variable] for variable in variables}) < len(variables):
        return "one variable of the program is several of the network"
    matched = {names[variable] for variable in variables}
    others = (
        node.name
        for node in program.nodes
        if not isinstance(node, Select) and node.name not in {*matched, program.result}
    )
    for name in others:
        return f"%{name} is no variable of the network"
    found = Matching(program, network, names)
    return next(_differently_built(found), found)


def _differently_built(matching: Matching) -> Iterator[str]:
    """Where a variable is not of the network's kind, or does not read what the network reads."""
    yield from _other_inputs(matching)
    for name, head in matching.network.heads.items():
        yield from _other_head(matching, name, head)
    for name, mlp in matching.network.mlps.items():
        yield from _other_mlp(matching, name, mlp)
    yield from _other_classifier(matching)


def _other_inputs(matching: Matching) -> Iterator[str]:
    from tpc.model import layout

    config = matching.network.config
    kinds: dict[str, type[Node]] = dict.fromkeys(layout.categorical_inputs(config), Embed)
    kinds["positions"] = Positions
    kinds |= dict.fromkeys(layout.numerical_inputs(config), Ones if config.count_only else Embed)
    for name, kind in kinds.items():
        if name != TOKENS and not isinstance(matching.node(name), kind):
            yield f"{name} is another operation than in the network"


def _other_head(matching: Matching, name: str, head: Head) -> Iterator[str]:
    node = matching.node(name)
    if not isinstance(node, Aggregate):
        yield f"{name} is another operation than in the network"
        return
    select = matching.select(name)
    reads = (select.query, select.key, node.value)
    if reads != tuple(matching.names[read] for read in (head.query, head.key, head.value)):
        yield f"{name} reads other variables than in the network"
    if select.rule not in _rules(head):
        yield f"{name} chooses in another way than in the network"
    if select.causal != matching.network.config.autoregressive:
        yield f"{name} sees other positions than in the network"


def _other_mlp(matching: Matching, name: str, mlp: NetworkMlp) -> Iterator[str]:
    node, reads = matching.node(name), tuple(matching.names[read] for read in mlp.reads)
    if not isinstance(node, Lookup | Mlp):
        yield f"{name} is another operation than in the network"
    elif node.operands != (reads if isinstance(node, Mlp) else tuple(dict.fromkeys(reads))):
        yield f"{name} reads other variables than in the network"


def _rules(head: Head) -> tuple[Rule, ...]:
    """How a program may say that a head chooses; which of its matches it takes is compared."""
    from tpc.model.attention import ScoreHead, SumHead

    match head:
        case SumHead():
            return ("all",)
        case ScoreHead():
            return ("score",)
        case _:
            return ("closest", "first", "best")


def _other_classifier(matching: Matching) -> Iterator[str]:
    config, program = matching.network.config, matching.program
    classify = program.by_name[program.result]
    if not isinstance(classify, Classify):
        yield "labels are not from a classifier"
        return
    features = [feature.variable for feature in classify.features]
    if len(features) != len(set(features)):
        yield "the classifier reads a variable twice"
    if set(features) != set(matching.names.values()) - {*_unread(matching)}:
        yield "the classifier reads other variables than in the network"
    pool = "none" if not config.pool_outputs else "first" if config.autoregressive else "sum"
    if classify.pool != pool:
        yield "the classifier adds up other positions than in the network"
    if set(classify.never) != set(config.masked_classes):
        yield "other classes never win than in the network"


def _unread(matching: Matching) -> set[str]:
    """What no classifier reads: the label, and the tokens where they are embedded."""
    program, config = matching.program, matching.network.config
    return {program.result} | (set() if config.one_hot_embed else {TOKENS})
