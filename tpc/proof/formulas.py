"""Formulas over the tokens of one shape of an input language, each held once.

A formula is a *literal*: a number, its negation the negative number. Formulas that are built alike
are the same literal, so that what two programs share vanishes from the question whether they
differ. What is said of the token at one position alone is a set of tokens, whatever way it was
built; other formulas are conjunctions and linear inequalities of literals.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tpc.ir.language import Slot

Literal: TypeAlias = int

TRUE: Literal = 1
FALSE: Literal = -1

#: Conjunctions inside conjunctions are opened up to so many parts.
_MAX_FLAT = 64


@dataclass(frozen=True)
class TokenIn:
    """The token at a position is one of a set.

    Args:
        position: Of the string.
        mask: Bit `n` stands for the slot's token number `n`; bit 0 is not set.
    """

    position: int
    mask: int


@dataclass(frozen=True)
class Conjunction:
    """All parts hold."""

    parts: tuple[Literal, ...]


@dataclass(frozen=True)
class AtLeast:
    """`sum(weights of the parts that hold) >= bound`; weights and bound are positive."""

    parts: tuple[Literal, ...]
    weights: tuple[int, ...]
    bound: int


@dataclass(frozen=True)
class Choice:
    """Something that the formulas leave open; `Encoding` knows what it stands for."""

    number: int


Node: TypeAlias = TokenIn | Conjunction | AtLeast | Choice | None


class Formulas:
    """All formulas over the strings of one shape.

    Args:
        shape: The slots, as `Language.shapes` gives them.

    Attributes:
        nodes: By the number of a formula, what it is; parts have smaller numbers.
        size: Of all formulas together, their parts counted.
    """

    def __init__(self, shape: Sequence[Slot[int]]) -> None:
        self.shape = tuple(shape)
        self.nodes: list[Node] = [None, None]
        self.size = 0
        self._known: dict[Node, Literal] = {}
        self._full = [(1 << len(slot.tokens)) - 1 for slot in shape]
        self._numbers = [{token: n for n, token in enumerate(slot.tokens)} for slot in shape]

    def token(self, position: int, token: int) -> Literal:
        """That a token stands at a position; false where the shape does not allow it."""
        return self.token_in(position, (token,))

    def token_in(self, position: int, tokens: Iterable[int]) -> Literal:
        """That one of some tokens stands at a position."""
        numbers = self._numbers[position]
        mask = 0
        for token in tokens:
            if token in numbers:
                mask |= 1 << numbers[token]
        return self._token_mask(position, mask)

    def choice(self) -> Literal:
        """A new formula that may be true or false."""
        self.nodes.append(Choice(len(self.nodes)))
        return len(self.nodes) - 1

    def all(self, literals: Iterable[Literal]) -> Literal:
        """That all of some formulas hold."""
        masks: dict[int, int] = {}
        rest: set[Literal] = set()
        opened = list(literals)
        while opened:
            literal = opened.pop()
            node = self.nodes[abs(literal)]
            if node is None:
                if literal == FALSE:
                    return FALSE
            elif isinstance(node, TokenIn):
                full = self._full[node.position]
                mask = node.mask if literal > 0 else full ^ node.mask
                masks[node.position] = masks.get(node.position, full) & mask
            elif literal > 0 and isinstance(node, Conjunction) and len(node.parts) <= _MAX_FLAT:
                opened.extend(node.parts)
            elif -literal in rest:
                return FALSE
            else:
                rest.add(literal)
        rest.update(self._token_mask(position, mask) for position, mask in masks.items())
        if FALSE in rest:
            return FALSE
        rest.discard(TRUE)
        if len(rest) < 2:
            return rest.pop() if rest else TRUE
        return self._literal(Conjunction(tuple(sorted(rest))))

    def any(self, literals: Iterable[Literal]) -> Literal:
        """That one of some formulas holds."""
        return -self.all(-literal for literal in literals)

    def both(self, one: Literal, other: Literal) -> Literal:
        """That two formulas hold."""
        if one in (TRUE, other):
            return other
        if other == TRUE:
            return one
        return self.all((one, other))

    def at_least(self, weights: Mapping[Literal, int], bound: int) -> Literal:
        """`sum(weights of the formulas that hold) >= bound`.

        Args:
            weights: Of positive literals, as `collected` gives them.
            bound: The least sum.
        """
        bound -= sum(weight for weight in weights.values() if weight < 0)
        parts = sorted(
            (part if weight > 0 else -part, abs(weight))
            for part, weight in weights.items()
            if weight
        )
        if bound <= 0:
            return TRUE
        total = sum(weight for _, weight in parts)
        if total < bound:
            return FALSE
        least = min(weight for _, weight in parts)
        if self._counts_tokens(parts):
            return self._literal(
                AtLeast(tuple(part for part, _ in parts), (1,) * len(parts), -(-bound // least))
            )
        if total - least < bound:
            return self.all(part for part, _ in parts)
        if least >= bound:
            return self.any(part for part, _ in parts)
        divisor = math.gcd(*(weight for _, weight in parts))
        bound = -(-bound // divisor)
        node = AtLeast(
            tuple(part for part, _ in parts),
            tuple(min(bound, weight // divisor) for _, weight in parts),
            bound,
        )
        return self._literal(node)

    def _counts_tokens(self, parts: Sequence[tuple[Literal, int]]) -> bool:
        """Whether positions are only counted: written as a clause, they would be told apart."""
        alike = len({weight for _, weight in parts}) == 1
        tokens = (isinstance(self.nodes[abs(part)], TokenIn) for part, _ in parts)
        return len(parts) > 1 and alike and all(tokens)

    def collected(self, terms: Iterable[tuple[Literal, int]]) -> tuple[dict[Literal, int], int]:
        """A weighted sum of formulas over distinct positive literals, and its constant.

        What is said of one position's token is taken together, so that equal sums are the same.
        """
        constant = 0
        weights: dict[Literal, int] = {}
        tokens: dict[int, list[int]] = {}
        for literal, added in terms:
            number, weight = abs(literal), added if literal > 0 else -added
            if literal < 0:
                constant += added
            node = self.nodes[number]
            if node is None:
                constant += weight
            elif isinstance(node, TokenIn):
                size = len(self.shape[node.position].tokens)
                found = tokens.setdefault(node.position, [0] * size)
                for bit in _bits(node.mask):
                    found[bit] += weight
            else:
                weights[number] = weights.get(number, 0) + weight
        for position, by_token in tokens.items():
            constant += by_token[0]
            masks: dict[int, int] = {}
            for number, weight in enumerate(by_token):
                masks[weight] = masks.get(weight, 0) | 1 << number
            for weight, mask in masks.items():
                if weight != by_token[0]:
                    weights[self._token_mask(position, mask)] = weight - by_token[0]
        return weights, constant

    def evaluate(self, tokens: Sequence[int], choices: Mapping[Literal, bool]) -> list[bool]:
        """The value of every formula, by its number, on one string."""
        found = [False, True]
        for node in self.nodes[2:]:
            match node:
                case TokenIn():
                    number = self._numbers[node.position][tokens[node.position]]
                    found.append(bool(node.mask >> number & 1))
                case Conjunction():
                    found.append(all(found[abs(part)] == (part > 0) for part in node.parts))
                case AtLeast():
                    pairs = zip(node.parts, node.weights, strict=True)
                    total = sum(weight for part, weight in pairs if found[abs(part)] == (part > 0))
                    found.append(total >= node.bound)
                case _:
                    found.append(choices.get(len(found), False))
        return found

    def cone(self, literals: Iterable[Literal]) -> dict[int, int]:
        """The formulas that some are made of: for each number, how it is used.

        Returns:
            Bit 0 of the use: its truth matters; bit 1: its falsity does. Largest number first.
        """
        used: dict[int, int] = {}
        for literal in literals:
            used[abs(literal)] = used.get(abs(literal), 0) | (1 if literal > 0 else 2)
        found: dict[int, int] = {}
        for number in range(max(used, default=1), 1, -1):
            use = used.get(number)
            if use is None:
                continue
            found[number] = use
            node = self.nodes[number]
            if isinstance(node, Conjunction | AtLeast):
                swapped = (use & 1) << 1 | use >> 1
                for part in node.parts:
                    used[abs(part)] = used.get(abs(part), 0) | (use if part > 0 else swapped)
        return found

    def groups(self, used: Iterable[int]) -> dict[int, list[int]]:
        """The tokens that formulas distinguish.

        Args:
            used: Numbers of formulas, those of their parts among them, as `cone` gives them.

        Returns:
            For each position that they read groups of the slot's tokens, each group a mask:
            tokens of one group are interchangeable.
        """
        found: dict[int, list[int]] = {}
        for number in used:
            node = self.nodes[number]
            if isinstance(node, TokenIn):
                groups = found.get(node.position, [self._full[node.position]])
                split = (part for g in groups for part in (g & node.mask, g & ~node.mask))
                found[node.position] = [part for part in split if part]
        return {position: sorted(found[position]) for position in sorted(found)}

    def _token_mask(self, position: int, mask: int) -> Literal:
        full = self._full[position]
        if not mask & 1:
            return self._literal(TokenIn(position, mask)) if mask else FALSE
        return -self._literal(TokenIn(position, full ^ mask)) if mask != full else TRUE

    def _literal(self, node: Node) -> Literal:
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = len(self.nodes)
            self.nodes.append(node)
            self.size += 1 + len(node.parts) if isinstance(node, Conjunction | AtLeast) else 1
        return found


def _bits(mask: int) -> list[int]:
    return [number for number in range(mask.bit_length()) if mask >> number & 1]
