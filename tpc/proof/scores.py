"""Classifiers as formulas: scores as integers, compared two by two, and what rounding may decide.

Weights are scaled by a power of two and rounded to integers. How far a difference of two sums can
be from that of the interpreter, which adds binary64 numbers in order, has a bound: where a
difference is larger, it decides; where it is not, the comparison is left open as a *tie*, which
follows from the variables' values whenever these are known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TypeAlias

import numpy as np

from tpc.ir.nodes import Classify, Feature
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.proof.formulas import FALSE, TRUE, Formulas, Literal, TokenIn
from tpc.proof.values import NotEncodableError, OneOf, Sum, Variable, one_of, table
from tpc.semantics.arrays import Array
from tpc.semantics.interpreter import total
from tpc.semantics.layers import best_classes, combination_logits

#: Classifiers of no more combinations of values are tables.
_MAX_TABLE = 256

#: NumPy's arrays have no more axes: a classifier of more features is compared sum by sum.
_MAX_AXES = 32

#: The largest sum of scaled weights: fine enough to decide nearly always, coarse enough to solve.
_SCALED = 2.0**28

#: Beyond such weights binary64 itself overflows sooner or later.
_LARGEST = 1e200


@dataclass(frozen=True)
class Tie:
    """Whether one class's score is at least another's, of which the first comes earlier.

    Args:
        key: What the scores are functions of.
        one: Weights of the first class, feature by feature and value by value, as binary64.
        other: Of the second class.
        features: The variables that are added up, position by position.
        pooled: Whether the scores of all positions are added up.
    """

    key: tuple[object, ...]
    one: bytes
    other: bytes
    features: tuple[tuple[Variable, ...], ...] = field(compare=False)
    pooled: bool = field(compare=False)

    def decided(self, formulas: Formulas, holds: Sequence[bool]) -> tuple[Literal, bool]:
        """What decides it on one string, and how.

        Args:
            formulas: That the variables are made of.
            holds: The value of every formula on the string.
        """
        values = [[_value(variable, holds) for variable in row] for row in self.features]
        condition = formulas.all(
            variable.among(formulas, [value])
            for row, known in zip(self.features, values, strict=True)
            for variable, value in zip(row, known, strict=True)
        )
        scores = [self._score(weights, values) for weights in (self.one, self.other)]
        return condition, scores[0] >= scores[1]

    def _score(self, column: bytes, values: list[list[float]]) -> float:
        weights = iter(np.frombuffer(column).tolist())
        rows = []
        for row, known in zip(self.features, values, strict=True):
            score = 0.0
            for variable, value in zip(row, known, strict=True):
                if isinstance(variable, Sum):
                    score += next(weights) * value
                else:
                    found = [next(weights) for _ in variable.literals]
                    score += found[variable.values().index(value)]
            rows.append(score)
        return total(rows) if self.pooled else rows[0]


#: Gives the formula of a tie.
Ties: TypeAlias = Callable[[Tie], Literal]


class Scores:
    """A classifier at one position, or of the whole string.

    Args:
        program: The program of `node`.
        node: The classifier.
        formulas: Where formulas are made.
        features: The variables of its features, at each position that is added up.
        tie: Gives formulas of what rounding may decide.
    """

    def __init__(
        self,
        program: Program,
        node: Classify,
        formulas: Formulas,
        features: list[list[Variable]],
        tie: Ties,
    ) -> None:
        self.program, self.node = program, node
        self.formulas, self.features, self.tie = formulas, features, tie

    def label(self) -> OneOf:
        """When each class is answered."""
        sizes = [len(variable.values()) for row in self.features for variable in row]
        tabled = len(self.features) == 1 and len(sizes) <= _MAX_AXES
        if tabled and math.prod(sizes) <= _MAX_TABLE:
            return self._table()
        blocks = list(self._blocks())
        answers = self._answers(blocks)
        if len(answers) == 1:
            return OneOf({answers[0]: TRUE})
        return self._compared([block[:, answers] for block in blocks], answers)

    def _table(self) -> OneOf:
        """Every combination of values, decided by the interpreter's own sums."""
        (row,) = self.features
        sizes = [len(variable.values()) for variable in row]
        grid = np.indices(sizes).reshape(len(row), math.prod(sizes))
        columns = [np.array(v.values())[g] for v, g in zip(row, grid, strict=True)]
        logits = combination_logits(self.program, self.node, columns)
        found = best_classes(logits, self.node.never).reshape(sizes)
        return table(self.formulas, found, row)

    def _blocks(self) -> Iterator[Array]:
        """Weights `[values, classes]` of each variable; of a sum the one row it multiplies."""
        for row in self.features:
            for feature, variable in zip(self.node.features, row, strict=True):
                yield self._block(feature, variable)

    def _block(self, feature: Feature, variable: Variable) -> Array:
        rows = np.array(feature.rows, dtype=np.float64)
        if isinstance(variable, Sum):
            return rows
        if isinstance(self.program.type_of(feature.variable), Cat):
            return rows[[int(value) for value in variable.literals]]
        return rows * np.array(variable.values(), dtype=np.float64)[:, None]

    def _answers(self, blocks: list[Array]) -> list[int]:
        """The classes that can be answered; of classes of the same weights the first."""
        classes = self.program.domain_of_type(self.node.type).size
        seen: set[bytes] = set()
        answers = []
        for c in range(classes):
            column = b"".join(block[:, c].tobytes() for block in blocks)
            if c not in self.node.never and column not in seen:
                seen.add(column)
                answers.append(c)
        return answers

    def _compared(self, blocks: list[Array], answers: list[int]) -> OneOf:
        variables = [variable for row in self.features for variable in row]
        scaled, error = self._scaled(blocks, variables)
        key = tuple(tuple(map(_key, row)) for row in self.features)
        columns = [b"".join(block[:, c].tobytes() for block in blocks) for c in range(len(answers))]
        weights, constant = _collected(self.formulas, variables, scaled)
        parts = list(weights)
        matrix = np.array(list(weights.values())).reshape(len(parts), len(answers))
        wins: list[list[Literal]] = [[] for _ in answers]
        for one, other in combinations(range(len(answers)), 2):
            difference = dict(zip(parts, (matrix[:, one] - matrix[:, other]).tolist(), strict=True))
            ahead = int(constant[one] - constant[other])
            better = self.formulas.at_least(difference, error - ahead)
            if error and better != TRUE:
                possible = self.formulas.at_least(difference, -error - ahead)
                if possible == FALSE:
                    better = FALSE
                else:
                    tie = Tie(
                        key, columns[one], columns[other], tuple(map(tuple, self.features)),
                        self.node.pool == "sum",
                    )  # fmt: skip
                    open_ = self.formulas.both(possible, self.tie(tie))
                    better = self.formulas.any((better, open_))
            wins[one].append(better)
            wins[other].append(-better)
        return one_of({c: self.formulas.all(found) for c, found in zip(answers, wins, strict=True)})

    def _scaled(self, blocks: list[Array], variables: list[Variable]) -> tuple[list[Array], int]:
        """Weights as integers, and from what difference on the larger sum is the interpreter's.

        A sum of `n` numbers is off by at most `n` units of 2**-53 of all that is added up, the
        difference of two by twice that; 1 % is for what is of second order.
        """
        factors = [
            max(abs(variable.low), abs(variable.high)) if isinstance(variable, Sum) else 1
            for variable in variables
        ]
        largest = sum(float(abs(b).max()) * f for b, f in zip(blocks, factors, strict=True))
        if not largest < _LARGEST:
            raise NotEncodableError("the classifier has weights of more than 1e200")
        most = math.floor(math.log2(_SCALED / largest)) if largest > 0 else 0
        exact = (k for k in range(min(0, most), most + 1) if _integral(blocks, k))
        power = next(exact, most)
        scaled = [np.rint(np.ldexp(block, power)) for block in blocks]
        off = sum(
            2 * factor * float(abs(whole - np.ldexp(block, power)).max())
            for whole, block, factor in zip(scaled, blocks, factors, strict=True)
        )
        whole = [block.astype(np.int64) for block in scaled]
        if off == 0:
            return whole, 0
        additions = len(variables) + len(self.features) + 2
        rounded = 2.02 * additions * 2.0**-53 * math.ldexp(largest, power)
        return whole, math.ceil(off + rounded) + 1


