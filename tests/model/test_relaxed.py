"""The relaxed forward, laid out for speed, equals a plain one; its gradients are right."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.model.test_discrete import ARCHITECTURES, BASE, random_weights
from tpc.model.architecture import is_trained
from tpc.model.attention import closest_bias, closest_ranks
from tpc.model.config import ModelConfig
from tpc.model.matching import aggregate, match_log, match_scores
from tpc.model.relaxed import Batch, relaxed_logits
from tpc.model.sampling import Sampler

TAU = 0.7


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def plain_logits(config: ModelConfig, weights: dict[str, Tensor], ids: Tensor) -> Tensor:
    """Logits `[batch, length, classes]` from the paper's formulas, one product at a time."""
    choose = lambda logits, dim=-1: (logits / TAU).softmax(dim)  # noqa: E731
    batch, length = ids.shape
    tokens = ids != 0
    visible = tokens.unsqueeze(1) & tokens.unsqueeze(2)
    if config.autoregressive:
        visible = visible & torch.ones(length, length, dtype=torch.bool).tril()
    blocks = weights["embed.W_E"].view(config.n_vars_cat, config.d_var, -1)
    cat = [choose(block, 0).T[ids] for block in blocks]
    cat.append(torch.eye(length, config.d_var).expand(batch, -1, -1))
    num = [weights["num_embed.W_E"][ids, v] for v in range(config.n_vars_num)]
    for layer in range(config.n_layers):
        cat_out, num_out = [], []
        for h in range(config.n_heads_cat):
            prefix = f"blocks.{layer}.cat_attn"
            query, key, value = (
                sum(p * x for p, x in zip(choose(weights[f"{prefix}.{r}.W"][h]), cat, strict=True))
                for r in ("W_Q", "W_K", "W_V")
            )
            raw = weights[f"{prefix}.W_pred.W"][h]
            attention = plain_attention(config, weights, prefix, h, raw, query, key, visible)
            cat_out.append(torch.einsum("bij,bjd->bid", attention, value))
        for h in range(config.n_heads_num):
            prefix = f"blocks.{layer}.num_attn"
            query, key = (
                sum(p * x for p, x in zip(choose(weights[f"{prefix}.{r}.W"][h]), cat, strict=True))
                for r in ("W_Q", "W_K")
            )
            value = sum(
                p * x for p, x in zip(choose(weights[f"{prefix}.W_V.W"][h]), num, strict=True)
            )
            predicate = choose(weights[f"{prefix}.W_pred.W"][h])
            matches = torch.einsum("bid,de,bje->bij", query, predicate, key)
            num_out.append(torch.einsum("bij,bj->bi", matches * visible, value))
        cat, num = cat + cat_out, num + num_out
        outputs = [
            plain_mlp(weights, f"blocks.{layer}.cat_mlp.mlps.{m}", cat)
            for m in range(config.n_cat_mlps)
        ]
        outputs += [
            plain_mlp(weights, f"blocks.{layer}.num_mlp.mlps.{m}", [x.unsqueeze(-1) for x in num])
            for m in range(config.n_num_mlps)
        ]
        cat = cat + outputs
    features = torch.cat([*cat, *(x.unsqueeze(-1) for x in num)], -1)
    if config.pool_outputs:
        features = (features * visible[:, 0].unsqueeze(-1)).mean(1)
    logits = features @ weights["unembed.W_U"]
    logits[..., list(config.masked_classes)] += -1e30
    return logits


def plain_attention(
    config: ModelConfig,
    weights: dict[str, Tensor],
    prefix: str,
    head: int,
    raw: Tensor,
    query: Any,
    key: Any,
    visible: Tensor,
) -> Tensor:
    length = visible.shape[-1]
    if config.attention_type == "score":
        logits = torch.einsum("bid,de,bje->bij", query, raw, key)
    else:
        matches = torch.einsum("bid,de,bje->bij", query, (raw / TAU).softmax(-1), key)
        total = (matches * visible).sum(-1)
        matches[..., 0] += (1 - total / (total + 1e-10)).relu()
        n = config.n_ctx
        offsets = (torch.arange(length) - torch.arange(length).unsqueeze(1)) % (2 * n)
        if config.rel_pos_bias == "none":
            logits = (matches / length + 1e-10).log()
        elif config.rel_pos_bias == "clipped":
            bias = weights[f"{prefix}.rel_pos_bias.bias"][head].clamp(-10, 10)
            logits = (matches + 1e-20).log() + bias[offsets]
        else:
            right = torch.linspace(0, -n, n - 1) / n
            bias = torch.cat([torch.tensor([-2.0]), right, torch.linspace(-n, 0, n) / n])
            logits = (matches + 1e-20).log() + bias[offsets]
    masked = logits.masked_fill(~visible, -1e30)
    return (masked / math.sqrt(config.d_var) / TAU).softmax(-1)


def plain_mlp(weights: dict[str, Tensor], prefix: str, variables: list[Tensor]) -> Tensor:
    reads = (weights[f"{prefix}.W_read.W"] / TAU).softmax(-1)
    x = torch.cat(
        [
            sum((p * v for p, v in zip(read, variables, strict=True)), torch.zeros(()))
            for read in reads
        ],
        -1,
    )
    hidden = (x @ weights[f"{prefix}.W_in"].T + weights[f"{prefix}.b_in"]).relu()
    outputs = hidden @ weights[f"{prefix}.W_out"].T + weights[f"{prefix}.b_out"]
    return (outputs.log_softmax(-1) / TAU).softmax(-1)


def sampler() -> Sampler:
    made = Sampler("softmax", torch.Generator().manual_seed(0))
    made.tau = TAU
    return made


