"""What one label for a whole sequence is a function of: sums over its positions.

A pooled classifier adds up weights at all positions, or at the first alone. For each value that a
variable can have, how often it has it says as much of a string as the classifier can see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from tpc.ir.nodes import Classify, Feature
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label, Real
from tpc.semantics.arrays import Array, joint
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.strings import LanguageBatch
from tpc.synthesis.combinations import Combinations
from tpc.synthesis.description_length import closure_cost
from tpc.synthesis.selection import LinearAnswer


@dataclass(frozen=True)
class Summand:
    """What is added up over the positions of a string.

    Args:
        variable: By name.
        value: 1 wherever it has this value; `None` to add up a number itself.
    """

    variable: str
    value: int | None

    @property
    def name(self) -> str:
        """Another for each."""
        return self.variable if self.value is None else f"{self.variable}={self.value}"


class PooledCombinations(Combinations):
    """Combinations of sums, which are numbers, each with the one label that its strings have.

    Args:
        program: Of the variables.
        columns: For each sum its value on each string.
        labels: Of the strings.
        summands: What is summed, by name.
    """

    def __init__(
        self,
        program: Program,
        columns: Mapping[str, Array],
        labels: Array,
        summands: Mapping[str, Summand],
    ) -> None:
        super().__init__(program, columns, labels)
        self.summands = summands

    def categorical(self, name: str) -> bool:
        """Sums are numbers, the occurrences of a value too."""
        assert name in self.summands
        return False

    def cost(self, names: Iterable[str]) -> float:
        """As that of the variables that are summed."""
        return closure_cost(self.program, {self.summands[name].variable for name in names})


def pooled_sums(
    program: Program, names: Iterable[str], batches: Iterable[LanguageBatch], *, first: bool
) -> dict[Summand, Array]:
    """What variables add up to on each string.

    Args:
        program: Whose variables they are.
        names: Of the variables; real ones are left out.
        batches: The strings.
        first: Whether to look at the first position alone.
    """
    summands = [s for name in names for s in _summands(program, name)]
    found: dict[Summand, list[Array]] = {summand: [] for summand in summands}
    evaluator = BatchEvaluator(program, only={s.variable for s in summands}, result=False)
    for batch in batches:
        columns = evaluator.evaluate(batch.ids, batch.lengths).columns
        positions = np.arange(batch.ids.shape[1])
        read = positions < np.minimum(batch.lengths, 1 if first else len(positions))[:, None]
        for summand in summands:
            column = columns[summand.variable].astype(np.int64)
            added = column if summand.value is None else column == summand.value
            found[summand].append(np.where(read, added, 0).sum(axis=1))
    return {summand: np.concatenate(parts) for summand, parts in found.items()}


def pooled_combinations(
    program: Program, sums: Mapping[Summand, Array], labels: Array
) -> PooledCombinations | None:
    """The distinct combinations of sums, those left out that are the same on all strings.

    Args:
        program: Whose variables are summed.
        sums: As `pooled_sums` gave them.
        labels: Of the strings.

    Returns:
        `None` if the label is no function of the sums.
    """
    varying = {s: c for s, c in sums.items() if len(c) and (c != c[0]).any()}
    rows = joint(list(varying.values()), len(labels))
    distinct = labels[rows.first].astype(np.int64)
    if (distinct[rows.codes] != labels).any():
        return None
    columns = {s.name: column[rows.first] for s, column in varying.items()}
    return PooledCombinations(program, columns, distinct, {s.name: s for s in varying})


def _summands(program: Program, name: str) -> list[Summand]:
    kind = program.type_of(name)
    if isinstance(kind, Real):
        return []
    if isinstance(kind, Cat):
        return [Summand(name, value) for value in program.range_of(name)]
    return [Summand(name, None)]


def pooled_node(old: Classify, found: PooledCombinations, answer: LinearAnswer) -> Classify:
    """A classifier with weights for the sums that an answer has.

    Args:
        old: The classifier that it stands for.
        found: The sums.
        answer: Weights of some of them, for the classes that occur.
    """
    program, classes = found.program, found.classes.tolist()
    size = program.domain_of(old.name).size
    rows: dict[str, dict[int | None, tuple[float, ...]]] = {}
    for name, weights in zip(answer.names, answer.rows, strict=True):
        full = [0.0] * size
        for index, weight in zip(classes, weights[0].tolist(), strict=True):
            full[index] = float(weight)
        summand = found.summands[name]
        rows.setdefault(summand.variable, {})[summand.value] = tuple(full)
    none = (0.0,) * size
    features = []
    for variable, by_value in rows.items():
        if None in by_value:
            features.append(Feature(variable, (by_value[None],)))
        else:
            every = (by_value.get(value, none) for value in program.range_of(variable))
            features.append(Feature(variable, tuple(every)))
    never = tuple(index for index in range(size) if index not in classes)
    assert isinstance(old.type, Label), "verified"
    return Classify(old.name, tuple(features), old.type, never, old.pool, old.origin)
