"""The discretised network, one position at a time in plain Python, to check the fast one against.

Written from the description of the semantics, sharing no code with `tpc.model`.
"""

from __future__ import annotations

import numpy as np
from torch import Tensor

from tpc.model.config import ModelConfig

Arrays = dict[str, np.ndarray]


def run_reference(
    config: ModelConfig, tensors: dict[str, Tensor], ids: list[int]
) -> tuple[dict[str, list[float]], np.ndarray]:
    """Every variable of one sequence by name, and its logits."""
    weights = {name: tensor.detach().double().numpy() for name, tensor in tensors.items()}
    length, d_var = len(ids), config.d_var
    cat: dict[str, list[int]] = {}
    if config.one_hot_embed:
        cat["tokens"] = list(ids)
    else:
        for v in range(config.n_vars_cat):
            block = weights["embed.W_E"][v * d_var : (v + 1) * d_var]
            cat[f"var{v}"] = [int(np.argmax(block[:, token])) for token in ids]
    cat["positions"] = list(range(length))
    num: dict[str, list[float]] = {}
    for v in range(config.n_vars_num):
        name = ("ones" if config.n_vars_num == 1 else f"ones{v}") if config.count_only else ""
        column = weights["num_embed.W_E"][:, v]
        num[name or f"num_var{v}"] = [float(column[token]) for token in ids]
    for layer in range(config.n_layers):
        cat_out, num_out = {}, {}
        for h in range(config.n_heads_cat):
            cat_out[f"attn_{layer}_{h}"] = _cat_head(config, weights, layer, h, cat)
        for h in range(config.n_heads_num):
            prefix = f"blocks.{layer}.num_attn"
            causal = config.autoregressive
            num_out[f"num_attn_{layer}_{h}"] = _num_head(weights, causal, prefix, h, cat, num)
        cat |= cat_out
        num |= num_out
        mlp_out = {}
        for m in range(config.n_cat_mlps):
            prefix = f"blocks.{layer}.cat_mlp.mlps.{m}"
            mlp_out[f"mlp_{layer}_{m}"] = _mlp(weights, prefix, cat, length, d_var)
        for m in range(config.n_num_mlps):
            prefix = f"blocks.{layer}.num_mlp.mlps.{m}"
            mlp_out[f"num_mlp_{layer}_{m}"] = _mlp(weights, prefix, num, length, None)
        cat |= mlp_out
    features = np.array(
        [
            np.concatenate(
                [np.eye(d_var)[values[i]] for values in cat.values()]
                + [[values[i]] for values in num.values()]
            )
            for i in range(length)
        ]
    )
    if config.pool_outputs:
        features = features[0] if config.autoregressive else features.sum(0)
    logits = features @ weights["unembed.W_U"]
    logits[..., list(config.masked_classes)] = -np.inf
    return {**{k: [float(x) for x in v] for k, v in cat.items()}, **num}, logits


def _cat_head(
    config: ModelConfig, weights: Arrays, layer: int, head: int, cat: dict[str, list[int]]
) -> list[int]:
    prefix = f"blocks.{layer}.cat_attn"
    names = list(cat)
    query, key, value = (
        cat[names[int(np.argmax(weights[f"{prefix}.{read}.W"][head]))]]
        for read in ("W_Q", "W_K", "W_V")
    )
    predicate = weights[f"{prefix}.W_pred.W"][head]
    out = []
    for i in range(len(query)):
        visible = [j for j in range(len(key)) if j <= i or not config.autoregressive]
        if config.attention_type == "score":
            out.append(value[max(visible, key=lambda j: (predicate[query[i], key[j]], -j))])
            continue
        matches = [j for j in visible if key[j] == int(np.argmax(predicate[query[i]]))]
        out.append(value[_choose(config, weights, prefix, head, i, matches)])
    return out


def _choose(
    config: ModelConfig, weights: Arrays, prefix: str, head: int, i: int, matches: list[int]
) -> int:
    if not matches:
        return 0
    saved = weights.get(f"{prefix}.rel_pos_bias.bias")
    if saved is None and config.rel_pos_bias == "none":
        return matches[0]
    if saved is None:
        others = [j for j in matches if j != i]
        return min(others, key=lambda j: (abs(i - j), j)) if others else i
    bias = np.clip(saved[head], -10, 10) if config.rel_pos_bias == "clipped" else saved[head]
    return max(matches, key=lambda j: (bias[(j - i) % (2 * config.n_ctx)], -j))


def _num_head(
    weights: Arrays,
    causal: bool,
    prefix: str,
    head: int,
    cat: dict[str, list[int]],
    num: dict[str, list[float]],
) -> list[float]:
    names = list(cat)
    query, key = (
        cat[names[int(np.argmax(weights[f"{prefix}.{read}.W"][head]))]] for read in ("W_Q", "W_K")
    )
    value = num[list(num)[int(np.argmax(weights[f"{prefix}.W_V.W"][head]))]]
    matched = weights[f"{prefix}.W_pred.W"][head].argmax(-1)
    return [
        sum(
            value[j]
            for j in range(len(key))
            if key[j] == matched[query[i]] and (j <= i or not causal)
        )
        for i in range(len(query))
    ]


def _mlp(
    weights: Arrays,
    prefix: str,
    variables: dict[str, list[int]] | dict[str, list[float]],
    length: int,
    d_var: int | None,
) -> list[int]:
    names = list(variables)
    reads = [names[int(np.argmax(row))] for row in weights[f"{prefix}.W_read.W"]]
    out = []
    for i in range(length):
        parts = [
            np.eye(d_var)[variables[read][i]] if d_var else np.array([variables[read][i]])
            for read in reads
        ]
        hidden = weights[f"{prefix}.W_in"] @ np.concatenate(parts) + weights[f"{prefix}.b_in"]
        logits = weights[f"{prefix}.W_out"] @ np.maximum(hidden, 0) + weights[f"{prefix}.b_out"]
        out.append(int(np.argmax(logits)))
    return out
