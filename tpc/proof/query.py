"""Whether a formula can be true, asked of OR-Tools' CP-SAT: a string, a proof, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeAlias

from tpc.proof.encoding import Encoding
from tpc.proof.formulas import FALSE, Formulas, Literal
from tpc.proof.model import Model

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
    variables = Model(formulas, model.proto, literals)
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
