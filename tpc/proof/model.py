"""Formulas as a CP-SAT model.

Positions that a question treats alike, such as those that are only counted, are not told apart: how
many of them have each token is all that matters, and is one integer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tpc.proof.formulas import TRUE, AtLeast, Conjunction, Formulas, Literal, TokenIn

if TYPE_CHECKING:
    from ortools.sat.python.cp_model_helper import CpModelProto

#: Beyond every sum of weights: no bound.
_UNBOUNDED = 2**62


class Model:
    """The part of some formulas that literals need, all of which are to hold.

    Args:
        formulas: That the literals are of.
        proto: An empty CP-SAT model, which is filled.
        literals: None of them false.
    """

    def __init__(
        self, formulas: Formulas, proto: CpModelProto, literals: Iterable[Literal]
    ) -> None:
        self._formulas, self._proto = formulas, proto
        asked = [literal for literal in literals if literal != TRUE]
        used = formulas.cone(asked)
        #: By position the groups of tokens as masks, each with its literal or number.
        self._groups: dict[int, list[tuple[int, int]]] = {}
        #: Positions that are only counted: all that are alike.
        self._alike: dict[int, list[int]] = {}
        self._number: dict[int, int] = {}
        self._add_positions(used, asked)
        for formula in reversed(used):
            node = formulas.nodes[formula]
            if not isinstance(node, TokenIn):
                self._number[formula] = self._variable()
            elif node.position not in self._alike:
                self._token_in(formula, node)
        for formula, use in used.items():
            node = formulas.nodes[formula]
            if isinstance(node, Conjunction):
                self._conjunction(self._number[formula], node)
            elif isinstance(node, AtLeast):
                self._at_least(self._number[formula], node, use)
        for literal in asked:
            self._clause([self._reference(literal)])

    def string(self, solution: list[int]) -> tuple[int, ...]:
        """A string of a solution."""
        masks: dict[int, int] = {}
        for position, groups in self._groups.items():
            alike = self._alike.get(position)
            if alike is None:
                masks[position] = next(mask for mask, lit in groups if _holds(lit, solution))
            elif alike[0] == position:
                counted = [mask for mask, number in groups for _ in range(solution[number])]
                masks.update(zip(alike, counted, strict=True))
        return tuple(
            slot.tokens[_lowest(masks.get(position, 1))]
            for position, slot in enumerate(self._formulas.shape)
        )

    def _add_positions(self, used: Mapping[int, int], asked: Iterable[Literal]) -> None:
        groups = self._formulas.groups(used)
        classes = self._interchangeable(used, asked)
        for position, masks in groups.items():
            members = classes.get(position, [])
            if len(members) < 2:
                self._groups[position] = self._one_of(masks)
            elif members[0] == position:
                numbers = self._counts(len(members), len(masks))
                for member in members:
                    self._alike[member] = members
                    self._groups[member] = list(zip(masks, numbers, strict=True))

    def _interchangeable(
        self, used: Mapping[int, int], asked: Iterable[Literal]
    ) -> dict[int, list[int]]:
        """For each position that is only counted the positions that are counted alike."""
        nodes = self._formulas.nodes
        counted: dict[int, list[tuple[int, int, int]]] = {}
        single = {nodes[abs(literal)] for literal in asked}
        for formula in used:
            node = nodes[formula]
            if isinstance(node, Conjunction):
                single.update(nodes[abs(part)] for part in node.parts)
            elif isinstance(node, AtLeast):
                for part, weight in zip(node.parts, node.weights, strict=True):
                    token_in = nodes[abs(part)]
                    if isinstance(token_in, TokenIn):
                        signed = weight if part > 0 else -weight
                        found = counted.setdefault(token_in.position, [])
                        found.append((formula, token_in.mask, signed))
        apart = {node.position for node in single if isinstance(node, TokenIn)}
        classes: dict[object, list[int]] = {}
        for position, uses in sorted(counted.items()):
            if position not in apart:
                key = (self._formulas.shape[position].tokens, tuple(sorted(uses)))
                classes.setdefault(key, []).append(position)
        return {position: members for members in classes.values() for position in members}

    def _one_of(self, masks: list[int]) -> list[tuple[int, int]]:
        if len(masks) == 2:
            variable = self._variable()
            return [(masks[0], variable), (masks[1], ~variable)]
        variables = [self._variable() for _ in masks]
        self._proto.constraints.add().exactly_one.literals.extend(variables)
        return list(zip(masks, variables, strict=True))

    def _counts(self, positions: int, groups: int) -> list[int]:
        numbers = [self._variable(positions) for _ in range(groups)]
        total = self._proto.constraints.add().linear
        total.vars.extend(numbers)
        total.coeffs.extend([1] * groups)
        total.domain.extend((positions, positions))
        return numbers

    def _token_in(self, formula: int, node: TokenIn) -> None:
        groups = self._groups[node.position]
        inside = [literal for mask, literal in groups if mask & node.mask]
        outside = [literal for mask, literal in groups if not mask & node.mask]
        if len(inside) == 1:
            self._number[formula] = inside[0]
        elif len(outside) == 1:
            self._number[formula] = ~outside[0]
        else:
            variable = self._number[formula] = self._variable()
            self._proto.constraints.add().exactly_one.literals.extend([~variable, *inside])
            self._proto.constraints.add().exactly_one.literals.extend([variable, *outside])

    def _conjunction(self, variable: int, node: Conjunction) -> None:
        parts = [self._reference(part) for part in node.parts]
        constraint = self._proto.constraints.add()
        constraint.enforcement_literal.append(variable)
        constraint.bool_and.literals.extend(parts)
        self._clause([variable, *(~part for part in parts)])

    def _at_least(self, variable: int, node: AtLeast, use: int) -> None:
        """Only in the direction that matters: what is not needed to hold may be false anyhow."""
        bound, weights = node.bound, dict[int, int]()
        for part, weight in zip(node.parts, node.weights, strict=True):
            token_in = self._formulas.nodes[abs(part)]
            if isinstance(token_in, TokenIn) and token_in.position in self._alike:
                if self._alike[token_in.position][0] == token_in.position:
                    for mask, number in self._groups[token_in.position]:
                        if bool(mask & token_in.mask) == (part > 0):
                            weights[number] = weights.get(number, 0) + weight
                continue
            reference = self._reference(part)
            number = max(reference, ~reference)
            bound -= weight if reference < 0 else 0
            weights[number] = weights.get(number, 0) + (weight if reference >= 0 else -weight)
        if use & 1:
            self._linear(variable, weights, (bound, _UNBOUNDED))
        if use & 2:
            self._linear(~variable, weights, (-_UNBOUNDED, bound - 1))

    def _linear(self, literal: int, weights: Mapping[int, int], domain: tuple[int, int]) -> None:
        constraint = self._proto.constraints.add()
        constraint.enforcement_literal.append(literal)
        constraint.linear.vars.extend(list(weights))
        constraint.linear.coeffs.extend(list(weights.values()))
        constraint.linear.domain.extend(domain)

    def _clause(self, literals: list[int]) -> None:
        self._proto.constraints.add().bool_or.literals.extend(literals)

    def _variable(self, most: int = 1) -> int:
        added = self._proto.variables.add()
        added.domain.extend((0, most))
        return len(self._proto.variables) - 1

    def _reference(self, literal: Literal) -> int:
        number = self._number[abs(literal)]
        return number if literal > 0 else ~number


def _holds(literal: int, solution: list[int]) -> bool:
    return bool(solution[literal] if literal >= 0 else not solution[~literal])


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
