"""Cube and conquer: a question that one query leaves open is split by positions, then by tokens.

With one token fixed, most of what a head does is settled: what it looks for, say, so that counts
are sums over the other positions. The formulas are made anew for each such cube.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from tpc.ir.language import Slot
from tpc.ir.program import Program
from tpc.proof.encoding import Encoding
from tpc.proof.formulas import FALSE, Literal, TokenIn
from tpc.proof.query import Answer, Impossible, Limits, Query, Undecided

#: Formulas of so many parts take about as long as a unit of CP-SAT's deterministic time.
_PARTS = 100_000

#: What may never be true: makes formulas in an encoding, by position, or by any other number.
#: The second argument says for which of them formulas are needed; `None`: all.
Question: TypeAlias = Callable[[Encoding, Collection[int] | None], Mapping[int, Literal]]


@dataclass(frozen=True)
class Effort:
    """What settling a question on one shape may cost, in CP-SAT's deterministic time.

    Making formulas of 100,000 parts counts as much as a unit of it: about a second each.

    Args:
        together: Of the query that asks for all positions at once.
        position: Of the query of one position.
        cube: Of a query with tokens fixed; what it leaves open is split again.
        total: Of all.
    """

    together: float = 0.05
    position: float = 0.1
    cube: float = 1.0
    total: float = 120.0


@dataclass(frozen=True)
class DifferentLabels:
    """The question of whether two programs answer differently somewhere.

    Args:
        one: A program.
        other: A program over the same vocabulary and classes.
    """

    one: Program
    other: Program

    def __call__(
        self, encoding: Encoding, positions: Collection[int] | None
    ) -> Mapping[int, Literal]:
        """By position that their labels there differ."""
        first, second = (encoding.encode(p, positions) for p in (self.one, self.other))
        formulas = encoding.formulas
        return {
            position: formulas.any(
                formulas.both(literal, -second.label(position, int(answer)))
                for answer, literal in labels.items()
            )
            for position, labels in first.labels.items()
        }


def settle(question: Question, shape: Sequence[Slot[int]], effort: Effort) -> Answer:
    """Whether anything that a question asks for can be true on a string of a shape.

    Raises:
        NotEncodableError: The formulas would be too large.
    """
    if effort.total <= 0:
        return Undecided(0.0)
    encoding = Encoding(shape)
    literals = {n: lit for n, lit in question(encoding, None).items() if lit != FALSE}
    together = encoding.formulas.any(literals.values())
    if together != FALSE and _making(encoding) >= effort.total:
        return Undecided(_making(encoding))
    answer = Query(encoding, Limits(min(effort.together, effort.total))).ask(together)
    if not isinstance(answer, Undecided):
        return answer
    settler = _Settler(question, effort, answer.effort + _making(encoding))
    for number, literal in literals.items():
        found = settler.position(encoding, number, literal)
        if not isinstance(found, Impossible):
            return found
    return Impossible(settler.spent)


class _Settler:
    """A question underway; what was spent is counted here."""

    def __init__(self, question: Question, effort: Effort, spent: float) -> None:
        self.question, self.effort, self.spent = question, effort, spent

    def position(self, encoding: Encoding, number: int, literal: Literal) -> Answer:
        answer = self._ask(encoding, literal, self.effort.position)
        return (
            answer if not isinstance(answer, Undecided) else self._split(encoding, number, literal)
        )

    def _split(self, encoding: Encoding, number: int, literal: Literal) -> Answer:
        """Ask for each group of tokens at one position that the formula does not distinguish."""
        chosen = _position_to_split(encoding, number, literal)
        if chosen is None or self.spent >= self.effort.total:
            return Undecided(self.spent)
        position, tokens = chosen
        for token in tokens:
            slots = list(encoding.shape)
            slots[position] = replace(slots[position], tokens=(token,))
            cube = Encoding(slots)
            within = self.question(cube, [number])[number]
            self.spent += _making(cube)
            found = self._ask(cube, within, self.effort.cube)
            if isinstance(found, Undecided):
                found = self._split(cube, number, within)
            if not isinstance(found, Impossible):
                return found
        return Impossible(self.spent)

    def _ask(self, encoding: Encoding, literal: Literal, effort: float) -> Answer:
        left = self.effort.total - self.spent
        if left <= 0:
            return Undecided(self.spent)
        answer = Query(encoding, Limits(min(effort, left))).ask(literal)
        self.spent += answer.effort
        return replace(answer, effort=self.spent)


def _making(encoding: Encoding) -> float:
    return encoding.formulas.size / _PARTS


def _position_to_split(
    encoding: Encoding, number: int, literal: Literal
) -> tuple[int, list[int]] | None:
    """The position whose token says most: the asked one itself, else the one most often read.

    Returns:
        The position, and one token of each group that the formula distinguishes.
    """
    formulas = encoding.formulas
    used = formulas.cone([literal])
    groups = {p: found for p, found in formulas.groups(used).items() if len(found) > 1}
    if not groups:
        return None
    reads = dict.fromkeys(groups, 0)
    for formula in used:
        node = formulas.nodes[formula]
        if isinstance(node, TokenIn) and node.position in reads:
            reads[node.position] += 1
    position = number if number in groups else max(groups, key=lambda p: (reads[p], -p))
    tokens = encoding.shape[position].tokens
    return position, [tokens[(mask & -mask).bit_length() - 1] for mask in groups[position]]
