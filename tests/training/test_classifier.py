"""The classifier fitted to a discretised network: the same variables, a smaller loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.training.conftest import MakePlan
from tpc.diagnostics import TpcError
from tpc.model import layout
from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork
from tpc.training.classifier import Features, fit_classifier, minimised
from tpc.training.encoding import Encoded, encode
from tpc.training.loss import discrete_score
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan
from tpc.training.recipe import LossAggregation
from tpc.training.session import start_run
from tpc.training.state import initial_state

MODELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "numbers": {"n_heads_num": 2, "n_num_mlps": 1, "count_only": False, "n_vars_num": 2},
    "causal": {"autoregressive": True},
}


def made(plan: Plan) -> tuple[ModelConfig, dict[str, torch.Tensor], Encoded, Encoded]:
    assert isinstance(plan.model, ModelConfig)
    space = ParameterSpace.of(plan.model)
    weights = space.unpack(initial_state(plan, space).parameters)
    return plan.model, weights, encode(plan.dataset, "train"), encode(plan.dataset, "val")


def one_label(split: Encoded) -> Encoded:
    """The rows with the first token's tag as the class of all of it."""
    return Encoded(split.ids, split.tags[1:2])


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("pooled", [False, True])
def test_features_give_the_networks_logits(small_plan: MakePlan, name: str, pooled: bool) -> None:
    config, weights, train, _ = made(small_plan(model=MODELS[name]))
    if pooled:
        config = ModelConfig(**{**vars(config), "pool_outputs": True})
    network = DiscreteNetwork(config, weights, torch.float32)
    features = Features.of(config, network, train)
    n_rows = len(layout.categorical_variables(config, config.n_layers)) * config.d_var
    found = (features.pooled(n_rows) if pooled else features).logits(weights["unembed.W_U"])
    ids = train.ids.T
    expected = network.logits(ids, ids != 0)
    allowed = [i for i in range(config.n_classes) if i not in config.masked_classes]
    if pooled:
        found, expected = found.squeeze(1), expected / config.n_ctx
    else:
        found, expected = found[ids != 0], expected[ids != 0]
    assert torch.allclose(found[..., allowed], expected[..., allowed], atol=1e-5)


@pytest.mark.parametrize("aggregation", ["per_token", "per_seq"])
@pytest.mark.parametrize("pooled", [False, True])
def test_the_loss_falls_and_is_the_networks(
    small_plan: MakePlan, pooled: bool, aggregation: LossAggregation
) -> None:
    config, weights, train, val = made(small_plan(model=MODELS["numbers"]))
    if pooled:
        config = ModelConfig(**{**vars(config), "pool_outputs": True})
        train, val = one_label(train), one_label(val)
    fitted = fit_classifier(config, weights, train, val, aggregation)
    new = {**weights, "unembed.W_U": fitted.classifier}
    before = discrete_score(config, weights, train, aggregation)
    after = discrete_score(config, new, train, aggregation)
    assert after.loss == pytest.approx(fitted.train_loss, rel=1e-4)
    assert after.loss < before.loss
    assert discrete_score(config, new, val, aggregation).loss == pytest.approx(
        fitted.val.loss, rel=1e-4
    )


def test_a_quadratic_is_solved_and_the_start_stays() -> None:
    matrix = torch.tensor([[3.0, 1.0], [1.0, 2.0]])
    target = torch.tensor([1.0, -1.0])

    def objective(found: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            return found @ matrix @ found / 2 - target @ found, matrix @ found - target

    start = torch.tensor([5.0, 5.0])
    found = minimised(start, objective, steps=20, history=5, tolerance=1e-7)
    torch.testing.assert_close(matrix @ found, target)
    assert start.tolist() == [5.0, 5.0]
    assert not found.requires_grad
    few = minimised(start, objective, steps=1, history=5, tolerance=1e-7)
    assert float((matrix @ few - target).abs().max()) > 0.1


def test_weights_that_are_too_large_are_a_sentence(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan(recipe={"n_epochs": 1, "search": 2, "lr": 1e30})
    with pytest.raises(TpcError, match="weights are too large"):
        start_run(plan, tmp_path, lambda _: None)
