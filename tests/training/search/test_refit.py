"""The best classifier for given features."""

from __future__ import annotations

import torch
from torch.nn import functional

from tests.training.search.networks import evaluation
from tpc.model import layout
from tpc.training.search.evaluation import weighted_losses
from tpc.training.search.refit import PENALTY, refitted


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
