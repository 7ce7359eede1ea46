"""What the authors' trainer saves beside a network's parameters, made here with its formulas."""

from __future__ import annotations

import torch
from torch import Tensor

from tpc.model.config import ModelConfig


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
