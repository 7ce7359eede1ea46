"""Logistic regression with a penalty on the absolute values of its weights, by proximal steps.

Beck and Teboulle, "A Fast Iterative Shrinkage-Thresholding Algorithm for Linear Inverse Problems"
(2009), each column with a step of its own: values that few words have may move far at once. The
momentum is dropped wherever it points uphill (O'Donoghue and Candes, 2015).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tpc.refit.design import Design
from tpc.semantics.arrays import Array

if TYPE_CHECKING:
    from torch import Tensor

#: Steps for each penalty, and for the weights that are left without one.
STEPS, POLISHING = 120, 60

#: Of the squares of the weights that are left: separable classes do not push them to infinity.
RIDGE = 1e-5


class Problem:
    """The loss of a classifier on labelled rows, and its gradient.

    Args:
        found: The rows.
    """

    def __init__(self, found: Design) -> None:
        import torch

        self.shape = (found.columns.size, len(found.texts))
        self._count = len(found.labels)
        self._values = torch.from_numpy(found.values)
        self._amounts = torch.from_numpy(found.amounts.astype(np.float32))
        self._targets = torch.nn.functional.one_hot(
            torch.from_numpy(found.labels), self.shape[1]
        ).float()
        # The labels that have each column, one column after the other: to add up their gradients.
        flat = found.values.ravel()
        ordered = np.argsort(flat, kind="stable") // max(found.values.shape[1], 1)
        ends = np.cumsum(np.bincount(flat, minlength=found.columns.size))
        self._having = torch.from_numpy(ordered)
        self._starts = torch.from_numpy(np.concatenate([[0], ends[:-1]]))
        self.steps = torch.from_numpy(_steps(found))

    def logits(self, weights: Tensor) -> Tensor:
        """`[label, class]`."""
        import torch
        import torch.nn.functional as F  # noqa: N812 - as everywhere

        logits = torch.zeros(self._count, self.shape[1])
        if self._values.shape[1]:
            logits = F.embedding_bag(self._values, weights, mode="sum")
        return logits + self._amounts @ weights if self._amounts.shape[1] else logits

    def loss(self, weights: Tensor, ridge: float = 0.0) -> tuple[float, Tensor]:
        """The mean loss of a label, and its gradient."""
        import torch.nn.functional as F  # noqa: N812 - as everywhere

        shares = self.logits(weights).log_softmax(1)
        total = -float((shares * self._targets).sum()) / self._count
        of_logits = (shares.exp() - self._targets) / self._count
        gradient = 2 * ridge * weights
        if self._values.shape[1]:
            gradient = gradient + F.embedding_bag(self._having, of_logits, self._starts, mode="sum")
        if self._amounts.shape[1]:
            gradient = gradient + self._amounts.T @ of_logits
        return total + ridge * float(weights.square().sum()), gradient

    def smallest_silent(self) -> float:
        """The least penalty under which all weights are 0."""
        import torch

        _, gradient = self.loss(torch.zeros(self.shape))
        return float(gradient.abs().max())


def _steps(found: Design) -> Array:
    """The step of each column `[column, 1]`.

    The curvature of a softmax is at most a half; of columns without signs, that of a column is at
    most the sum of its products with all others.
    """
    weight = np.full(len(found.labels), float(found.values.shape[1]))
    if found.amounts.shape[1]:
        weight += np.abs(found.amounts).sum(1)
    bound = np.zeros(found.columns.size)
    for column in found.values.T:
        bound += np.bincount(column, weight, found.columns.size)
    if found.amounts.shape[1]:
        bound += np.abs(found.amounts).T @ weight
    bound = 0.5 * bound / len(found.labels)
    steps: Array = np.where(bound > 0, 1.0 / np.maximum(bound, 1e-12), 0.0)
    return steps.astype(np.float32)[:, None]


def path(problem: Problem, penalties: Sequence[float]) -> Iterator[tuple[float, Array, Array]]:
    """Weights for each penalty, strongest first, each fit starting from the one before.

    Yields:
        The penalty, its weights `[column, class]`, and those that are left, fitted without it.
    """
    import torch

    weights = torch.zeros(problem.shape)
    for penalty in penalties:
        weights = _minimised(problem, weights, penalty, STEPS)
        kept = weights != 0
        polished = _minimised(problem, weights, 0.0, POLISHING, kept)
        yield penalty, weights.double().numpy(), polished.double().numpy()


def _minimised(
    problem: Problem, start: Tensor, penalty: float, steps: int, kept: Tensor | None = None
) -> Tensor:
    """Weights of nearly least loss; those that are not kept stay 0."""
    import torch

    ridge = 0.0 if kept is None else RIDGE
    weights, ahead, pace = start, start, 1.0
    threshold = penalty * problem.steps
    for _ in range(steps):
        _, gradient = problem.loss(ahead, ridge)
        moved = ahead - problem.steps * gradient
        moved = moved.sign() * (moved.abs() - threshold).clamp(min=0.0)
        if kept is not None:
            moved = moved * kept
        faster = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        if float(((ahead - moved) * (moved - weights)).sum()) > 0:
            faster = pace = 1.0
        ahead = moved + (pace - 1) / faster * (moved - weights)
        weights, pace = moved, faster
    result: Tensor = torch.nan_to_num(weights)
    return result
