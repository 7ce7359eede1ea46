"""Several seeds in one batch end where each ends alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.conftest import MakePlan
from tests.training.test_session import silent, stop_after
from tpc.diagnostics import TpcWarning
from tpc.model.run_dir import load_run
from tpc.training import device_steps, loop
from tpc.training import seeds as seeds_module
from tpc.training.encoding import encode
from tpc.training.loop import DivergedError, advance, run_epoch
from tpc.training.loss import discrete_score
from tpc.training.options import SeedsOptions
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan
from tpc.training.seeds import resume_seeds, start_seeds
from tpc.training.state import EpochMetrics, Training, TrainingState, initial_state
from tpc.training.together import DeviceEpochs, advance_together, shares_batches


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


CPU = torch.device("cpu")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")

NETWORKS: list[dict[str, Any]] = [
    {},
    {"n_heads_num": 1, "n_num_mlps": 1, "n_layers": 2, "n_cat_mlps": 2},
    {"autoregressive": True, "rel_pos_bias": "clipped"},
    {"attention_type": "score", "n_heads_cat": 1, "n_heads_num": 1},
    {"count_only": False, "n_heads_num": 1, "n_vars_num": 2, "n_num_mlps": 1},
    {"rel_pos_bias": "none", "n_layers": 2},
    {"n_heads_cat": 0, "n_heads_num": 2, "n_cat_mlps": 0},
]


def on_processor(plan: Plan) -> tuple[DeviceEpochs, ParameterSpace]:
    training = Training.of(plan)
    return DeviceEpochs(training, CPU), training.space


@pytest.mark.parametrize("model", NETWORKS, ids=str)
@pytest.mark.parametrize(
    "recipe",
    [
        {"sample_fn": "softmax"},
        {"sample_fn": "softmax", "max_grad_norm": 0.05, "lr_schedule": "linear"},
        {"sample_fn": "softmax", "hard_reads": 0.5, "loss_agg": "per_seq"},
    ],
    ids=str,
)
def test_without_noise_each_seed_ends_as_it_does_alone(
    small_plan: MakePlan, model: dict[str, Any], recipe: dict[str, Any]
) -> None:
    plan = small_plan(model=model, recipe={**recipe, "lr": 0.01})
    epochs, _ = on_processor(plan)
    trainings, together = begun(plan, (5, 0, 7))
    _, alone = begun(plan, (5, 0, 7))
    for _ in range(3):
        found = epochs.run(trainings, together)
        for each, state, metrics in zip(trainings, alone, found, strict=True):
            expected = run_epoch(each, state)
            assert isinstance(metrics, EpochMetrics)
            assert (metrics.epoch, metrics.tau) == (expected.epoch, expected.tau)
            assert metrics.train_loss == pytest.approx(expected.train_loss, rel=1e-3)
            assert metrics.soft.loss == pytest.approx(expected.soft.loss, rel=1e-3)
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one.parameters, other.parameters, atol=2e-3, rtol=2e-3)
        assert one.steps == other.steps
        assert torch.equal(one.order.get_state(), other.order.get_state())


@pytest.mark.parametrize(
    "recipe",
    [{}, {"gumbel_samples": 2, "dropout": 0.2}, {"sample_fn": "gumbel_hard"}, {"hard_reads": 0.0}],
    ids=str,
)
@pytest.mark.parametrize("model", NETWORKS, ids=str)
def test_with_noise_a_seed_ends_alike_in_any_company(
    small_plan: MakePlan, model: dict[str, Any], recipe: dict[str, Any]
) -> None:
    plan = small_plan(model=model, recipe={**recipe, "lr": 0.01})
    company, _ = on_processor(plan)
    lonely, _ = on_processor(plan)
    trainings, together = begun(plan, (5, 0, 7))
    one_training, alone = begun(plan, (7,))
    for _ in range(3):
        company.run(trainings, together)
        lonely.run(one_training, alone)
    found, expected = together[2].parameters, alone[0].parameters
    torch.testing.assert_close(found, expected, atol=2e-3, rtol=2e-3)
    assert not torch.allclose(together[0].parameters, together[1].parameters, atol=0.1)


@pytest.mark.parametrize("model", NETWORKS, ids=str)
def test_scores_are_of_the_discretised_network(small_plan: MakePlan, model: dict[str, Any]) -> None:
    plan = small_plan(model=model, task="hist")
    epochs, space = on_processor(plan)
    val = encode(plan.dataset, "val")
    trainings, states = begun(plan, tuple(range(20)))
    for state, (_, discrete) in zip(states, epochs.scores(trainings, states, 1.0), strict=True):
        expected = discrete_score(plan.model, space.unpack(state.parameters), val, "per_token")
        assert discrete.loss == pytest.approx(expected.loss, rel=1e-5)
        assert (discrete.rows, discrete.tokens) == (expected.rows, expected.tokens)
        assert discrete.token_accuracy == expected.token_accuracy
        assert discrete.sequence_accuracy == expected.sequence_accuracy


def test_a_seed_that_diverges_on_a_device_leaves_the_others_alone(small_plan: MakePlan) -> None:
    plan = small_plan(recipe={"sample_fn": "softmax"})
    epochs, space = on_processor(plan)
    trainings, states = begun(plan, (1, 2))
    _, alone = begun(plan, (1, 2))
    space.unpack(states[0].parameters)["unembed.W_U"][0, 0] = float("nan")
    broken, whole = epochs.run(trainings, states)
    assert isinstance(broken, DivergedError)
    assert "epoch 1, batch 1" in broken.message
    assert "not finite" in broken.message
    assert isinstance(whole, EpochMetrics)
    run_epoch(trainings[1], alone[1])
    torch.testing.assert_close(states[1].parameters, alone[1].parameters, atol=1e-3, rtol=1e-3)
    assert (states[0].epoch, states[1].epoch) == (0, 1)
    # Then one is left.
    (again,) = epochs.run(trainings[1:], states[1:])
    assert isinstance(again, EpochMetrics)


def test_a_step_that_cannot_be_captured_runs_as_it_is(
    small_plan: MakePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = small_plan(recipe={"dropout": 0.1})
    expected, space = on_processor(plan)
    trainings, states = begun(plan, (1, 2))
    expected.run(trainings, states)

    def refused(step: Callable[[], None]) -> None:
        step()
        raise RuntimeError("no graphs here")

    monkeypatch.setattr(device_steps, "_capture", refused)
    epochs, _ = on_processor(plan)
    monkeypatch.setattr(epochs, "_captured", True)
    _, others = begun(plan, (1, 2))
    with pytest.warns(TpcWarning, match="no graphs here") as warned:
        epochs.run(trainings, others)
    # Batches of another size are not tried again.
    assert len(warned) == 1
    for one, other in zip(states, others, strict=True):
        assert torch.equal(one.parameters, other.parameters)
    assert not torch.equal(states[0].parameters, initial_state(trainings[0].plan, space).parameters)


def test_seeds_are_run_and_resumed(
    small_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A device of another name than the processor's, so that it is taken for a GPU."""
    plan = small_plan(recipe={"n_epochs": 6, "search": 1})
    options = SeedsOptions((0, 1, 2), device="cpu:0")
    whole = start_seeds(plan, tmp_path / "whole", options, silent)
    monkeypatch.setattr(seeds_module, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(seeds_module, "DEVICES", ("cpu:0",))
    listener = stop_after(3, KeyboardInterrupt)
    killed = start_seeds(plan, tmp_path / "killed", options, listener)  # type: ignore[arg-type]
    assert killed["status"] == "interrupted"
    resumed = resume_seeds(tmp_path / "killed", silent)
    for found in (whole, resumed):
        for line in found["seeds"]["runs"]:
            line.pop("seconds", None)
    assert resumed["seeds"] == whole["seeds"]
    for seed in (0, 1, 2):
        one, other = (tmp_path / name / f"seed-{seed}" for name in ("whole", "killed"))
        for name in ("metrics.csv", "model.safetensors"):
            assert (one / name).read_bytes() == (other / name).read_bytes()
        assert len((one / "metrics.csv").read_text().splitlines()) == 9
    load_run(tmp_path / "whole")


@needs_gpu
def test_captured_steps_end_as_others_do(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan(recipe={"n_epochs": 8, "dropout": 0.1})
    for captured in (True, False):
        options = SeedsOptions((0, 1, 2), device="cuda", captured=captured)
        start_seeds(plan, tmp_path / str(captured), options, silent)
    ours, theirs = (
        json.loads((tmp_path / str(captured) / "run.json").read_text())["seeds"]["runs"]
        for captured in (True, False)
    )
    assert [line["val"] for line in ours] == pytest.approx([line["val"] for line in theirs])