def padded_ids(seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, 6, (5, 7), generator=generator)
    return ids * (torch.arange(7) < torch.tensor([1, 3, 5, 7, 7]).unsqueeze(1))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_logits_and_gradients_equal_the_plain_forwards(architecture: str) -> None:
    config = ModelConfig(**{**BASE, **ARCHITECTURES[architecture]})
    ids = padded_ids(1)
    tokens = ids != 0
    weighting = torch.randn(5, 7, config.n_classes, generator=torch.Generator().manual_seed(2))
    gradients = []
    for forward in ("plain", "fast"):
        weights = random_weights(config, 3)
        trained = {n: t.requires_grad_() for n, t in weights.items() if is_trained(config, n)}
        if forward == "plain":
            logits = plain_logits(config, weights, ids)
        else:
            batch = Batch.of(config, ids.T)
            logits = relaxed_logits(config, weights, batch, sampler())
            logits = logits.transpose(-1, -2) if config.pool_outputs else logits.permute(2, 0, 1)
        if config.pool_outputs:
            objective = (logits.log_softmax(-1) * weighting[:, 0])[:, 1].sum()
        else:
            objective = (logits.log_softmax(-1) * weighting * tokens.unsqueeze(-1))[..., 1].sum()
        objective.backward()
        gradients.append({name: tensor.grad for name, tensor in trained.items()})
        gradients[-1]["objective"] = objective.detach()
    plain, fast = gradients
    for name, gradient in plain.items():
        if gradient is None:
            assert fast[name] is None or not fast[name].any(), name
        else:
            torch.testing.assert_close(fast[name], gradient, rtol=1e-8, atol=1e-9, msg=name)


def test_several_networks_run_as_one() -> None:
    for options in ARCHITECTURES.values():
        config = ModelConfig(**{**BASE, **options})
        networks = [random_weights(config, seed) for seed in range(3)]
        batch = Batch.of(config, padded_ids(1).T)
        stacked = {name: torch.stack([w[name] for w in networks]) for name in networks[0]}
        together = relaxed_logits(config, stacked, batch, sampler())
        for index, weights in enumerate(networks):
            alone = relaxed_logits(config, weights, batch, sampler())
            torch.testing.assert_close(together[index], alone)


def test_gradients_of_the_hand_written_operations() -> None:
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator).requires_grad_()

    visible = torch.ones(3, 3).tril()[:, :, None, None].expand(3, 3, 1, 2).contiguous()
    assert torch.autograd.gradcheck(match_scores, (random(3, 2, 4, 2), random(3, 2, 4, 2)))
    assert torch.autograd.gradcheck(aggregate, (random(3, 3, 2, 2), random(3, 2, 4, 2)))
    matches = random(3, 3, 2, 2)
    assert torch.autograd.gradcheck(lambda m: match_log(m, visible, 0.5, 1e-3), (matches,))


def test_gradient_of_the_stand_in_match() -> None:
    """Where matches are about to vanish, the stand-in's gradient is upstream's formula."""
    visible = torch.ones(2, 2, 1, 1)
    for size in (0.0, 1e-11, 1e-10, 1e-6):
        matches = torch.tensor([[0.0, size], [size, 0.0]])[:, :, None, None].requires_grad_()
        plain = matches.detach().clone().requires_grad_()
        match_log(matches, visible, 1.0, 1e-20).sum().backward()
        total = plain.sum(1, keepdim=True)
        first = torch.tensor([1.0, 0.0])[None, :, None, None]
        found = plain + first * (1 - total / (total + 1e-10)).relu()
        (found + 1e-20).log().sum().backward()
        torch.testing.assert_close(matches.grad, plain.grad, rtol=1e-4, atol=0.0)


def test_constant_bias_ranks_as_the_discrete_network_does() -> None:
    for n_ctx in (1, 2, 3, 8, 16):
        bias, ranks = closest_bias(n_ctx), closest_ranks(n_ctx)
        for query in range(n_ctx):
            # Ranks only break ties of the bias, towards the left.
            by_bias = sorted(range(n_ctx), key=lambda j: (-float(bias[query, j]), j))
            by_rank = sorted(range(n_ctx), key=lambda j: -int(ranks[query, j]))
            assert by_bias == by_rank


def test_gumbel_samples_follow_the_logits() -> None:
    torch.set_default_dtype(torch.float32)
    draw = Sampler("gumbel_hard", torch.Generator().manual_seed(0))
    draw.tau = 0.5
    logits = torch.tensor([0.0, 1.0, 2.0])
    hard = draw(logits.expand(20_000, 3))
    torch.testing.assert_close(hard, torch.eye(3)[hard.argmax(-1)])
    torch.testing.assert_close(hard.mean(0), logits.softmax(-1), atol=0.015, rtol=0.0)
    soft = Sampler("gumbel_soft", torch.Generator().manual_seed(0))
    soft.tau = 0.5
    sampled = soft(logits.expand(20_000, 3))
    torch.testing.assert_close(sampled.argmax(-1), hard.argmax(-1))
    assert float(sampled.max(-1).values.mean()) < 0.95


def test_hard_samples_pass_the_soft_gradient() -> None:
    logits = torch.randn(4, 5, requires_grad=True)
    weighting = torch.randn(4, 5)
    gradients = []
    for function in ("gumbel_soft", "gumbel_hard"):
        draw = Sampler(function, torch.Generator().manual_seed(1))
        (draw(logits) * weighting).sum().backward()
        gradients.append(logits.grad)
        logits.grad = None
    torch.testing.assert_close(*gradients)


def test_equal_generators_give_equal_draws() -> None:
    draws = [
        Sampler("gumbel_soft", torch.Generator().manual_seed(seed))(torch.zeros(3, 4))
        for seed in (5, 5, 6)
    ]
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
