"""Whether a formula can be true, asked of OR-Tools' CP-SAT: a string, a proof, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeAlias

from tpc.proof.encoding import Encoding
from tpc.proof.formulas import FALSE, TRUE, AtLeast, Conjunction, Formulas, Literal, TokenIn

if TYPE_CHECKING:
    from ortools.sat.python.cp_model_helper import CpModelProto

#: Beyond every sum of weights: no bound.
_UNBOUNDED = 2**62

_SEED = 0


@dataclass(frozen=True)
class Limits:
    """What a query may cost; never seconds, so that the same query has the same answer.

    Args:
        effort: CP-SAT's deterministic time, about a second each.
        strings: Strings that turn out not to make the formula true: rounding decided otherwise.
    """

    effort: float = 20.0
    strings: int = 16


@dataclass(frozen=True)
class Possible:
    """A string makes the formula true, which was computed without the solver.

    Args:
        ids: Its token ids.
        effort: What was spent.
    """

    ids: tuple[int, ...]
    effort: float = 0.0


@dataclass(frozen=True)
class Impossible:
    """No string of the shape makes it true.

    Args:
        effort: What was spent: 0 if the formula says so by itself.
    """

    effort: float = 0.0


@dataclass(frozen=True)
class Undecided:
    """Neither was found.

    Args:
        effort: What was spent.
    """

    effort: float


Answer: TypeAlias = Possible | Impossible | Undecided


@dataclass(frozen=True)
class Query:
    """Asks whether formulas of an encoding can be true.

    Args:
        encoding: What the formulas are about.
        limits: Of one question.
    """

    encoding: Encoding
    limits: Limits = Limits()

    def ask(self, literal: Literal) -> Answer:
        """Whether a formula can be true, and on which string."""
        if literal == FALSE:
            return Impossible()
        facts: list[Literal] = []
        spent = 0.0
        for _ in range(self.limits.strings):
            answer = _solve(self.encoding.formulas, [literal, *facts], self.limits.effort - spent)
            spent += answer.effort
            if not isinstance(answer, Possible):
                return Impossible(spent) if isinstance(answer, Impossible) else Undecided(spent)
            found = self._decided(answer.ids, literal)
            if found is None:
                return Possible(answer.ids, spent)
            if spent >= self.limits.effort:
                break
            facts += found
        return Undecided(spent)

    def _decided(self, ids: tuple[int, ...], literal: Literal) -> list[Literal] | None:
        """What this string says of ties, where it does not make the formula true."""
        formulas = self.encoding.formulas
        used = formulas.cone([literal])
        ties = {number: tie for number, tie in self.encoding.ties.items() if number in used}
        # Ties are of variables in which there are no ties.
        holds = formulas.evaluate(ids, {})
        choices: dict[Literal, bool] = {}
        facts = []
        for number, tie in ties.items():
            condition, better = tie.decided(formulas, holds)
            choices[number] = better
            facts.append(-formulas.both(condition, -number if better else number))
        holds = formulas.evaluate(ids, choices)
        return None if holds[abs(literal)] == (literal > 0) else facts


def solver_name() -> str:
    """The solver and its version, for certificates."""
    return f"OR-Tools {version('ortools')}"


def _solve(formulas: Formulas, literals: list[Literal], effort: float) -> Answer:
    """A string and any choices that make all literals true."""
    if FALSE in literals:
        return Impossible()
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    variables = _Model(formulas, model.proto, literals)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = _SEED
    solver.parameters.max_deterministic_time = effort
    status = solver.solve(model)
    spent = float(solver.response_proto.deterministic_time)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        solution = solver.response_proto.solution
        return Possible(variables.string(list(solution)), spent)
    return Impossible(spent) if status == cp_model.INFEASIBLE else Undecided(spent)


class _Model:
    """The part of some formulas that literals need, as a CP-SAT model."""

    def __init__(
        self, formulas: Formulas, proto: CpModelProto, literals: Iterable[Literal]
    ) -> None:
        self.formulas, self.proto = formulas, proto
        asked = list(literals)
        used = formulas.cone(asked)
        #: For each position the groups of slot tokens that no formula tells apart, as masks, and
        #: the variable of each.
        self.groups = self._groups(used)
        self.number: dict[int, int] = {}
        for formula in reversed(used):
            node = formulas.nodes[formula]
            if isinstance(node, TokenIn):
                self._token_in(formula, node)
            else:
                self.number[formula] = self._variable()
        for formula, use in used.items():
            node = formulas.nodes[formula]
            if isinstance(node, Conjunction):
                self._conjunction(self.number[formula], node)
            elif isinstance(node, AtLeast):
                self._at_least(self.number[formula], node, use)
        for literal in asked:
            if literal != TRUE:
                self._clause([self._reference(literal)])

    def string(self, solution: list[int]) -> tuple[int, ...]:
        """The smallest string of a solution."""
        ids = []
        for position, slot in enumerate(self.formulas.shape):
            mask = next(
                (mask for mask, lit in self.groups.get(position, ()) if _holds(lit, solution)), 1
            )
            ids.append(slot.tokens[(mask & -mask).bit_length() - 1])
        return tuple(ids)

    def _groups(self, used: Mapping[int, int]) -> dict[int, list[tuple[int, int]]]:
        groups: dict[int, list[int]] = {}
        for formula in used:
            node = self.formulas.nodes[formula]
            if isinstance(node, TokenIn):
                size = len(self.formulas.shape[node.position].tokens)
                found = groups.setdefault(node.position, [(1 << size) - 1])
                parts = [part for g in found for part in (g & node.mask, g & ~node.mask) if part]
                groups[node.position] = parts
        return {position: self._one_of(sorted(found)) for position, found in groups.items()}

    def _one_of(self, masks: list[int]) -> list[tuple[int, int]]:
        if len(masks) == 2:
            variable = self._variable()
            return [(masks[0], variable), (masks[1], ~variable)]
        variables = [self._variable() for _ in masks]
        self.proto.constraints.add().exactly_one.literals.extend(variables)
        return list(zip(masks, variables, strict=True))

    def _token_in(self, formula: int, node: TokenIn) -> None:
        groups = self.groups[node.position]
        inside = [literal for mask, literal in groups if mask & node.mask]
        if len(inside) == 1:
            self.number[formula] = inside[0]
        elif len(inside) == len(groups) - 1:
            self.number[formula] = ~next(lit for mask, lit in groups if not mask & node.mask)
        else:
            variable = self.number[formula] = self._variable()
            outside = [literal for mask, literal in groups if not mask & node.mask]
            self.proto.constraints.add().exactly_one.literals.extend([~variable, *inside])
            self.proto.constraints.add().exactly_one.literals.extend([variable, *outside])

    def _conjunction(self, variable: int, node: Conjunction) -> None:
        parts = [self._reference(part) for part in node.parts]
        constraint = self.proto.constraints.add()
        constraint.enforcement_literal.append(variable)
        constraint.bool_and.literals.extend(parts)
        self._clause([variable, *(~part for part in parts)])

    def _at_least(self, variable: int, node: AtLeast, use: int) -> None:
        """Only in the direction that matters: what is not needed to hold may be false anyhow."""
        references = [self._reference(part) for part in node.parts]
        constant = sum(w for r, w in zip(references, node.weights, strict=True) if r < 0)
        variables = [r if r >= 0 else ~r for r in references]
        weights = [w if r >= 0 else -w for r, w in zip(references, node.weights, strict=True)]
        bound = node.bound - constant
        for bit, literal, domain in (
            (1, variable, (bound, _UNBOUNDED)),
            (2, ~variable, (-_UNBOUNDED, bound - 1)),
        ):
            if use & bit:
                constraint = self.proto.constraints.add()
                constraint.enforcement_literal.append(literal)
                constraint.linear.vars.extend(variables)
                constraint.linear.coeffs.extend(weights)
                constraint.linear.domain.extend(domain)

    def _clause(self, literals: list[int]) -> None:
        self.proto.constraints.add().bool_or.literals.extend(literals)

    def _variable(self) -> int:
        added = self.proto.variables.add()
        added.domain.extend((0, 1))
        return len(self.proto.variables) - 1

    def _reference(self, literal: Literal) -> int:
        number = self.number[abs(literal)]
        return number if literal > 0 else ~number


def _holds(literal: int, solution: list[int]) -> bool:
    return bool(solution[literal] if literal >= 0 else not solution[~literal])
