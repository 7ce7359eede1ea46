"""Formulas without variables: gates over what stands at each position, equal ones shared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Gate: TypeAlias = int
"""A gate of a circuit, by its number."""

FALSE, TRUE = 0, 1


@dataclass(frozen=True)
class Read:
    """A token or label of the input, or of the changed input.

    Args:
        side: Whether it is a token or a label.
        position: Of the string, the frame counted; 0 for the one label of a pooled program.
        changed: Of the changed input.
    """

    side: Literal["in", "out"]
    position: int
    changed: bool


Term: TypeAlias = Read | str | None
"""What a token or label is: read, said, or not there."""


@dataclass(frozen=True)
class Linear:
    """A constant and a sum of gates, each 0 or 1, with coefficients."""

    constant: int
    gates: tuple[tuple[Gate, int], ...] = ()

    def plus(self, other: Linear, times: int = 1) -> Linear:
        """This and so many times another."""
        found = dict(self.gates)
        for gate, coefficient in other.gates:
            found[gate] = found.get(gate, 0) + times * coefficient
        kept = tuple(sorted((gate, c) for gate, c in found.items() if c))
        return Linear(self.constant + times * other.constant, kept)

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the most that it can be."""
        low = sum(c for _, c in self.gates if c < 0)
        return self.constant + low, self.constant + sum(c for _, c in self.gates if c > 0)


@dataclass(frozen=True)
class Constant:
    """False or true."""

    value: bool


@dataclass(frozen=True)
class Negation:
    """Not a gate."""

    gate: Gate


@dataclass(frozen=True)
class Conjunction:
    """All of some gates."""

    gates: tuple[Gate, ...]


@dataclass(frozen=True)
class Same:
    """Two words are the same."""

    left: Read
    right: Read | str | None


@dataclass(frozen=True)
class Before:
    """A word comes before another in the order, or is the same if that is enough."""

    left: Read | str
    right: Read | str
    strict: bool


@dataclass(frozen=True)
class Sign:
    """A linear sum is 0, or is at least 0."""

    sum: Linear
    operator: Literal["=", ">="]


@dataclass(frozen=True)
class Numeral:
    """A word is the numeral of a number that compares so with a linear sum."""

    word: Read
    operator: Literal["=", "<", "<=", ">", ">="]
    sum: Linear


Node: TypeAlias = Constant | Negation | Conjunction | Same | Before | Sign | Numeral


class Circuit:
    """Gates, each after those that it reads; equal ones are one.

    Attributes:
        nodes: What each gate is. The first two are false and true.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[Node, Gate] = {}
        self.add(Constant(False))
        self.add(Constant(True))

    def add(self, node: Node) -> Gate:
        """The gate that is this node."""
        if node not in self._known:
            self._known[node] = len(self.nodes)
            self.nodes.append(node)
        return self._known[node]

    def negated(self, gate: Gate) -> Gate:
        """Not a gate."""
        if gate in (FALSE, TRUE):
            return TRUE if gate == FALSE else FALSE
        node = self.nodes[gate]
        return node.gate if isinstance(node, Negation) else self.add(Negation(gate))

    def all_of(self, gates: list[Gate]) -> Gate:
        """All of some gates."""
        kept = sorted(set(gates) - {TRUE})
        if FALSE in kept or any(self.negated(gate) in kept for gate in kept):
            return FALSE
        if len(kept) < 2:
            return kept[0] if kept else TRUE
        return self.add(Conjunction(tuple(kept)))

    def any_of(self, gates: list[Gate]) -> Gate:
        """One of some gates."""
        return self.negated(self.all_of([self.negated(gate) for gate in gates]))

    def either_way(self, one: Gate, other: Gate) -> Gate:
        """Both or neither."""
        both = self.all_of([one, other])
        return self.any_of([both, self.all_of([self.negated(one), self.negated(other)])])

    def sign(self, total: Linear, operator: Literal["=", ">="]) -> Gate:
        """Whether a sum is 0, or at least 0."""
        low, high = total.bounds
        if low > 0 or high < 0:
            return TRUE if operator == ">=" and low > 0 else FALSE
        if (operator == ">=" and low == 0) or low == high == 0:
            return TRUE
        return self.add(Sign(total, operator))

    def needed(self, root: Gate) -> list[Gate]:
        """The gates that a gate is computed from, itself the last."""
        found: set[Gate] = set()
        stack = [root]
        while stack:
            gate = stack.pop()
            if gate not in found:
                found.add(gate)
                stack.extend(read_by(self.nodes[gate]))
        return sorted(found)


def read_by(node: Node) -> tuple[Gate, ...]:
    """The gates that a node reads."""
    match node:
        case Negation():
            return (node.gate,)
        case Conjunction():
            return node.gates
        case Sign() | Numeral():
            return tuple(gate for gate, _ in node.sum.gates)
        case _:
            return ()
