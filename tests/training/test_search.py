"""The search over discrete choices: what it computes is what the network does, and it helps."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from tests.model.test_choices import ARCHITECTURES, drawn, network
from tpc.data.options import task_arguments
from tpc.model import layout
from tpc.model.choices import Choices, HeadChoice, TableChoice, realised
from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork
from tpc.model.initial import initial_weights
from tpc.training.encoding import Encoded, encode
from tpc.training.planning import make_plan
from tpc.training.search.blocks import (
    head_estimates,
    improved,
    local_costs,
    n_outputs,
    table_estimates,
)
from tpc.training.search.evaluation import Evaluation, weighted_losses
from tpc.training.search.gain import new_heads, new_tables, without_rows
from tpc.training.search.refit import PENALTY, refitted
from tpc.training.search.rounds import search_round
from tpc.training.search.rows import Rows, sample_rows
from tpc.training.search.schedule import Start


def some_rows(seed: int, n_rows: int = 30) -> Encoded:
    """Rows of random tokens and tags, padded."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, 5, (4, n_rows), generator=generator)
    lengths = torch.randint(1, 5, (n_rows,), generator=generator)
    padding = torch.arange(4).unsqueeze(1) >= lengths
    tags = torch.randint(1, 4, (4, n_rows), generator=generator)
    return Encoded(ids.masked_fill(padding, 0), tags.masked_fill(padding, 0))


