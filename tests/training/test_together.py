"""Several seeds in one batch end where each ends alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.training.conftest import MakePlan
from tpc.training import loop
from tpc.training.loop import DivergedError, advance
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan
from tpc.training.state import EpochMetrics, Training, TrainingState
from tpc.training.together import advance_together, shares_batches


def begun(plan: Plan, seeds: tuple[int, ...]) -> tuple[list[Training], list[TrainingState]]:
    plans = [replace(plan, recipe=replace(plan.recipe, seed=seed)) for seed in seeds]
    trainings = [Training.of(each) for each in plans]
    return trainings, [loop.begun(each) for each in trainings]


@pytest.mark.parametrize(
    ("model", "recipe"),
    [
        ({}, {}),
        ({"n_heads_num": 1, "n_num_mlps": 1, "n_layers": 2}, {"search": 1, "n_epochs": 2}),
        ({"autoregressive": True, "rel_pos_bias": "clipped"}, {"gumbel_samples": 2}),
        ({"attention_type": "score"}, {"max_grad_norm": 0.05, "dropout": 0.2}),
        ({"count_only": False, "n_heads_num": 1, "selector_width": True}, {"loss_agg": "per_seq"}),
        ({"rel_pos_bias": "none"}, {"sample_fn": "gumbel_hard"}),
    ],
    ids=str,
)
def test_each_seed_ends_as_it_does_alone(
    small_plan: MakePlan, model: dict[str, Any], recipe: dict[str, Any]
) -> None:
    plan = small_plan(model=model, recipe=recipe)
    assert shares_batches(Training.of(plan))
    trainings, together = begun(plan, (5, 0, 7))
    _, alone = begun(plan, (5, 0, 7))
    for _ in range(3):
        found = advance_together(trainings, together)
        for each, state, metrics in zip(trainings, alone, found, strict=True):
            expected = advance(each, state)
            assert isinstance(metrics, EpochMetrics)
            assert (metrics.epoch, metrics.tau) == (expected.epoch, expected.tau)
            assert metrics.train_loss == pytest.approx(expected.train_loss, rel=1e-4)
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one.parameters, other.parameters, atol=2e-3, rtol=2e-3)
        assert one.steps == other.steps
        assert torch.equal(one.noise.get_state(), other.noise.get_state())
        assert torch.equal(one.order.get_state(), other.order.get_state())
    assert not torch.allclose(together[0].parameters, together[1].parameters, atol=0.1)


def test_learned_embeddings_go_one_after_the_other(small_plan: MakePlan) -> None:
    plan = small_plan(model={"one_hot_embed": False, "n_vars_cat": 2, "d_var": 8})
    assert not shares_batches(Training.of(plan))
    trainings, together = begun(plan, (1, 2))
    _, alone = begun(plan, (1, 2))
    advance_together(trainings, together)
    for each, one, other in zip(trainings, together, alone, strict=True):
        advance(each, other)
        assert torch.equal(one.parameters, other.parameters)


def test_a_seed_that_diverges_leaves_the_others_alone(small_plan: MakePlan) -> None:
    plan = small_plan()
    space = ParameterSpace.of(plan.model)
    trainings, states = begun(plan, (1, 2))
    _, alone = begun(plan, (1, 2))
    space.unpack(states[0].parameters)["unembed.W_U"][0, 0] = float("nan")
    broken, whole = advance_together(trainings, states)
    assert isinstance(broken, DivergedError)
    assert "epoch 1, batch 1" in broken.message
    assert isinstance(whole, EpochMetrics)
    advance(trainings[1], alone[1])
    torch.testing.assert_close(states[1].parameters, alone[1].parameters, atol=1e-4, rtol=1e-4)
