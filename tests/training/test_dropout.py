"""Dropout: what it leaves out, that it is off outside training, and that it survives a kill."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.training.conftest import MakePlan
from tpc.diagnostics import TpcError
from tpc.model.architecture import initial_weights
from tpc.model.config import ModelConfig
from tpc.model.relaxed import Batch, relaxed_logits
from tpc.model.sampling import Sampler
from tpc.training.encoding import encode
from tpc.training.loop import finish_epoch, run_epoch
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan, read_plan
from tpc.training.recipe import Recipe
from tpc.training.session import resume_run, start_run
from tpc.training.state import Training, TrainingState, initial_state

HALF = 0.5


class Recording(Sampler):
    """Notes the shape of everything that may be dropped."""

    def dropped(self, values: Tensor) -> Tensor:
        self.seen = [*getattr(self, "seen", []), tuple(values.shape)]
        return super().dropped(values)


def sampler(dropout: float, kind: type[Sampler] = Sampler) -> Sampler:
    return kind("softmax", torch.Generator().manual_seed(3), dropout)


def trained(plan: Plan, epochs: int = 2) -> TrainingState:
    space = ParameterSpace.of(plan.model)
    state = initial_state(plan, space)
    for _ in range(epochs):
        run_epoch(Training.of(plan), state)
    return state


def silent(_: object) -> None:
    pass


def test_half_of_the_values_are_dropped_and_the_mean_stays() -> None:
    values = torch.rand(100, 40) + 1
    found = sampler(HALF).dropped(values)
    zero = found == 0
    assert float(zero.float().mean()) == pytest.approx(HALF, abs=0.03)
    assert torch.equal(found[~zero], 2 * values[~zero])


def test_other_shares_scale_by_what_is_kept() -> None:
    found = sampler(0.2).dropped(torch.ones(20_000))
    assert float((found == 0).float().mean()) == pytest.approx(0.2, abs=0.02)
    assert found.unique().tolist() == pytest.approx([0.0, 1.25])


def test_none_draws_nothing() -> None:
    draw, values = sampler(0.0), torch.rand(5)
    before = draw.generator.get_state()
    assert draw.dropped(values) is values
    assert torch.equal(before, draw.generator.get_state())


def test_outputs_of_heads_and_mlps_and_hidden_units(small_plan: MakePlan) -> None:
    plan = small_plan(model={"n_heads_num": 1, "n_num_mlps": 1})
    config, ids = plan.model, encode(plan.dataset, "train").ids[:, :9]
    assert isinstance(config, ModelConfig)
    weights = initial_weights(config, torch.Generator().manual_seed(0))
    draw = sampler(HALF, Recording)
    relaxed_logits(config, weights, Batch.of(config, ids), draw)
    length, d_var = ids.shape[0], config.d_var
    assert isinstance(draw, Recording)
    assert draw.seen == [
        (length, 2, d_var, 9),  # two categorical heads
        (length, 1, 9),  # the numerical head
        (length, 1, 8, 9),  # hidden units of the categorical MLP
        (length, 1, d_var, 9),  # its output
        (length, 1, 8, 9),  # likewise of the numerical MLP
        (length, 1, d_var, 9),
    ]


def test_the_classifier_misses_what_is_dropped(small_plan: MakePlan) -> None:
    """A head that copies its own position: the logits have twice its row, or none of it."""
    model = {"n_heads_cat": 1, "n_cat_mlps": 0, "n_vars_num": 0}
    config = small_plan(model=model).model
    assert isinstance(config, ModelConfig)
    config = replace(config, masked_classes=())
    ids = torch.tensor([[1] * 400])
    weights = initial_weights(config, torch.Generator().manual_seed(0))
    rows = weights["unembed.W_U"]
    rows[: 2 * config.d_var] = 0
    weights["blocks.0.cat_attn.W_V.W"] = torch.tensor([[-1e3, 1e3]])
    found = relaxed_logits(config, weights, Batch.of(config, ids), sampler(HALF))[0]
    position = rows[2 * config.d_var]
    dropped = (found == 0).all(0)
    torch.testing.assert_close(
        found[:, ~dropped], 2 * position[:, None].expand(-1, int((~dropped).sum()))
    )
    assert float(dropped.float().mean()) == pytest.approx(HALF, abs=0.08)


def test_training_changes_and_evaluation_does_not(small_plan: MakePlan) -> None:
    plain, dropping = small_plan(), small_plan(recipe={"dropout": HALF})
    state = trained(plain)
    assert not torch.allclose(state.parameters, trained(dropping).parameters, atol=1e-4)
    scores = [finish_epoch(Training.of(plan), state, 1.0, None) for plan in (plain, dropping)]
    assert scores[0] == scores[1]


def test_resumed_run_ends_with_the_same_bits(small_plan: MakePlan, tmp_path: Path) -> None:
    class KilledError(BaseException):
        pass

    def kill(_: object) -> None:
        raise KilledError

    plan = small_plan(recipe={"dropout": 0.3})
    whole = start_run(plan, tmp_path / "whole", silent)
    with pytest.raises(KilledError):
        start_run(plan, tmp_path / "killed", kill)
    assert read_plan(tmp_path / "killed").recipe.dropout == 0.3
    resumed = resume_run(tmp_path / "killed", silent)
    assert torch.equal(whole.best.parameters, resumed.best.parameters)


def test_run_directories_from_before_it_are_read(small_plan: MakePlan, tmp_path: Path) -> None:
    small_plan().write(tmp_path)
    path = tmp_path / "config.json"
    options = json.loads(path.read_text())
    assert options["training"].pop("dropout") == 0.0
    path.write_text(json.dumps(options))
    assert read_plan(tmp_path) == small_plan()


@pytest.mark.parametrize("dropout", [-0.1, 1.0, float("nan")])
def test_no_share(dropout: float) -> None:
    with pytest.raises(TpcError, match="dropout is"):
        Recipe(dropout=dropout)
