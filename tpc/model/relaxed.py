"""The relaxed network that training differentiates: every choice is a distribution.

Arrays are laid out `[..., position, variable, value, example]`. With the examples last, everything
is arithmetic on long rows, where softmax over a short last axis would be many times slower; and a
read, which mixes whole variables, is one small matrix times a wide one. Axes in front are free,
for several networks at once; then both weights and batches have them.

Dropout (the sampler's) is where the authors' code has it, whose option never reached it: on the
outputs of heads and MLPs as they enter the residual stream, value by value, and on the hidden units
of the MLPs. What a head or an MLP takes from the embedding is whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model.attention import clipped_bias, closest_bias
from tpc.model.config import ModelConfig
from tpc.model.matching import aggregate, match_log, match_scores
from tpc.model.sampling import Sampler

MASKED = -1e30
LOG_FLOOR = 1e-20
LOG_FLOOR_WITHOUT_BIAS = 1e-10

Weights = Mapping[str, Tensor]


@dataclass(frozen=True)
class Batch:
    """Sequences, and the masks that every layer shares.

    Attributes:
        ids: Token ids `[..., position, example]`, 0 where there is padding.
        visible: 1.0 where query `i` may see key `j`, else 0.0: `[..., i, j, 1, example]`.
        offset: The constant part of attention logits, of the same shape: -1e30 where a key is
            hidden, elsewhere the fixed position bias if there is one.
    """

    ids: Tensor
    visible: Tensor
    offset: Tensor

    @staticmethod
    def of(config: ModelConfig, ids: Tensor) -> Batch:
        """The batch of these token ids, `[..., position, example]`."""
        tokens, length = ids != 0, ids.shape[-2]
        visible = tokens.unsqueeze(-3) & tokens.unsqueeze(-2)
        if config.autoregressive:
            earlier = torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()
            visible &= earlier.unsqueeze(-1)
        bias = torch.zeros(length, length, device=ids.device)
        if config.attention_type == "cat" and config.rel_pos_bias == "fixed":
            closest = closest_bias(config.n_ctx, ids.device)
            bias = closest[:length, :length] / math.sqrt(config.d_var)
        offset = bias.unsqueeze(-1).masked_fill(~visible, MASKED)
        return Batch(ids, visible.to(bias.dtype).unsqueeze(-2), offset.unsqueeze(-2))


def relaxed_logits(config: ModelConfig, weights: Weights, batch: Batch, sampler: Sampler) -> Tensor:
    """Logits `[..., position, class, example]`; `[..., class, example]` when pooled."""
    cat, num = _inputs(config, weights, batch, sampler)
    for layer in range(config.n_layers):
        block = f"blocks.{layer}"
        cat_heads, num_heads = _attend(config, weights, block, cat, num, batch, sampler)
        if cat_heads is not None:
            cat = torch.cat([cat, sampler.dropped(cat_heads)], -3)
        if num_heads is not None:
            num = torch.cat([num, sampler.dropped(num_heads)], -2)
        outputs = []
        if config.n_cat_mlps:
            outputs.append(_mlps(weights, f"{block}.cat_mlp", config.n_cat_mlps, cat, sampler))
        if config.n_num_mlps:
            outputs.append(_mlps(weights, f"{block}.num_mlp", config.n_num_mlps, num, sampler))
        cat = torch.cat([cat, *outputs], -3)
    return _classify(config, weights["unembed.W_U"], cat, num, batch)


def _inputs(
    config: ModelConfig, weights: Weights, batch: Batch, sampler: Sampler
) -> tuple[Tensor, Tensor]:
    """Categorical `[..., position, variable, value, example]` and numerical inputs."""
    length, examples = batch.ids.shape[-2:]
    table, ids = weights["embed.W_E"], batch.ids
    if not config.one_hot_embed:
        # One draw a word and batch, as upstream's; words that do not occur need none.
        words, ids = torch.unique(batch.ids, return_inverse=True)
        table = table[..., words]
    sampled = sampler(torch.unflatten(table, -2, (config.n_vars_cat, config.d_var)), dim=-2)
    chosen = torch.unflatten(_columns(sampled, ids.flatten(-2)), -1, (length, examples))
    tokens = chosen.movedim(-2, -4)
    one_hot = torch.eye(length, config.d_var, device=ids.device)
    shape = (*tokens.shape[:-3], 1, config.d_var, examples)
    positions = one_hot[:, None, :, None].expand(shape)
    by_word = weights["num_embed.W_E"].transpose(-1, -2)
    numbers = _columns(by_word, batch.ids.flatten(-2))
    num = torch.unflatten(numbers, -1, (length, examples)).movedim(-2, -3)
    return torch.cat([tokens, positions], -3), num


def _attend(
    config: ModelConfig,
    weights: Weights,
    block: str,
    cat: Tensor,
    num: Tensor,
    batch: Batch,
    sampler: Sampler,
) -> tuple[Tensor | None, Tensor | None]:
    """Outputs of the categorical and of the numerical heads, where there are any."""
    cat_attn, num_attn = f"{block}.cat_attn", f"{block}.num_attn"
    names = [f"{cat_attn}.{read}.W" for read in ("W_Q", "W_K", "W_V") if config.n_heads_cat]
    names += [f"{num_attn}.{read}.W" for read in ("W_Q", "W_K") if config.n_heads_num]
    if not names:
        return None, None
    reads = _read(sampler.read(torch.cat([weights[name] for name in names], -2)), cat)
    read = dict(
        zip(names, torch.split(reads, [weights[n].shape[-2] for n in names], -3), strict=True)
    )
    cat_heads = num_heads = None
    if config.n_heads_cat:
        query, key, value = (read[f"{cat_attn}.{name}.W"] for name in ("W_Q", "W_K", "W_V"))
        attention = _categorical_attention(config, weights, cat_attn, query, key, batch, sampler)
        cat_heads = aggregate(attention, value)
    if config.n_heads_num:
        query, key = (read[f"{num_attn}.{name}.W"] for name in ("W_Q", "W_K"))
        matches = _matches(sampler(weights[f"{num_attn}.W_pred.W"]), query, key)
        value = _at_each_position(sampler.read(weights[f"{num_attn}.W_V.W"]), num)
        num_heads = aggregate(matches * batch.visible, value.unsqueeze(-2)).squeeze(-2)
    return cat_heads, num_heads


def _categorical_attention(
    config: ModelConfig,
    weights: Weights,
    prefix: str,
    query: Tensor,
    key: Tensor,
    batch: Batch,
    sampler: Sampler,
) -> Tensor:
    """Attention `[..., query position, key position, head, example]`, sampled over the keys."""
    predicate = weights[f"{prefix}.W_pred.W"]
    scale = 1 / math.sqrt(config.d_var)
    length = batch.ids.shape[-2]
    if config.attention_type == "score":
        logits = _matches(predicate, query, key)
        return sampler(logits, dim=-3, scale=scale, offset=batch.offset)
    matches = _matches(sampler(predicate), query, key)
    if config.rel_pos_bias == "none":
        logits = match_log(matches, batch.visible, 1 / length, LOG_FLOOR_WITHOUT_BIAS)
    else:
        logits = match_log(matches, batch.visible, 1.0, LOG_FLOOR)
    if config.rel_pos_bias == "clipped":
        bias = clipped_bias(weights[f"{prefix}.rel_pos_bias.bias"], config.n_ctx)
        logits = logits + bias[..., :length, :length].movedim(-3, -1).unsqueeze(-1)
    return sampler(logits, dim=-3, scale=scale, offset=batch.offset)


def _matches(predicate: Tensor, query: Tensor, key: Tensor) -> Tensor:
    """How far each key is what each query wants, `[..., query, key, head, example]`."""
    return match_scores(_at_each_position(predicate.transpose(-1, -2), query, -4), key)


def _read(reads: Tensor, cat: Tensor) -> Tensor:
    """Mixtures of variables: `[reads, variables]` times `[..., position, variable, ...]`."""
    mixed = _at_each_position(reads, cat.flatten(-2))
    return torch.unflatten(mixed, -1, cat.shape[-2:])


def _at_each_position(matrix: Tensor, columns: Tensor, axis: int = -3) -> Tensor:
    """The product at every position; `axis` is where `columns` has its positions.

    The explicit expansion keeps PyTorch from folding the positions into one product, which would
    transpose the long rows.
    """
    return matrix.unsqueeze(axis).expand(*columns.shape[:-2], -1, -1) @ columns


def _mlps(
    weights: Weights, prefix: str, n_mlps: int, variables: Tensor, sampler: Sampler
) -> Tensor:
    """Outputs `[..., position, mlp, value, example]` of a layer's MLPs of a kind, run together.

    Args:
        weights: All weights.
        prefix: How the names of theirs start.
        n_mlps: How many they are.
        variables: What they may read, categorical variables or numerical ones.
        sampler: Chooses what they read, and the values.
    """

    def stacked(name: str, axis: int) -> Tensor:
        return torch.stack([weights[f"{prefix}.mlps.{mlp}.{name}"] for mlp in range(n_mlps)], axis)

    reads = sampler.read(stacked("W_read.W", -3)).flatten(-3, -2)
    if prefix.endswith("cat_mlp"):
        inputs = _read(reads, variables).flatten(-3, -2)
    else:
        inputs = _at_each_position(reads, variables)
    hidden = _at_each_position(stacked("W_in", -3), torch.unflatten(inputs, -2, (n_mlps, -1)), -4)
    hidden.add_(stacked("b_in", -2)[..., None, :, :, None]).relu_()
    outputs = _at_each_position(stacked("W_out", -3), sampler.dropped(hidden), -4)
    outputs.add_(stacked("b_out", -2)[..., None, :, :, None])
    # Upstream normalises these logits first, which does not change a softmax over them.
    return sampler.dropped(sampler(outputs, dim=-2))


def _classify(config: ModelConfig, rows: Tensor, cat: Tensor, num: Tensor, batch: Batch) -> Tensor:
    features = cat.flatten(-3, -2)
    n_cat = features.shape[-2]
    of_cat, of_num = rows[..., :n_cat, :].transpose(-1, -2), rows[..., n_cat:, :].transpose(-1, -2)
    if config.pool_outputs:
        # Upstream pools over the first query's row of the mask, and divides by the whole length.
        seen = batch.visible.select(-4, 0)
        logits = of_cat @ (features * seen).sum(-3) + of_num @ (num * seen).sum(-3)
        logits = logits / config.n_ctx
    else:
        logits = _at_each_position(of_cat, features)
        if num.shape[-2]:
            logits = logits + _at_each_position(of_num, num)
    never = torch.zeros(config.n_classes, 1, device=rows.device)
    for masked in config.masked_classes:
        never[masked] = MASKED
    return logits + never


def _columns(table: Tensor, ids: Tensor) -> Tensor:
    """The columns `[..., value, id]` of tables that ids `[..., id]` name."""
    if ids.dim() == 1:
        return table.index_select(-1, ids)
    if not ids.is_cuda:
        return torch.stack([_columns(*pair) for pair in zip(table, ids, strict=True)])
    # One call for all networks: there calls are what takes the time.
    index = ids.view(*ids.shape[:-1], *(1,) * (table.dim() - ids.dim()), ids.shape[-1])
    return table.gather(-1, index.expand(*table.shape[:-1], -1))
