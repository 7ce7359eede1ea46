"""A program: domains, nodes in topological order, the language it is for, where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from tpc.ir import nodes as ir
from tpc.ir.expressions import evaluate
from tpc.ir.language import Language
from tpc.ir.types import Cat, Domain, Label, Num, Type, contains
from tpc.ir.words import Rewrite

#: The largest product of operand ranges that is tabulated; larger MLPs stay `mlp` nodes.
MAX_TABLE_ENTRIES = 65_536

Metadata: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Contract:
    """Where the program is promised to give the network's label.

    Args:
        scope: `every_string`: the raw label at every position of every string over the
            vocabulary. `language`: at the scored positions of the input language only. `data`:
            nowhere for certain; it was measured on data.
        proved_against: For scope `language`, the digest of the program it was proved equal to;
            for scope `data`, the name of the data.
    """

    scope: Literal["every_string", "language", "data"] = "every_string"
    proved_against: str | None = None


class Variables:
    """What programs and their builders know of their variables.

    Attributes:
        tokens: The domain of the parameter `%tokens`.
        max_length: The longest sequence.
        by_name: Nodes by name; the parameter `tokens` is not a node.
        domain_by_name: Domains by name.
    """

    tokens: Cat
    max_length: int
    by_name: Mapping[str, ir.Node]
    domain_by_name: Mapping[str, Domain]

    def type_of(self, name: str) -> Type:
        """The type of the parameter or of a node's value."""
        return self.tokens if name == ir.TOKENS else self.by_name[name].type

    def domain_of(self, name: str) -> Domain:
        """The domain of a categorical variable or label."""
        variable = self.type_of(name)
        assert isinstance(variable, Cat | Label), f"%{name} is not categorical"
        return self.domain_of_type(variable)

    def domain_of_type(self, kind: Cat | Label) -> Domain:
        """The domain that a categorical type names."""
        return self.domain_by_name[kind.domain]

    def range_of(self, name: str) -> range:
        """The indices of a categorical variable, or the integers of a `num`."""
        kind = self.type_of(name)
        assert isinstance(kind, Cat | Label | Num), f"%{name} is neither categorical nor an integer"
        return self.range_of_type(kind)

    def range_of_type(self, kind: Cat | Label | Num) -> range:
        """The indices of a categorical type, or the integers of a `num`."""
        if isinstance(kind, Num):
            return range(kind.lo, kind.hi + 1)
        return range(self.domain_of_type(kind).size)

    def sum_range(self, select: ir.Select, value: Num) -> Num:
        """The range of the sum of `value` over the positions that an `all` pattern can select."""
        most = self.max_length
        if isinstance(self.by_name.get(select.key), ir.Positions):
            most = 1  # Every position is different, and one key matches a query.
        return Num(min(0, most * value.lo), max(0, most * value.hi))


@dataclass(frozen=True)
class Program(Variables):
    """A Transformer Program, self-contained and immutable.

    Args:
        name: An identifier, usually the task's name.
        domains: Every domain that a type names.
        tokens: The domain of the parameter `%tokens`: the vocabulary in id order.
        max_length: The longest sequence the program takes, framing included.
        nodes: In single assignment, operands before users.
        result: The name of the node of type `label<...>` that is returned.
        language: What its task gives it.
        rewrite: Applied to each word of the input, in this order.
        contract: Where its labels are promised.
        metadata: Origin, training run, accuracy, certificate. JSON values; part of the file, not
            of equality.
    """

    name: str
    domains: tuple[Domain, ...]
    tokens: Cat
    max_length: int
    nodes: tuple[ir.Node, ...]
    result: str
    language: Language[int]
    rewrite: tuple[Rewrite, ...] = ()
    contract: Contract = Contract()
    metadata: Metadata = field(default_factory=dict, compare=False)
    by_name: Mapping[str, ir.Node] = field(init=False, repr=False, compare=False)
    domain_by_name: Mapping[str, Domain] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        nodes = {node.name: node for node in self.nodes}
        object.__setattr__(self, "by_name", nodes)
        domains = {domain.name: domain for domain in self.domains}
        object.__setattr__(self, "domain_by_name", domains)

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The tokens in id order."""
        return self._labels(self.tokens.domain)

    @property
    def token_ids(self) -> Mapping[str, int]:
        """The id of each token."""
        return self.domain_by_name[self.tokens.domain].indices

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in index order."""
        return self._labels(self.label_type.domain)

    @property
    def label_type(self) -> Label:
        """The type of the answer."""
        label = self.type_of(self.result)
        assert isinstance(label, Label), "the verifier admits only labels as results"
        return label

    @property
    def causal(self) -> bool:
        """Whether some head looks only to the left."""
        return any(isinstance(node, ir.Select) and node.causal for node in self.nodes)

    def replace(self, **changes: Any) -> Program:  # noqa: ANN401 - mirrors dataclasses.replace
        """A copy with some fields changed."""
        return replace(self, **changes)

    def _labels(self, name: str) -> tuple[str, ...]:
        labels = self.domain_by_name[name].labels
        assert labels is not None, "verified: tokens and classes have names"
        return labels


def matched_keys(program: Program, select: ir.Select) -> tuple[int | None, ...]:
    """For each query index the key index that matches, or `None`: the predicate as a table.

    Raises:
        ValueError: The select ranks scores and has no predicate.
    """
    queries = program.domain_of(select.query).size
    keys = program.domain_of(select.key).size
    match select.predicate:
        case ir.TablePredicate():
            return select.predicate.keys
        case ir.OffsetPredicate(delta):
            shifted = (query + delta for query in range(queries))
            return tuple(key if 0 <= key < keys else None for key in shifted)
        case ir.FormulaPredicate(formula):
            asked = (evaluate(formula, (query,)) for query in range(queries))
            return tuple(key if 0 <= key < keys else None for key in asked)
        case None:
            raise ValueError(f"%{select.name} has no predicate")


def outcome(cases: tuple[ir.Case, ...], values: tuple[int, ...]) -> int | None:
    """The outcome of the first case that covers the operand values, or `None`."""
    for case in cases:
        covered = zip(case.patterns, values, strict=True)
        if all(pattern is None or contains(pattern, value) for pattern, value in covered):
            return case.outcome if isinstance(case.outcome, int) else evaluate(case.outcome, values)
    return None
