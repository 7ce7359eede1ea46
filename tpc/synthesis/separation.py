"""Linear separation: weights that give every combination of feature values its class.

A multi-class support vector machine with squared hinge loss, solved by Newton's method on the
combinations that come close to being misjudged; those join as they are found. It needs nothing
but NumPy, and stops as soon as all combinations are on the right side.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tpc.semantics.arrays import Array

#: A combination that misses its margin of 1 by less than this is far enough.
_ENOUGH = 0.9

#: What missing the margin costs, against the size of the weights; raised while it is not enough.
_PENALTIES = (1.0, 1e2, 1e4, 1e6)
_RIDGE = 1e-3

#: Combinations that join the active ones at a time: the worst, and as many others.
_WORST, _OTHERS = 300, 300
_NEAR = 0.3

#: Active combinations that are further on the right side than this decide nothing.
_FAR = 2.0

#: How often combinations may join, and how many steps are taken in between.
_ROUNDS, _STEPS, _STEPS_AT_ONCE = 60, 90, 30


@dataclass(frozen=True)
class FeatureColumn:
    """A feature: a column of values.

    Args:
        values: For a categorical feature codes `0..size-1`, else numbers.
        size: How many codes there are; 0 for numbers.
    """

    values: Array
    size: int = 0

    @property
    def width(self) -> int:
        """How many rows of weights the feature has."""
        return self.size or 1


@dataclass(frozen=True)
class Problem:
    """Combinations of feature values and the class of each.

    Args:
        columns: The features.
        labels: The class of each combination, `0..classes-1`.
        classes: How many classes there are.
    """

    columns: tuple[FeatureColumn, ...]
    labels: Array
    classes: int

    @property
    def offsets(self) -> list[int]:
        """The first row of weights of each feature, and their number at the end."""
        return [0, *np.cumsum([column.width for column in self.columns]).tolist()]

    def by_feature(self, weights: Array) -> list[Array]:
        """The rows of weights of each feature."""
        return [weights[start:end] for start, end in pairwise(self.offsets)]

    def logits(self, weights: Array) -> Array:
        """The sums `[N, C]`."""
        total = np.zeros((len(self.labels), self.classes))
        for column, rows in zip(self.columns, self.by_feature(weights), strict=True):
            total += rows[column.values] if column.size else column.values[:, None] * rows
        return total

    def margins(self, weights: Array) -> Array:
        """By how much each combination's class beats the best other one."""
        logits = self.logits(weights)
        rows = np.arange(len(self.labels))
        own = logits[rows, self.labels].copy()
        logits[rows, self.labels] = -np.inf
        margins: Array = own - logits.max(axis=1)
        return margins

    def matrix(self, rows: Array) -> Array:
        """The combinations as rows of a dense matrix, categorical features one-hot."""
        offsets = self.offsets
        result = np.zeros((len(rows), offsets[-1]))
        index = np.arange(len(rows))
        for column, start in zip(self.columns, offsets, strict=False):
            if column.size:
                result[index, start + column.values[rows]] = 1.0
            else:
                result[:, start] = column.values[rows]
        return result


def separate(
    problem: Problem,
    weights: Array | None = None,
    active: Array | None = None,
    budget: float = np.inf,
) -> tuple[Array, Array] | None:
    """Find weights that give every combination its class, or give up.

    Args:
        problem: The combinations.
        weights: Where to start.
        active: Combinations to begin with.
        budget: How many multiplications Newton's method may take, about.

    Returns:
        The weights `[rows, classes]`, and the combinations that decided: a good start for similar
        problems. `None` if there are no such weights, or none were found within the budget.
    """
    random = np.random.default_rng(0)
    scale = _scale(problem)
    if weights is None:
        weights = np.zeros((problem.offsets[-1], problem.classes))
    if active is None:
        count = len(problem.labels)
        active = np.sort(random.choice(count, min(count, 4 * _OTHERS), replace=False))
    for _ in range(_ROUNDS):
        margins = problem.margins(weights)
        if (margins > 0).all():
            return weights, active[margins[active] < _FAR]
        active = _joined(margins, active, random)
        matrix = problem.matrix(active) / scale
        steps = int(min(_STEPS, budget / (matrix.shape[1] * problem.classes) ** 2 / len(active)))
        solved, taken = _solve(matrix, problem.labels[active], weights * scale[:, None], steps)
        budget -= taken * (matrix.shape[1] * problem.classes) ** 2 * len(active)
        if solved is None:
            return None
        weights = solved / scale[:, None]
    return None


def _scale(problem: Problem) -> Array:
    """Numbers are brought to the size of one-hot features."""
    parts = [
        np.ones(column.size) if column.size else np.array([max(1.0, np.abs(column.values).max())])
        for column in problem.columns
    ]
    return np.concatenate(parts) if parts else np.ones(0)


def _joined(margins: Array, active: Array, random: np.random.Generator) -> Array:
    """The active combinations and some of those that are misjudged, or nearly."""
    wrong = np.setdiff1d(np.flatnonzero(margins <= _NEAR), active)
    if not len(wrong):
        return active
    worst = wrong[np.argsort(margins[wrong], kind="stable")[:_WORST]]
    others = random.choice(wrong, min(_OTHERS, len(wrong)), replace=False)
    return np.union1d(active, np.concatenate([worst, others]))


