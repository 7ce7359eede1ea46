"""Plain heads, and the networks of them that a search starts from."""

from __future__ import annotations

import torch

from tests.training.search.networks import plain, seeded, task_rows
from tpc.model.architecture import initial_weights
from tpc.model.choices import Choices, HeadChoice, TableChoice
from tpc.training.search.evaluation import live
from tpc.training.search.plain import counting_heads, plain_heads, plain_network


def test_plain_networks_classify_nothing_and_look_for_what_there_is() -> None:
    architecture = {"n_layers": 2, "n_heads_cat": 4, "n_heads_num": 4, "n_num_mlps": 1}
    config, train = task_rows("sort", architecture)
    choices = Choices.of(config, initial_weights(config, torch.Generator().manual_seed(0)))
    seen = torch.unique(train.ids[train.ids != 0])
    made = plain_network(choices, seen, seeded(1))
    assert not bool(made.classifier.any())
    assert live(made) == set()
    numerical = [
        head for name, head in made.heads.items() if made.components[name].kind.is_numerical
    ]
    counted = {tuple(head.predicate.tolist()) for head in numerical}
    assert len(counted) == len(numerical)
    for head in numerical:
        assert head.key == "tokens"
        one_key = len(set(head.predicate.tolist())) == 1
        assert not one_key or int(head.predicate[0]) in seen.tolist()
    for name in made.heads:
        assert all(isinstance(head, HeadChoice) for head in plain_heads(made, name))
    for name, mlp in made.mlps.items():
        assert isinstance(mlp, TableChoice)
        assert mlp.reads[0] in made.readable(name)


def test_counting_heads_count_each_variable() -> None:
    config, train = task_rows("most_freq", {"n_heads_num": 1, "n_num_mlps": 1})
    near, given = counting_heads(plain(config, train).choices, ("tokens", "mlp_0_0"))
    heads = [*near, *given]
    assert {head.query for head in heads} == {"tokens", "mlp_0_0"}
    assert all(head.query == head.key and head.value == "ones" for head in heads)
    assert len(heads) == 2 * (3 + config.d_var)
