"""The fast discretised network equals a slow one on random weights of every architecture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.model.reference import run_reference
from tpc.model.architecture import initial_weights, weight_shapes
from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork

BASE: dict[str, Any] = {"vocabulary_size": 6, "n_classes": 4, "n_ctx": 7, "d_var": 7, "d_mlp": 8}

ARCHITECTURES: dict[str, dict[str, Any]] = {
    "counts": {"n_layers": 2, "n_cat_mlps": 2, "n_num_mlps": 2},
    "causal": {"autoregressive": True, "n_layers": 2},
    "clipped": {"rel_pos_bias": "clipped", "n_layers": 2},
    "first": {"rel_pos_bias": "none", "autoregressive": True},
    "score": {"attention_type": "score", "n_layers": 2},
    "score_causal": {"attention_type": "score", "autoregressive": True},
    "embeddings": {"one_hot_embed": False, "n_vars_cat": 3, "n_layers": 2},
    "learned_numbers": {"count_only": False, "n_vars_num": 2, "n_layers": 2},
    "two_constants": {"n_vars_num": 2, "selector_width": True},
    "no_numbers": {"n_vars_num": 0, "n_heads_num": 0, "n_num_mlps": 0},
    "no_categorical_heads": {"n_heads_cat": 0, "n_cat_mlps": 1},
    "no_mlps": {"n_cat_mlps": 0, "n_num_mlps": 0},
    "six_inputs_to_an_mlp": {"mlp_vars_in": 6},
    "pooled": {"pool_outputs": True},
    "pooled_causal": {"pool_outputs": True, "autoregressive": True},
    "masked_classes": {"masked_classes": (0, 2)},
}


def random_weights(config: ModelConfig, seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    weights = initial_weights(config, generator)
    for name, tensor in weights.items():
        if name.endswith(("b_in", "b_out", "bias")):
            # Initially zero: spread them, beyond the clipping of position biases.
            weights[name] = torch.randn(tensor.shape, generator=generator) * 10
    return weights


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_every_variable_equals_the_reference(architecture: str, dtype: torch.dtype) -> None:
    config = ModelConfig(**{**BASE, **ARCHITECTURES[architecture]})
    generator = torch.Generator().manual_seed(len(architecture))
    for seed in range(3):
        weights = random_weights(config, seed)
        assert {n: tuple(t.shape) for n, t in weights.items()} == weight_shapes(config)
        lengths = [1, 4, 7, 7]
        ids = torch.randint(1, 6, (4, 7), generator=generator)
        mask = torch.arange(7) < torch.tensor(lengths).unsqueeze(1)
        trace = DiscreteNetwork(config, weights, dtype).trace(ids * mask, mask)
        for row, length in enumerate(lengths):
            variables, logits = run_reference(config, weights, ids[row, :length].tolist())
            found = {
                name: values[row, :length].tolist() for name, values in trace.variables.items()
            }
            assert found.keys() == variables.keys()
            for name, values in variables.items():
                assert found[name] == pytest.approx(values, rel=1e-5, abs=1e-5), name
            ours = trace.logits[row] if config.pool_outputs else trace.logits[row, :length]
            ours = torch.where(ours == -1e30, -torch.inf, ours)
            np.testing.assert_allclose(ours.numpy(), logits, rtol=1e-4, atol=1e-4)


def test_chunks_do_not_change_logits(monkeypatch: pytest.MonkeyPatch) -> None:
    config = ModelConfig(**BASE)
    network = DiscreteNetwork(config, random_weights(config, 0))
    ids = torch.randint(1, 6, (20, 7), generator=torch.Generator().manual_seed(1))
    whole = network.logits(ids, ids > 0)
    monkeypatch.setattr("tpc.model.discrete._CHUNK_ELEMENTS", 3 * 49)
    assert torch.equal(network.logits(ids, ids > 0), whole)


def test_margin_is_the_gap_between_the_two_highest_outputs() -> None:
    config = ModelConfig(**BASE)
    weights = {name: tensor.double() for name, tensor in random_weights(config, 3).items()}
    network = DiscreteNetwork(config, weights)
    ids = torch.tensor([[1, 2, 3]])
    trace = network.trace(ids, ids > 0)
    mlp = network.mlps["num_mlp_0_0"]
    numbers = torch.stack([trace.variables[read] for read in mlp.reads], -1)
    prefix = "blocks.0.num_mlp.mlps.0"
    hidden = numbers @ weights[f"{prefix}.W_in"].T + weights[f"{prefix}.b_in"]
    outputs = hidden.relu() @ weights[f"{prefix}.W_out"].T + weights[f"{prefix}.b_out"]
    ordered = outputs.sort(-1).values
    torch.testing.assert_close(trace.margins["num_mlp_0_0"], ordered[..., -1] - ordered[..., -2])
