"""The ordinary Transformer, against PyTorch's own layers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from tpc.diagnostics import TpcError
from tpc.model.sampling import Sampler
from tpc.model.standard import (
    MASKED,
    StandardConfig,
    initial_weights,
    standard_logits,
    weight_shapes,
)

CONFIG = StandardConfig(
    vocabulary_size=9, n_classes=5, n_ctx=7, d_model=12, n_heads=3, d_mlp=20, n_layers=2
)
IDS = torch.tensor([[3, 4, 5, 6, 7, 8, 1], [2, 8, 1, 0, 0, 0, 0], [5, 0, 0, 0, 0, 0, 0]]).T


def idle() -> Sampler:
    return Sampler("softmax", torch.Generator().manual_seed(0))


def random_weights(config: StandardConfig = CONFIG) -> dict[str, Tensor]:
    """Weights of which none is at its start, biases and normalisations included."""
    stream = torch.Generator().manual_seed(1)
    found = initial_weights(config, stream)
    return {name: w + 0.3 * torch.randn(w.shape, generator=stream) for name, w in found.items()}


def layer_of_torch(weights: dict[str, Tensor], block: str) -> nn.TransformerEncoderLayer:
    layer = nn.TransformerEncoderLayer(
        CONFIG.d_model, CONFIG.n_heads, CONFIG.d_mlp, dropout=0.0, norm_first=True, batch_first=True
    )
    names = {
        "self_attn.in_proj_weight": "attn.W_QKV",
        "self_attn.in_proj_bias": "attn.b_QKV",
        "self_attn.out_proj.weight": "attn.W_O",
        "self_attn.out_proj.bias": "attn.b_O",
        "linear1.weight": "mlp.W_in",
        "linear1.bias": "mlp.b_in",
        "linear2.weight": "mlp.W_out",
        "linear2.bias": "mlp.b_out",
        "norm1.weight": "norm_attn.scale",
        "norm1.bias": "norm_attn.shift",
        "norm2.weight": "norm_mlp.scale",
        "norm2.bias": "norm_mlp.shift",
    }
    layer.load_state_dict({theirs: weights[f"{block}.{ours}"] for theirs, ours in names.items()})
    return layer


@pytest.mark.parametrize("causal", [False, True])
def test_layers_are_those_of_torch(causal: bool) -> None:
    config, weights = replace(CONFIG, autoregressive=causal), random_weights()
    rows, seen = IDS.T, IDS.T != 0
    length = rows.shape[1]
    x = weights["embed.W_E"][rows] + weights["pos_embed.W"][:length]
    later = torch.ones(length, length, dtype=torch.bool).triu(1) if causal else None
    for layer in range(CONFIG.n_layers):
        module = layer_of_torch(weights, f"blocks.{layer}")
        x = module(x, src_mask=later, src_key_padding_mask=~seen)
    x = nn.functional.layer_norm(x, (12,), weights["norm.scale"], weights["norm.shift"])
    expected = x @ weights["unembed.W_U"].T + weights["unembed.b_U"]
    found = standard_logits(config, weights, IDS, idle()).movedim(-1, 0)
    torch.testing.assert_close(found[seen], expected[seen], atol=1e-5, rtol=1e-5)


def test_padding_changes_nothing() -> None:
    weights = random_weights()
    whole = standard_logits(CONFIG, weights, IDS, idle())
    cut = standard_logits(CONFIG, weights, IDS[:3, 1:], idle())
    torch.testing.assert_close(whole[:3, :, 1], cut[:, :, 0], atol=1e-5, rtol=1e-5)
    assert bool(whole.isfinite().all())


def test_causal_networks_do_not_look_ahead() -> None:
    weights = random_weights()
    changed = IDS.clone()
    changed[4:, 0] = 1
    for causal in (False, True):
        config = replace(CONFIG, autoregressive=causal)
        before, after = (standard_logits(config, weights, ids, idle()) for ids in (IDS, changed))
        assert torch.equal(before[:4, :, 0], after[:4, :, 0]) == causal


def test_pooled_networks_average_what_is_there() -> None:
    weights = random_weights()
    pooled = standard_logits(replace(CONFIG, pool_outputs=True), weights, IDS, idle())
    each = standard_logits(CONFIG, weights, IDS, idle())
    for row, length in enumerate((7, 3, 1)):
        torch.testing.assert_close(pooled[:, row], each[:length, :, row].mean(0))


def test_masked_classes_never_win() -> None:
    config = replace(CONFIG, masked_classes=(0, 3))
    logits = standard_logits(config, random_weights(), IDS, idle())
    assert float(logits[:, [0, 3]].max()) <= MASKED / 2
    assert float(logits[:, [1, 2, 4]].min()) > MASKED / 2


def test_dropout_is_applied_to_the_stream_and_to_hidden_units() -> None:
    seen: list[tuple[int, ...]] = []

    class Recording(Sampler):
        def dropped(self, values: Tensor) -> Tensor:
            seen.append(tuple(values.shape))
            return super().dropped(values)

    recording = Recording("softmax", torch.Generator().manual_seed(0), 0.5)
    found = standard_logits(CONFIG, random_weights(), IDS, recording)
    stream, hidden = (3, 7, 12), (3, 7, 20)
    assert seen == [stream, *[stream, hidden, stream] * CONFIG.n_layers]
    assert not torch.allclose(found, standard_logits(CONFIG, random_weights(), IDS, idle()))


@pytest.mark.parametrize(
    "option",
    [
        {"d_model": 24},
        {"n_heads": 4},
        {"d_mlp": 21},
        {"n_layers": 1},
        {"autoregressive": True},
        {"pool_outputs": True},
        {"masked_classes": (0,)},
    ],
    ids=str,
)
def test_every_option_changes_the_logits(option: dict[str, Any]) -> None:
    def logits(config: StandardConfig) -> Tensor:
        weights = initial_weights(config, torch.Generator().manual_seed(2))
        return standard_logits(config, weights, IDS, idle())

    usual, changed = logits(CONFIG), logits(replace(CONFIG, **option))
    assert usual.shape != changed.shape or not torch.allclose(usual, changed, atol=1e-4)


def test_options_are_read_back() -> None:
    config = replace(CONFIG, masked_classes=(0, 1), autoregressive=True)
    assert StandardConfig.from_json(config.to_json()) == config
    assert all(len(shape) in (1, 2) for shape in weight_shapes(config).values())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d_model": 13}, "cannot share"),
        ({"n_layers": 0}, "at least 1"),
        ({"n_layers": "2"}, "must be of type int"),
        ({"autoregressive": 1}, "must be of type bool"),
        ({"d_var": 3}, "missing or unknown"),
        ({"masked_classes": "all"}, "not a list"),
    ],
    ids=str,
)
def test_bad_options(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TpcError, match=message):
        StandardConfig.from_json({**CONFIG.to_json(), **change})