def _integral(blocks: list[Array], power: int) -> bool:
    """Whether weights scaled by a power of two are integers: then no sum of them is rounded."""
    scaled = (np.ldexp(block, power) for block in blocks)
    return all(bool((block == np.rint(block)).all()) for block in scaled)


def _value(variable: Variable, holds: Sequence[bool]) -> float:
    true = [value for literal, value in variable.terms() if holds[abs(literal)] == (literal > 0)]
    return sum(true) if isinstance(variable, Sum) else true[0]


def _key(variable: Variable) -> object:
    if isinstance(variable, Sum):
        return ("sum", variable.constant, tuple(variable.weights.items()))
    return tuple(variable.literals.items())


def _collected(
    formulas: Formulas, variables: list[Variable], blocks: list[Array]
) -> tuple[dict[Literal, Array], Array]:
    """The scores of all classes over distinct positive literals, and constants.

    What is said of one position's token is taken together, as `Formulas.collected` does.
    """
    constant = np.zeros(blocks[0].shape[1], dtype=np.int64)
    weights: dict[Literal, Array] = {}
    tokens: dict[int, Array] = {}
    for variable, block in zip(variables, blocks, strict=True):
        for literal, added in _rows(variable, block):
            number, row = abs(literal), added if literal > 0 else -added
            if literal < 0:
                constant = constant + added
            node = formulas.nodes[number]
            if node is None:
                constant = constant + row
            elif isinstance(node, TokenIn):
                size = len(formulas.shape[node.position].tokens)
                none = np.zeros((size, len(constant)), dtype=np.int64)
                found = tokens.setdefault(node.position, none)
                found[[n for n in range(size) if node.mask >> n & 1]] += row
            else:
                weights[number] = weights[number] + row if number in weights else row
    for position, by_token in tokens.items():
        constant = constant + by_token[0]
        weights.update(_token_rows(formulas, position, by_token - by_token[0]))
    return weights, constant


def _rows(variable: Variable, block: Array) -> Iterator[tuple[Literal, Array]]:
    if isinstance(variable, Sum):
        for literal, weight in variable.terms():
            yield literal, block[0] * int(weight)
        return
    # Exactly one holds: the first one's weights are a constant, and the others differ from it.
    yield TRUE, block[0]
    for literal, row in zip(list(variable.literals.values())[1:], block[1:], strict=True):
        yield literal, row - block[0]


def _token_rows(
    formulas: Formulas, position: int, by_token: Array
) -> Iterator[tuple[Literal, Array]]:
    groups: dict[bytes, list[int]] = {}
    for number, row in enumerate(by_token):
        groups.setdefault(row.tobytes(), []).append(number)
    for numbers in groups.values():
        if by_token[numbers[0]].any():
            ids = [formulas.shape[position].tokens[number] for number in numbers]
            yield formulas.token_in(position, ids), by_token[numbers[0]]
