"""What a search finds in several places at once, and the plain networks that it starts from."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tpc.data.options import task_arguments
from tpc.model.choices import Choices, HeadChoice, TableChoice, is_numerical, layer_of, readable
from tpc.model.config import ModelConfig
from tpc.model.initial import initial_weights
from tpc.training.encoding import Encoded, encode
from tpc.training.planning import make_plan
from tpc.training.search.compound_query import Slots, compounds, slots_for
from tpc.training.search.compound_table import source_for, tables
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.grow import grown, with_compound
from tpc.training.search.plain import plain_heads, plain_network
from tpc.training.search.refit import refitted
from tpc.training.search.rows import Rows
from tpc.training.search.use import used


def drawn(task: str, architecture: dict[str, Any], **sizes: int) -> tuple[ModelConfig, Encoded]:
    arguments = task_arguments(task, **{"dataset_size": 600, **sizes})
    plan = make_plan(task, arguments, architecture, {})
    assert isinstance(plan.model, ModelConfig)
    return plan.model, encode(plan.dataset, "train")


def plain(config: ModelConfig, train: Encoded, seed: int = 0) -> Evaluation:
    generator = torch.Generator().manual_seed(seed)
    choices = Choices.of(config, initial_weights(config, generator))
    network = plain_network(choices, torch.unique(train.ids[train.ids != 0]), generator)
    return refitted(Evaluation.of(network, Rows.of(config, train, "per_token")), 10)


def accuracy(evaluation: Evaluation) -> float:
    return 1 - evaluation.errors / len(evaluation.rows.tags)


def test_reversing_is_found_at_once() -> None:
    """Where the sequence ends, what is as far from there, and the token at that place."""
    config, train = drawn("reverse", {"n_heads_cat": 1})
    start = plain(config, train)
    slots = Slots("attn_1_0", "mlp_0_0", "attn_0_0")
    best = compounds(start, slots, True, torch.Generator().manual_seed(0))[0]
    assert [name for name, _ in best.choices] == ["attn_0_0", "mlp_0_0", "attn_1_0"]
    found = with_compound(start, best)
    assert accuracy(start) < 0.5
    assert accuracy(found) == 1.0
    assert used(found.choices) == {"attn_0_0", "mlp_0_0", "attn_1_0"}


def test_a_query_of_two_variables_that_are_there_already() -> None:
    config, train = drawn("reverse", {"n_heads_cat": 1})
    start = plain(config, train)
    slots, generator = Slots("attn_1_0", "mlp_0_0", "attn_0_0"), torch.Generator().manual_seed(0)
    source = compounds(start, slots, True, generator)[0]
    ready = start.changed("attn_0_0", dict(source.choices)["attn_0_0"])
    # A few of the keys and values are drawn each time.
    found = [compounds(ready, slots, False, generator)[0] for _ in range(8)]
    best = max(found, key=lambda one: one.gain)
    assert [name for name, _ in best.choices] == ["mlp_0_0", "attn_1_0"]
    assert accuracy(with_compound(ready, best)) == 1.0


@pytest.mark.parametrize("kind", ["cat", "num"])
def test_tables_come_with_what_they_read(kind: str) -> None:
    numerical = kind == "num"
    counts = {"n_heads_num": 1, "n_num_mlps": 1} if numerical else {}
    config, train = drawn("hist", {"n_layers": 1, "n_heads_cat": 1, **counts})
    start = plain(config, train)
    mlp, head = ("num_mlp_0_0", "num_attn_0_0") if numerical else ("mlp_0_0", "attn_0_0")
    generator = torch.Generator().manual_seed(0)
    assert source_for(start, mlp, generator) == head
    found = tables(start, mlp, head, generator)
    gains = [one.gain for one in found]
    assert gains == sorted(gains, reverse=True)
    better = with_compound(start, found[0])
    assert better.loss < start.loss
    assert head in better.choices.reads(mlp)
    if numerical:
        assert accuracy(better) == 1.0


def test_places_drawn_come_before_what_reads_them() -> None:
    config, train = drawn("reverse", {"n_layers": 3, "n_heads_num": 1, "n_num_mlps": 1})
    start, generator = plain(config, train), torch.Generator().manual_seed(0)
    for name in start.choices.components:
        slots = slots_for(start, name, generator)
        if slots is not None:
            assert layer_of(slots.source) <= layer_of(slots.mlp) < layer_of(name)
        assert (slots is not None) == (name in start.choices.heads and layer_of(name) > 0)
        source = source_for(start, name, generator)
        assert (source is not None) == (name in start.choices.mlps)
        assert (
            source is None
            or source in readable(config, name)[:0]
            or source in (start.choices.heads)
        )


def test_plain_networks_classify_nothing_and_look_for_what_there_is() -> None:
    architecture = {"n_layers": 2, "n_heads_cat": 4, "n_heads_num": 4, "n_num_mlps": 1}
    config, train = drawn("sort", architecture)
    choices = Choices.of(config, initial_weights(config, torch.Generator().manual_seed(0)))
    seen = torch.unique(train.ids[train.ids != 0])
    made = plain_network(choices, seen, torch.Generator().manual_seed(1))
    assert not bool(made.classifier.any())
    assert used(made) == set()
    numerical = [head for name, head in made.heads.items() if is_numerical(name)]
    counted = {tuple(head.wanted.tolist()) for head in numerical}
    assert len(counted) == len(numerical)
    for head in numerical:
        assert head.key == "tokens"
        one_key = len(set(head.wanted.tolist())) == 1
        assert not one_key or int(head.wanted[0]) in seen.tolist()
    for name in made.heads:
        assert all(isinstance(head, HeadChoice) for head in plain_heads(made, name))
    for name, mlp in made.mlps.items():
        assert isinstance(mlp, TableChoice)
        assert mlp.reads[0] in readable(config, name)


def test_growth_adds_only_what_helps_where_nothing_is() -> None:
    config, train = drawn("hist", {"n_layers": 1, "n_heads_cat": 1, "n_heads_num": 1})
    start = plain(config, train)
    assert used(start.choices) == set()
    larger = grown(start, torch.Generator().manual_seed(0))
    assert larger.loss < start.loss
    new = used(larger.choices)
    assert new
    for name, head in start.choices.heads.items():
        assert name in new or larger.choices.heads[name] is head


def test_labels_that_can_never_win_are_left_out() -> None:
    architecture = {"n_layers": 2, "n_heads_cat": 1}
    config, train = drawn("induction", architecture, vocab_size=10, max_length=9, min_length=9)
    assert config.masked_classes
    found = plain(config, train)
    assert not bool(torch.isin(found.rows.tags, torch.tensor(config.masked_classes)).any())
    assert found.loss < 10
