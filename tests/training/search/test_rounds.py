"""Rounds of search, from random weights alone."""

from __future__ import annotations

import torch

from tests.training.search.networks import plain, seeded, task_rows
from tpc.data.dataset import task_arguments
from tpc.model.architecture import initial_weights
from tpc.model.choices import Choices, realised
from tpc.model.config import ModelConfig
from tpc.training.encoding import encode
from tpc.training.planning import make_plan
from tpc.training.search.evaluation import live
from tpc.training.search.rounds import grown, search_round
from tpc.training.search.settings import Start


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
    search, losses = seeded(), []
    for index in range(16):
        start: Start = "last" if index else "trained"
        found = search_round(Choices.of(config, weights), train, "per_token", search, start)
        weights = realised(found.choices, weights)
        losses.append(found.loss)
    assert losses == sorted(losses, reverse=True)
    right = found.logits.argmax(1) == found.rows.tags
    assert float(right.float().mean()) > 0.99


def test_growth_adds_only_what_helps_where_nothing_is() -> None:
    config, train = task_rows("hist", {"n_layers": 1, "n_heads_cat": 1, "n_heads_num": 1})
    start = plain(config, train)
    assert live(start.choices) == set()
    larger = grown(start, seeded())
    assert larger.loss < start.loss
    new = live(larger.choices)
    assert new
    for name, head in start.choices.heads.items():
        assert name in new or larger.choices.heads[name] is head
