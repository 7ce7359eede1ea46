"""The best classifier for given features."""

from __future__ import annotations

from collections import Counter

import torch
from torch.nn import functional

from tests.training.search.networks import evaluation, pooled
from tpc.model import layout
from tpc.training.search.evaluation import variables, weighted_losses
from tpc.training.search.refit import PENALTY, _distinct, refitted


def test_the_classifier_is_at_the_minimum() -> None:
    start = evaluation({"n_layers": 1, "n_classes": 4, "masked_classes": (0,)}, 7)
    found = refitted(start, 200)
    rows = found.choices.classifier.clone().double().requires_grad_()
    config, data = start.choices.config, start.rows
    features = [
        functional.one_hot(data.at_scored(start.values[name]), 5).double()
        for name in layout.categorical_variables(config, 1)
    ]
    features += [
        data.at_scored(start.values[name]).unsqueeze(1).double()
        for name in layout.numerical_variables(config, 1)
    ]
    logits = torch.cat(features, 1) @ rows
    logits = logits + torch.tensor([-1e30, 0, 0, 0], dtype=torch.float64)
    loss = weighted_losses(logits, data).sum() + PENALTY * rows.square().sum()
    (gradient,) = torch.autograd.grad(loss, rows)
    assert float(gradient.abs().max()) < 2e-3
    assert found.loss < 0.9 * start.loss


def test_pooled_features_are_counts_and_sums() -> None:
    start = pooled({"n_layers": 1}, 7)
    names, rows = list(variables(start.choices)), start.rows
    features, tags, weights = _distinct(start, names)
    assert torch.equal(tags, rows.tags)
    assert torch.equal(weights, rows.weights)
    for label, row in enumerate(rows.labelled.tolist()):
        expected: list[float] = []
        tokens = [at for at in range(4) if rows.ids[row, at] != 0]
        for name in names:
            found = [start.values[name][row, at].item() for at in tokens]
            numbers = start.values[name].is_floating_point()
            counts = Counter(found)
            expected += [sum(found)] if numbers else [counts[value] for value in range(5)]
        assert features[:, label].tolist() == expected


def test_the_classifier_of_a_pooled_network_is_at_the_minimum() -> None:
    start = pooled({"n_layers": 1, "n_classes": 4, "masked_classes": (0,)}, 7)
    found = refitted(start, 200)
    rows = found.choices.classifier.clone().double().requires_grad_()
    features, _, _ = _distinct(start, list(variables(start.choices)))
    logits = features.T.double() @ rows
    logits = logits + torch.tensor([-1e30, 0, 0, 0], dtype=torch.float64)
    loss = weighted_losses(logits, start.rows).sum() + PENALTY * rows.square().sum()
    (gradient,) = torch.autograd.grad(loss, rows)
    assert float(gradient.abs().max()) < 2e-3
    assert found.loss < 0.9 * start.loss
