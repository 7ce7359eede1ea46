"""Runs as the authors' trainer saves them; what is no parameter is made with its formulas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tpc.data.dataset import load_dataset, task_arguments
from tpc.model.config import ModelConfig
from tpc.model.layout import weight_shapes


def fixed_bias(n_ctx: int) -> Tensor:
    """`rel_pos_bias: fixed` as built on a CPU, `[2 * n_ctx]`, by offset modulo `2 * n_ctx`."""
    right = torch.linspace(0.0, -n_ctx, n_ctx - 1) / n_ctx
    left = torch.linspace(-n_ctx, 0.0, n_ctx) / n_ctx
    return torch.cat([torch.tensor([-2.0]), right, left])


def buffers(config: ModelConfig) -> dict[str, Tensor]:
    """Every buffer of a state dict by name; a learned position bias is a parameter, not here."""
    n_ctx, saved = config.n_ctx, {"pos_embed.W": torch.eye(config.n_ctx, config.d_var)}
    for layer in range(config.n_layers):
        attn = f"blocks.{layer}.cat_attn"
        saved[f"{attn}.mask"] = torch.ones(n_ctx, n_ctx).tril()
        saved[f"{attn}.pos_bias"] = torch.arange(n_ctx, 0, -1)
        saved[f"{attn}.W_Q.E"] = torch.eye(config.d_var).repeat(2, 1, 1)
        if config.attention_type == "score":
            continue
        saved[f"{attn}.rel_pos_bias.idxs"] = torch.arange(2 * n_ctx)
        if config.rel_pos_bias != "clipped":
            by_offset = (
                fixed_bias(n_ctx) if config.rel_pos_bias == "fixed" else torch.zeros(2 * n_ctx)
            )
            saved[f"{attn}.rel_pos_bias.bias"] = by_offset.repeat(config.n_heads_cat, 1)
    if config.masked_classes:
        mask = torch.zeros(config.n_classes, dtype=torch.bool)
        mask[list(config.masked_classes)] = True
        saved["unembed.mask"] = mask.view(1, 1, -1)
    return saved


def write_run(folder: Path, options: Mapping[str, Any], weight_seed: int = 0) -> None:
    """A new run directory with random weights: `args.json` and `model.pt`."""
    names = ("vocab_size", "dataset_size", "min_length", "max_length", "seed")
    arguments = task_arguments(options["dataset"], **{name: options[name] for name in names})
    data = load_dataset(options["dataset"], arguments)
    config = ModelConfig.from_options(
        dict(options), len(data.vocabulary), data.classes, data.max_length
    )
    stream = torch.Generator().manual_seed(weight_seed)
    weights = {
        name: torch.randn(shape, generator=stream) for name, shape in weight_shapes(config).items()
    }
    if config.count_only:
        weights["num_embed.W_E"] = torch.ones_like(weights["num_embed.W_E"])
    if config.one_hot_embed:
        one_hot = torch.eye(config.d_var)[:, : config.vocabulary_size]
        weights["embed.W_E"] = one_hot * 20 - 10
    weights |= buffers(config)
    folder.mkdir()
    (folder / "args.json").write_text(json.dumps(options))
    torch.save(weights, folder / "model.pt")
