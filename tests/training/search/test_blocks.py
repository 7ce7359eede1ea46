"""The best head or MLP given all others."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.model.test_choices import ARCHITECTURES, network
from tests.training.search.networks import evaluation, pooled, some_rows
from tpc.model.choices import Choices, HeadChoice, realised
from tpc.training.encoding import Encoded
from tpc.training.search.blocks import (
    head_estimates,
    improved,
    local_costs,
    n_outputs,
    table_estimates,
)
from tpc.training.search.evaluation import Evaluation, run, weighted_losses
from tpc.training.search.rows import Rows
from tpc.training.search.settings import DEFAULT


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
        if name in start.choices.heads:
            estimates = head_estimates(start, name, costs, DEFAULT.many_variables)
        else:
            estimates = table_estimates(start, name, costs)
        for estimate in estimates[::5]:
            changed = start.changed(name, estimate.choice)
            assert changed.loss == pytest.approx(estimate.loss, abs=1e-4), name


@pytest.mark.parametrize("name", ["attn_0_0", "attn_0_1", "num_attn_0_0", "mlp_0_0"])
def test_costs_of_one_position_of_a_pooled_network(name: str) -> None:
    """Of a layer that no head reads, so that nothing changes at other positions."""
    start = pooled({"n_layers": 1}, 3)
    rows, choices = start.rows, start.choices
    costs = local_costs(start, name, n_outputs(start, name))
    share = weighted_losses(start.logits, rows) / rows.of_labels(torch.ones(len(rows.scored)))
    own = rows.at_scored(start.values[name]).long().unsqueeze(1)
    torch.testing.assert_close(costs.gather(1, own).squeeze(1), rows.at_tokens(share))
    assert float(costs.gather(1, own).sum()) == pytest.approx(start.loss)
    for token in range(0, len(rows.scored), 7):
        for value in range(costs.shape[1]):
            values = dict(start.values)
            values[name] = start.values[name].clone()
            values[name].view(-1)[rows.scored[token]] = value
            for later in choices.after(name):
                values[later] = run(choices, rows, later, values)
            changed = Evaluation(choices, rows, values, start.logits)
            changed = changed.reclassified(choices.classifier)
            gained = float(costs[token, value] - costs[token, own[token, 0]])
            assert gained == pytest.approx(changed.loss - start.loss, abs=1e-5)


def test_a_block_is_the_best_of_all_predicates() -> None:
    """By trying every predicate, on rows of two tokens."""
    config, weights = network({"n_layers": 1, "n_num_mlps": 0, "n_heads_num": 0}, 5)
    split = some_rows(5)
    two = Encoded(split.ids.clamp(max=2), split.tags)
    start = Evaluation.of(Choices.of(config, weights), Rows.of(config, two, "per_token"))
    reads = ("tokens", "positions", "tokens")
    (found,) = [
        estimate
        for estimate in head_estimates(start, "attn_0_0", local_costs(start, "attn_0_0", 5), 20)
        if isinstance(estimate.choice, HeadChoice)
        and (estimate.choice.query, estimate.choice.key, estimate.choice.value) == reads
    ]
    every = [
        start.changed("attn_0_0", HeadChoice(*reads, torch.tensor([0, first, second, 0, 0]))).loss
        for first in range(5)
        for second in range(5)
    ]
    assert found.loss == pytest.approx(min(every), abs=1e-5)


def improved_all(now: Evaluation) -> Evaluation:
    """The network with every component improved in turn; none of it may harm, and some help."""
    start = now.loss
    for name in reversed(tuple(now.choices.components)):
        better = improved(now, name, DEFAULT)
        assert better.loss <= now.loss
        now = better
    assert now.loss < start
    return now


def test_improving_a_pooled_network_never_harms() -> None:
    now = improved_all(pooled({"n_layers": 2}, 6))
    again = Evaluation.of(now.choices, now.rows)
    assert again.loss == pytest.approx(now.loss, rel=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_improving_never_harms_and_can_be_written(architecture: dict[str, Any]) -> None:
    config, weights = network(architecture, 6)
    rows = Rows.of(config, some_rows(6), "per_seq")
    now = improved_all(Evaluation.of(Choices.of(config, weights), rows))
    again = Evaluation.of(Choices.of(config, realised(now.choices, weights)), now.rows)
    assert again.loss == pytest.approx(now.loss, rel=1e-4)
