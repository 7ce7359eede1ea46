"""The best classifier for given features: a convex problem, solved by L-BFGS.

A network's classifier is trained beside choices that still move. Once they stand, its rows are a
logistic regression.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.model import layout
from tpc.model.choices import Choices
from tpc.model.discrete import NEVER
from tpc.training.classifier import Objective, minimised
from tpc.training.search.evaluation import Evaluation, classified, variables

PENALTY = 1e-9
"""Of the sum of squares of the rows, so that separable classes do not push them to infinity."""

_RIDGE = 1e-3


def refitted(
    evaluation: Evaluation, iterations: int, also: tuple[str, ...] = (), *, inputs: bool = True
) -> Evaluation:
    """The network with the classifier that fits these rows best, starting from what it has.

    Args:
        evaluation: The network on the rows to fit.
        iterations: Steps of L-BFGS at most.
        also: Heads and MLPs that get rows. Others whose rows are all zero keep them so.
        inputs: Whether the inputs get rows too.
    """
    classes = evaluation.choices.config.n_classes
    names = _fitted(evaluation.choices, also, inputs=inputs)
    if not names:
        return evaluation
    features, tags, weights = _distinct(evaluation, names)
    active = torch.cat([_rows(evaluation.choices, name) for name in names])
    shift = torch.zeros(classes, 1)
    shift[list(evaluation.choices.config.masked_classes)] = NEVER
    targets = F.one_hot(tags, classes).T * weights
    # In these coordinates all directions are about equally steep.
    gram = (features * weights) @ features.T
    gram += _RIDGE * (gram.diagonal().mean() + 1e-6) * torch.eye(len(gram))
    lower = torch.linalg.cholesky(gram)
    # Products of its inverse lie row by row; solutions would lie column by column, and the
    # gradient below would take ten times as long.
    columns = torch.linalg.solve_triangular(lower, torch.eye(len(lower)), upper=False) @ features
    start = lower.T @ evaluation.choices.classifier[active]
    objective = _objective(lower, columns, shift, targets, weights)
    moved = minimised(start, objective, iterations, history=20, tolerance=1e-8)
    found = evaluation.choices.classifier.clone()
    found[active] = torch.linalg.solve_triangular(lower.T, moved, upper=True)
    better = evaluation.reclassified(found)
    return better if better.loss < evaluation.loss else evaluation


def _objective(
    lower: Tensor, columns: Tensor, shift: Tensor, targets: Tensor, weights: Tensor
) -> Objective:
    """The penalised loss of rows `[feature, class]` that are multiplied by `lower.T`."""

    @torch.no_grad()
    def objective(moved: Tensor) -> tuple[Tensor, Tensor]:
        log_probs = (moved.T @ columns).add_(shift).log_softmax(0)
        likelihood = (log_probs * targets).sum()
        of_logits = log_probs.exp_().mul_(weights).sub_(targets)
        rows = torch.linalg.solve_triangular(lower.T, moved, upper=True)
        pull = torch.linalg.solve_triangular(lower, rows, upper=False)
        gradient = ((of_logits @ columns.T).T + 2 * PENALTY * pull).contiguous()
        return PENALTY * rows.square().sum() - likelihood, gradient

    return objective


def _fitted(choices: Choices, also: tuple[str, ...], *, inputs: bool) -> list[str]:
    """The variables whose rows are fitted, categorical ones first."""
    if inputs:
        config = choices.config
        also += (*layout.categorical_inputs(config), *layout.numerical_inputs(config))
    has_rows = classified(choices)
    return [name for name in variables(choices) if name in also or name in has_rows]


def _rows(choices: Choices, name: str) -> Tensor:
    """The indices of a variable's rows."""
    rows = choices.rows_of(name)
    return torch.arange(rows.start, rows.stop)


def _distinct(evaluation: Evaluation, names: list[str]) -> tuple[Tensor, Tensor, Tensor]:
    """What the classifier reads of these variables, with equal positions as one.

    Returns:
        Features `[feature, label]` in the order of the classifier's rows, tags, and the
        weights of the labels that are alike, added up.
    """
    config, rows, values = evaluation.choices.config, evaluation.rows, evaluation.values
    n_categorical = sum(not values[name].is_floating_point() for name in names)
    if rows.pooled is not None:
        columns = torch.stack([rows.at_scored(values[name]).long() for name in names])
        return _pooled(evaluation, columns, n_categorical), rows.tags, rows.weights
    columns = torch.stack([rows.at_scored(values[name]).long() for name in names] + [rows.tags])
    # Different positions hardly ever have equal keys, and then a few weights are misplaced.
    factors = torch.randint(1 << 62, (len(columns), 1), generator=torch.Generator().manual_seed(0))
    keys = (columns * factors).sum(0)
    _, where = torch.unique(keys, return_inverse=True)
    first = torch.full((int(where.max()) + 1,), len(where))
    first.scatter_reduce_(0, where, torch.arange(len(where)), "amin")
    weights = torch.zeros(len(first)).index_add_(0, where, rows.weights)
    columns = columns[:, first]
    spread = torch.zeros(n_categorical, config.d_var, len(first))
    spread.scatter_(1, columns[:n_categorical].unsqueeze(1), 1.0)
    features = torch.cat([spread.flatten(0, 1), columns[n_categorical:-1].float()])
    return features, columns[-1], weights


def _pooled(evaluation: Evaluation, columns: Tensor, n_categorical: int) -> Tensor:
    """How often each value occurs, and the sum of each number: `[feature, label]`.

    Args:
        evaluation: Of a network whose positions add up to one label a row.
        columns: The variables at the scored positions, `[variable, token]`.
        n_categorical: How many are categorical; the others are numbers.
    """
    rows, d_var = evaluation.rows, evaluation.choices.config.d_var
    assert rows.pooled is not None, "otherwise each position has its own label"
    n_labels, found = len(rows.tags), []
    for values in columns[:n_categorical]:
        cells = rows.pooled * d_var + values
        counts = torch.bincount(cells, minlength=n_labels * d_var).view(n_labels, d_var)
        found.append(counts.T.float())
    sums = [rows.of_labels(values.float()).unsqueeze(0) for values in columns[n_categorical:]]
    return torch.cat([*found, *sums])