def _solve(matrix: Array, labels: Array, weights: Array, steps: int) -> tuple[Array | None, int]:
    """Weights with which every row is on the right side, and how many steps it took."""
    left = steps
    for penalty in _PENALTIES:
        newton = _Newton(matrix, labels, penalty)
        weights, taken = newton.run(weights, min(left, _STEPS_AT_ONCE))
        left -= taken
        if newton.slack(matrix @ weights).max(initial=0.0) < 1.0:
            return weights, steps - left
        if left <= 0:
            break
    return None, steps - left


class _Newton:
    """Minimises half the squared weights and penalty times half the squared misses."""

    def __init__(self, matrix: Array, labels: Array, penalty: float) -> None:
        self.matrix, self.labels, self.penalty = matrix, labels, penalty
        self.rows = np.arange(len(labels))

    def slack(self, logits: Array) -> Array:
        """By how much each class misses its distance of 1 from the right one."""
        missed = 1.0 - (logits[self.rows, self.labels][:, None] - logits)
        missed[self.rows, self.labels] = 0.0
        return np.maximum(missed, 0.0, out=missed)

    def run(self, weights: Array, steps: int) -> tuple[Array, int]:
        """Newton steps with exact line search, until the rows are far enough or nothing moves."""
        logits = self.matrix @ weights
        slack = self.slack(logits)
        value = self.value(weights, slack)
        taken = 0
        while taken < steps:
            taken += 1
            gradient = self.gradient(weights, slack)
            step = self.direction(gradient, slack > 0)
            moved = self.matrix @ step
            length = self.line_search(weights, step, logits, moved)
            weights, logits = weights + length * step, logits + length * moved
            slack = self.slack(logits)
            previous, value = value, self.value(weights, slack)
            if slack.max(initial=0.0) < _ENOUGH or previous - value <= 1e-8 * previous:
                break
        return weights, taken

    def value(self, weights: Array, slack: Array) -> float:
        return float(_RIDGE * (weights**2).sum() + self.penalty * (slack**2).sum()) / 2

    def gradient(self, weights: Array, slack: Array) -> Array:
        pull = slack.copy()
        pull[self.rows, self.labels] = -slack.sum(axis=1)
        gradient: Array = _RIDGE * weights + self.penalty * (self.matrix.T @ pull)
        return gradient

    def direction(self, gradient: Array, missing: Array) -> Array:
        """Minus the inverse of the Hessian times the gradient."""
        width, classes = gradient.shape
        touched = np.flatnonzero(missing.any(axis=1))
        matrix, labels = self.matrix[touched], self.labels[touched]
        active = missing[touched].astype(float)
        hessian = np.zeros((classes, width, classes, width))
        for a in range(classes):
            own = active[:, a] + np.where(labels == a, active.sum(axis=1), 0.0)
            hessian[a, :, a, :] = _weighted(matrix, own)
            for b in range(a):
                both = np.where(labels == b, active[:, a], 0.0)
                both += np.where(labels == a, active[:, b], 0.0)
                block = -_weighted(matrix, both)
                hessian[a, :, b, :] = block
                hessian[b, :, a, :] = block.T
        square = self.penalty * hessian.reshape(classes * width, -1)
        square[np.diag_indices_from(square)] += _RIDGE
        solution = np.linalg.solve(square, gradient.T.reshape(-1))
        direction: Array = -solution.reshape(classes, width).T
        return direction

    def line_search(self, weights: Array, step: Array, logits: Array, moved: Array) -> float:
        """Where the derivative along the step, which only ever rises, reaches 0."""
        constant, linear = float((weights * step).sum()), float((step**2).sum())
        change = moved[self.rows, self.labels][:, None] - moved
        missed = 1.0 - (logits[self.rows, self.labels][:, None] - logits)
        missed[self.rows, self.labels] = -np.inf

        def derivative(length: float) -> float:
            slack = np.maximum(missed - length * change, 0.0)
            ridge = _RIDGE * (constant + length * linear)
            return float(ridge - self.penalty * (slack * change).sum())

        low, high = 0.0, 1.0
        while derivative(high) < 0 and high < 64:
            low, high = high, 2 * high
        for _ in range(12):
            middle = (low + high) / 2
            low, high = (middle, high) if derivative(middle) < 0 else (low, middle)
        return high


def _weighted(matrix: Array, weights: Array) -> Array:
    """`matrix.T @ diag(weights) @ matrix`, the rows without weight left out."""
    rows = np.flatnonzero(weights)
    part = matrix[rows]
    product: Array = part.T @ (part * weights[rows, None])
    return product


def integers(problem: Problem, weights: Array, largest: int = 10**6) -> Array | None:
    """The weights as the smallest integers, among multiples of them, that keep every class.

    Ties are won by the class with the smaller index, as in the classifier. Every row is
    shifted so that its smallest weight is 0: what all classes get alike decides nothing.
    """
    weights = weights - np.median(weights, axis=1, keepdims=True)
    size = float(np.abs(weights).max(initial=0.0))
    step = 1.0
    while step <= largest:
        rounded: Array = np.rint(weights * (step / size if size else 1.0)).astype(np.int64)
        if (problem.logits(rounded.astype(np.float64)).argmax(axis=1) == problem.labels).all():
            shifted: Array = rounded - rounded.min(axis=1, keepdims=True)
            return shifted
        step = max(step + 1, step * 1.15)
    return None