def evaluation(architecture: dict[str, Any], seed: int = 0) -> Evaluation:
    config, weights = network(architecture, seed)
    rows = Rows.of(config, some_rows(seed), "per_token")
    return Evaluation.of(Choices.of(config, weights), rows)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_evaluation_is_the_discrete_network(architecture: dict[str, Any]) -> None:
    config, weights = network(architecture, 4)
    split = some_rows(4)
    found = Evaluation.of(Choices.of(config, weights), Rows.of(config, split, "per_token"))
    ids = split.ids.T
    trace = DiscreteNetwork(config, weights, torch.float32).trace(ids, ids != 0)
    for name, values in trace.variables.items():
        assert torch.equal(
            found.rows.at_scored(values.to(found.values[name].dtype)),
            found.rows.at_scored(found.values[name]),
        ), name
    torch.testing.assert_close(found.logits, found.rows.at_scored(trace.logits))
    losses = functional.cross_entropy(
        trace.logits.flatten(0, 1), split.tags.T.flatten(), reduction="none", ignore_index=0
    )
    by_row = losses.view(ids.shape).sum(1) / (ids != 0).sum(1)
    assert found.loss == pytest.approx(float(by_row.mean()), rel=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_changes_are_computed_in_full(architecture: dict[str, Any]) -> None:
    start = evaluation(architecture)
    generator = torch.Generator().manual_seed(9)
    for name in start.choices.components:
        choice = drawn(start.choices, name, generator)
        found = start.changed(name, choice)
        again = Evaluation.of(start.choices.with_component(name, choice), start.rows)
        for variable, values in again.values.items():
            assert torch.equal(values, found.values[variable]), (name, variable)
        torch.testing.assert_close(found.logits, again.logits, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_estimates_of_the_last_layer_are_exact(architecture: dict[str, Any]) -> None:
    """What a block move promises there is what the whole network then does."""
    start = evaluation(architecture)
    last = start.choices.config.n_layers - 1
    for name in start.choices.components:
        if f"_{last}_" not in name:
            continue
        costs = local_costs(start, name, n_outputs(start, name))
        own = start.rows.at_scored(start.values[name]).long().clamp(max=costs.shape[1] - 1)
        if int(start.values[name].max()) < costs.shape[1]:
            assert float(costs.gather(1, own.unsqueeze(1)).sum()) == pytest.approx(start.loss)
        find = head_estimates if name in start.choices.heads else table_estimates
        for estimate in find(start, name, costs)[::5]:
            changed = start.changed(name, estimate.choice)
            assert changed.loss == pytest.approx(estimate.loss, abs=1e-4), name


def test_a_block_is_the_best_of_all_predicates() -> None:
    """By trying every predicate, on rows of two tokens."""
    config, weights = network({"n_layers": 1, "n_num_mlps": 0, "n_heads_num": 0}, 5)
    split = some_rows(5)
    two = Encoded(split.ids.clamp(max=2), split.tags)
    start = Evaluation.of(Choices.of(config, weights), Rows.of(config, two, "per_token"))
    reads = ("tokens", "positions", "tokens")
    (found,) = [
        estimate
        for estimate in head_estimates(start, "attn_0_0", local_costs(start, "attn_0_0", 5))
        if isinstance(estimate.choice, HeadChoice)
        and (estimate.choice.query, estimate.choice.key, estimate.choice.value) == reads
    ]
    every = [
        start.changed("attn_0_0", HeadChoice(*reads, torch.tensor([0, first, second, 0, 0]))).loss
        for first in range(5)
        for second in range(5)
    ]
    assert found.loss == pytest.approx(min(every), abs=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_improving_never_harms_and_can_be_written(architecture: dict[str, Any]) -> None:
    config, weights = network(architecture, 6)
    now = Evaluation.of(Choices.of(config, weights), Rows.of(config, some_rows(6), "per_seq"))
    start = now.loss
    for name in reversed(now.choices.components):
        better = improved(now, name)
        assert better.loss <= now.loss
        now = better
    assert now.loss < start
    again = Evaluation.of(Choices.of(config, realised(now.choices, weights)), now.rows)
    assert again.loss == pytest.approx(now.loss, rel=1e-4)


def test_the_classifier_is_at_the_minimum() -> None:
    start = evaluation({"n_layers": 1, "n_classes": 4, "masked_classes": (0,)}, 7)
    found = refitted(start, 200)
    rows = found.choices.classifier.clone().double().requires_grad_()
    config, data = start.choices.config, start.rows
    features = [
        functional.one_hot(data.at_scored(start.values[name]), 5).double()
        for name in layout.categorical_variables(config, 1)
    ]
    features += [
        data.at_scored(start.values[name]).unsqueeze(1).double()
        for name in layout.numerical_variables(config, 1)
    ]
    logits = torch.cat(features, 1) @ rows
    logits = logits + torch.tensor([-1e30, 0, 0, 0], dtype=torch.float64)
    loss = weighted_losses(logits, data).sum() + PENALTY * rows.square().sum()
    (gradient,) = torch.autograd.grad(loss, rows)
    assert float(gradient.abs().max()) < 2e-3
    assert found.loss < 0.9 * start.loss


def test_gains_order_features_as_fitting_them_does() -> None:
    start = refitted(
        evaluation(
            {"n_layers": 1, "n_heads_cat": 1, "n_heads_num": 0, "n_cat_mlps": 1, "n_num_mlps": 0}, 8
        ),
        50,
    )
    bare = without_rows(refitted(without_rows(start, "attn_0_0"), 50), "attn_0_0")
    found = new_heads(bare, "attn_0_0", torch.Generator().manual_seed(0))
    assert [one.gain for one in found] == sorted((one.gain for one in found), reverse=True)
    best, worst = (
        refitted(bare.changed("attn_0_0", found[index].choice), 50, ("attn_0_0",)).loss
        for index in (0, -1)
    )
    assert best < worst
    tables = new_tables(bare, "mlp_0_0", torch.Generator().manual_seed(0))
    assert all(isinstance(one.choice, TableChoice) for one in tables)
    assert tables[0].gain >= tables[-1].gain


def test_samples_stand_for_all_rows() -> None:
    config, _ = network(ARCHITECTURES[0], 0)
    split, wrong = some_rows(0, 400), torch.arange(400) < 60
    generator = torch.Generator().manual_seed(0)
    rows = sample_rows(config, split, "per_token", wrong, 100, generator)
    assert rows.ids.shape[0] == 100
    assert float(rows.weights.sum()) == pytest.approx(1, rel=1e-5)
    # 50 of the 60 wrong rows, which stand for 60 of 400.
    of_row = torch.zeros(100).index_add_(0, rows.scored // 4, rows.weights)
    assert float(of_row[:50].sum()) == pytest.approx(60 / 400, rel=1e-4)
    whole = sample_rows(config, split, "per_token", wrong, 1000, generator)
    assert whole.ids.shape[0] == 400


def test_search_alone_learns_to_count() -> None:
    """From random weights, without any gradient, where a tenth of the labels are right."""
    plan = make_plan(
        "hist",
        task_arguments("hist", vocab_size=6, max_length=5, dataset_size=400),
        {"n_layers": 1, "n_heads_cat": 1, "n_heads_num": 1, "n_cat_mlps": 1, "n_num_mlps": 1},
        {},
    )
    train = encode(plan.dataset, "train")
    config = plan.model
    assert isinstance(config, ModelConfig)
    weights = initial_weights(config, torch.Generator().manual_seed(0))
    generator, losses = torch.Generator().manual_seed(0), []
    for index in range(16):
        start: Start = "last" if index else "trained"
        found = search_round(Choices.of(config, weights), train, "per_token", generator, start)
        weights = realised(found.choices, weights)
        losses.append(found.loss)
    assert losses == sorted(losses, reverse=True)
    right = found.logits.argmax(1) == found.rows.tags
    assert float(right.float().mean()) > 0.99
