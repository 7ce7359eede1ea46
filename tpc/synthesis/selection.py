"""Which few variables the label can be computed from, and how: by a table or by weights."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tpc.ir.nodes import TOKENS, Case
from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.ir.types import Real
from tpc.semantics.arrays import Array
from tpc.synthesis.combinations import Combinations
from tpc.synthesis.decision_lists import ANY, decision_list, list_cost
from tpc.synthesis.description_length import weights_cost
from tpc.synthesis.separation import FeatureColumn, Problem, integers, separate

#: Labels that depend on more combinations than this are not written as a table.
_MAX_COMBINATIONS = 600

#: Combinations on which it is looked first whether some variables suffice.
_SAMPLE = 2_000

#: How many sets of each size are tried for a table.
_MAX_SETS = 4_000

#: Multiplications that leaving out variables may take at a time, and merging rows, and how often
#: rows are tried to be merged.
_TRY, _MERGE, _MERGES = 4e10, 1e10, 40


@dataclass(frozen=True)
class TableAnswer:
    """The label as a table of some variables.

    Args:
        names: The variables.
        cases: The table as a decision list; outcomes are class indices.
        cost: About how many tokens it takes, the variables included.
    """

    names: tuple[str, ...]
    cases: tuple[Case, ...]
    cost: float


@dataclass(frozen=True)
class LinearAnswer:
    """The label by weights of some variables.

    Args:
        names: The variables.
        values: For each categorical variable the values that have a row.
        rows: For each variable its rows of integer weights `[values, classes]`, a number's one.
        cost: About how many tokens it takes, the variables included.
    """

    names: tuple[str, ...]
    values: tuple[Array, ...]
    rows: tuple[Array, ...]
    cost: float


def best_table(found: Combinations, names: Sequence[str], most: int = 3) -> TableAnswer | None:
    """The cheapest table of up to `most` variables that gives every label."""
    if len(found.classes) == 1:
        return TableAnswer((TOKENS,), (Case((None,), int(found.classes[0])),), 0.0)
    usable = [n for n in names if not isinstance(found.program.type_of(n), Real)]
    needed = [name for name in found.indispensable(names) if name in usable]
    few = {name: found.columns[name][:_SAMPLE] for name in usable}
    sample = Combinations(found.program, few, found.labels[:_SAMPLE])
    best: TableAnswer | None = None
    for size in range(max(1, len(needed)), most + 1):
        others = [name for name in usable if name not in needed]
        sets = ((*needed, *rest) for rest in itertools.combinations(others, size - len(needed)))
        for chosen in itertools.islice(sets, _MAX_SETS):
            computed = found.cost(chosen)
            if best is not None and computed >= best.cost:
                continue
            if not sample.ambiguous(chosen):
                best = table_answer(found, chosen, computed, best, _MAX_COMBINATIONS) or best
        if best is not None:
            return best
    return best


def table_answer(
    found: Combinations,
    names: tuple[str, ...],
    computed: float,
    best: TableAnswer | None = None,
    most: int = 20_000,
) -> TableAnswer | None:
    """The label as a table of given variables, if that is possible and cheaper than the best.

    Args:
        found: The combinations.
        names: The variables.
        computed: What it costs to compute them.
        best: What there is already.
        most: So many combinations of them are looked at.
    """
    rows = found.joint(names)
    labels = found.labels[rows.first]
    if rows.count > most or (labels[rows.codes] != found.labels).any():
        return None
    columns = [found.columns[name][rows.first].astype(np.int64) for name in names]
    lows = [int(column.min()) for column in columns]
    sizes = [int(column.max()) - low + 1 for column, low in zip(columns, lows, strict=True)]
    if np.prod(sizes, dtype=np.float64) > MAX_TABLE_ENTRIES:
        return None
    table = np.full(sizes, ANY, dtype=np.int64)
    table[tuple(c - low for c, low in zip(columns, lows, strict=True))] = labels
    cases = decision_list(table, lows)
    cost = computed + 12 + 1.5 * list_cost(cases)
    return None if best is not None and cost >= best.cost else TableAnswer(names, cases, cost)


class LinearSearch:
    """Backward elimination: variables are left out as long as weights remain that fit."""

    def __init__(self, found: Combinations, names: Sequence[str]) -> None:
        self.found = found
        self.kept = list(names)
        #: For each variable the values that have a row of weights, and the rows.
        self.rows: dict[str, Array] = {}
        self.values: dict[str, Array] = {}
        self.active = np.zeros(0, dtype=np.int64)

    def run(self) -> LinearAnswer | None:
        """The smallest set of variables found, with integer weights."""
        if len(self.found.classes) < 2 or not self.attempt(self.kept, np.inf):
            return None
        self.eliminate()
        return self.answer()

    def attempt(self, names: list[str], budget: float) -> bool:
        """Keep only these variables, if there are weights for them."""
        setup = self.found.problem(names)
        if setup is None:
            return False
        problem, rows, values = setup
        weights, active = None, None
        if self.rows:
            weights = np.concatenate(list(map(self.start, names, values)))
            active = np.unique(rows.codes[self.active])
        solved = separate(problem, weights, active, budget)
        if solved is None:
            return False
        weights, active = solved
        self.kept, self.active = names, rows.first[active]
        self.values = dict(zip(names, values, strict=True))
        self.rows = dict(zip(names, problem.by_feature(weights), strict=True))
        return True

    def start_from(self, other: LinearSearch) -> None:
        """Begin with the weights of a search over the same rows of other columns."""
        self.rows, self.values, self.active = other.rows, other.values, other.active

    def start(self, name: str, values: Array) -> Array:
        """Weights to begin with, for the values that a variable has now."""
        rows, known = self.rows[name], self.values[name]
        if not len(values):
            return rows
        start = np.zeros((len(values), rows.shape[1]))
        start[np.isin(values, known)] = rows[np.isin(known, values)]
        return start

    def eliminate(self) -> None:
        """Try to leave out many at once, then fewer, those of little weight first."""
        needed = set(self.found.indispensable(self.kept))
        queue = sorted(
            (name for name in self.kept if name not in needed),
            key=lambda name: (self.weight(name) / self.saving(name), self.kept.index(name)),
        )
        step = max(1, len(queue) // 3)
        while queue:
            step = min(step, len(queue))
            out = set(queue[:step])
            if self.attempt([name for name in self.kept if name not in out], _TRY):
                queue = queue[step:]
            elif step == 1:
                queue = queue[1:]
            else:
                step = max(1, step // 2)

    def weight(self, name: str) -> float:
        """The largest difference that a variable makes to a logit."""
        rows = self.rows[name]
        if not self.found.categorical(name):
            spread = float(np.ptp(self.found.columns[name].astype(np.float64)))
            return spread * float(np.ptp(rows))
        centred = rows - rows.mean(axis=1, keepdims=True)
        return float(np.ptp(centred, axis=0).max())

    def saving(self, name: str) -> float:
        """Tokens that leaving a variable out saves."""
        rest = [other for other in self.kept if other != name]
        saved = self.found.cost(self.kept) - self.found.cost(rest)
        return saved + self.rows[name].size + 4

    def answer(self) -> LinearAnswer | None:
        """The kept variables with integer weights, as few different rows as are found to do."""
        setup = self.found.problem(self.kept)
        assert setup is not None, "kept variables determine the label"
        problem, rows, values = setup
        weights = np.concatenate([self.rows[name] for name in self.kept])
        grouping = RowMerging(problem, weights, np.unique(rows.codes[self.active]))
        whole = integers(grouping.run(), grouping.weights)
        if whole is None:
            return None
        parts = grouping.spread(whole)
        computed = self.found.cost(self.kept)
        cost = computed + weights_cost([list(map(tuple, part.tolist())) for part in parts])
        return LinearAnswer(tuple(self.kept), tuple(values), tuple(parts), cost)


class RowMerging:
    """Lets values of a feature share a row of weights, as long as weights remain that fit."""

    def __init__(self, problem: Problem, weights: Array, active: Array) -> None:
        self.problem = problem
        self.weights = weights
        self.active = active
        self.left = _MERGES
        #: For each feature and value, the number of its row.
        self.groups = [np.arange(column.width) for column in problem.columns]

    def run(self) -> Problem:
        """Merge what can be merged; the problem in terms of shared rows."""
        for index, column in enumerate(self.problem.columns):
            if column.size > 2:
                self.merge(index)
        return self.merged(self.groups)

    def merge(self, index: int) -> None:
        """Find the most values of one feature that can share a row, by bisection.

        One shared row need not be written down, so that many values in one are worth more than
        few values in each of several.
        """
        rows = self.spread(self.weights)[index]
        low, high = 1, len(rows)
        while low < high and self.left > 0:
            self.left -= 1
            middle = (low + high + 1) // 2
            groups = [*self.groups]
            groups[index] = _shared(rows, middle)
            if self.fits(groups):
                low = middle
            else:
                high = middle - 1

    def spread(self, weights: Array) -> list[Array]:
        """Shared rows written out for every value, by feature."""
        parts, start = [], 0
        for group in self.groups:
            parts.append(weights[start + group])
            start += int(group.max()) + 1
        return parts

    def merged(self, groups: Sequence[Array]) -> Problem:
        """The problem with shared rows."""
        columns = [
            FeatureColumn(group[column.values], int(group.max()) + 1) if column.size else column
            for column, group in zip(self.problem.columns, groups, strict=True)
        ]
        return Problem(tuple(columns), self.problem.labels, self.problem.classes)

    def fits(self, groups: list[Array]) -> bool:
        """Take these groups, if there are weights for them."""
        start = [
            rows[group == number].mean(axis=0)
            for rows, group in zip(self.spread(self.weights), groups, strict=True)
            for number in np.unique(group)
        ]
        solved = separate(self.merged(groups), np.stack(start), self.active, _MERGE)
        if solved is None:
            return False
        self.groups = groups
        self.weights, self.active = solved
        return True


def _shared(rows: Array, count: int) -> Array:
    """Groups of which one has the `count` rows that are nearest to one of them, others one each."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    distance = ((centred[:, None] - centred[None, :]) ** 2).sum(axis=2)
    nearest = np.argsort(distance, axis=1, kind="stable")[:, :count]
    spread = np.take_along_axis(distance, nearest, axis=1).sum(axis=1)
    together = nearest[int(spread.argmin())]
    # The shared row has the number of its first value; later numbers move up.
    leader = np.arange(len(rows))
    leader[together] = together.min()
    numbers: Array = np.unique(leader, return_inverse=True)[1]
    return numbers
