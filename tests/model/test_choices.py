"""Discrete choices: read from weights, changed, and written back as weights that make them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tpc.model import layout
from tpc.model.architecture import initial_weights
from tpc.model.choices import (
    Choices,
    HeadChoice,
    TableChoice,
    realised,
    supports,
)
from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork
from tpc.model.layout import components_of

SIZES: dict[str, Any] = {"vocabulary_size": 5, "n_classes": 4, "n_ctx": 4, "d_var": 5}
ARCHITECTURES: list[dict[str, Any]] = [
    {"n_layers": 2, "n_cat_mlps": 2},
    {"n_layers": 2, "autoregressive": True, "n_num_mlps": 2},
    {"n_layers": 1, "rel_pos_bias": "clipped", "masked_classes": (0,)},
    {"n_layers": 1, "rel_pos_bias": "none", "mlp_vars_in": 1},
    {"n_layers": 1, "n_heads_cat": 0, "selector_width": True},
    {"n_layers": 2, "n_heads_num": 0, "n_num_mlps": 0},
]


def network(architecture: dict[str, Any], seed: int) -> tuple[ModelConfig, dict[str, Tensor]]:
    config = ModelConfig(**{**SIZES, **architecture})
    generator = torch.Generator().manual_seed(seed)
    weights = initial_weights(config, generator)
    for name in weights:
        if name.endswith("bias"):
            weights[name] = torch.randn(weights[name].shape, generator=generator)
    return config, weights


def drawn(choices: Choices, name: str, generator: torch.Generator) -> HeadChoice | TableChoice:
    """Any choice that this component can make."""

    def one_of(names: tuple[str, ...]) -> str:
        return names[int(torch.randint(len(names), (), generator=generator))]

    config = choices.config
    variables = choices.readable(name)
    if name in choices.heads:
        values = (
            layout.numerical_inputs(config)[:1]
            if choices.components[name].kind.is_numerical
            else variables
        )
        predicate = torch.randint(config.d_var, (config.d_var,), generator=generator)
        return HeadChoice(one_of(variables), one_of(variables), one_of(values), predicate)
    old = choices.mlps[name]
    table = torch.zeros_like(old.table)
    cells = torch.randint(len(table), (12,), generator=generator)
    table[cells] = torch.randint(config.d_var, (12,), generator=generator)
    return TableChoice(tuple(one_of(variables) for _ in old.reads), old.base, table)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_choices_are_what_the_written_network_does(architecture: dict[str, Any]) -> None:
    config, weights = network(architecture, 1)
    generator = torch.Generator().manual_seed(2)
    choices = Choices.of(config, weights)
    for name in choices.components:
        choices = choices.with_component(name, drawn(choices, name, generator))
    choices = choices.with_classifier(torch.randn(choices.classifier.shape, generator=generator))
    written = realised(choices, weights)
    found = Choices.of(config, written)
    assert dict(found.heads).keys() == dict(choices.heads).keys()
    for name, head in choices.heads.items():
        other = found.heads[name]
        assert (head.query, head.key, head.value) == (other.query, other.key, other.value)
        assert torch.equal(head.predicate, other.predicate)
    for name, mlp in choices.mlps.items():
        assert mlp.reads == found.mlps[name].reads
        assert torch.equal(mlp.table, found.mlps[name].table), name
    assert torch.equal(choices.classifier, found.classifier)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_components_are_named_and_ordered_as_the_layout_says(architecture: dict[str, Any]) -> None:
    config, _ = network(architecture, 0)
    names: list[str] = []
    for layer in range(config.n_layers):
        for kind in layout.Kind:
            names += layout.outputs(config, kind, layer)
    found = components_of(config)
    assert list(found) == names
    assert [one.kind.is_head for one in found.values()] == ["attn" in name for name in names]
    assert [one.kind.is_numerical for one in found.values()] == [
        name.startswith("num") for name in names
    ]


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_what_stays_keeps_its_weights(architecture: dict[str, Any]) -> None:
    config, weights = network(architecture, 3)
    same = realised(Choices.of(config, weights), weights)
    assert all(torch.equal(tensor, weights[name]) for name, tensor in same.items())
    assert all(same[name] is not weights[name] for name in same)


def test_a_table_over_sums_tells_all_of_them_apart() -> None:
    """A numerical MLP that is written counts right up to the largest sum of counts."""
    config, weights = network({"n_layers": 2, "mlp_vars_in": 1}, 0)
    choices = Choices.of(config, weights)
    base = choices.mlps["num_mlp_1_0"].base
    assert base == 17
    table = torch.arange(base) % 5
    choices = choices.with_component("num_mlp_1_0", TableChoice(("num_attn_1_0",), base, table))
    network_of = DiscreteNetwork(config, realised(choices, weights), torch.float32)
    values, margins = network_of.mlps["num_mlp_1_0"].run([torch.arange(base).float()])
    assert torch.equal(values, table)
    assert float(margins.min()) == 10


def test_tables_need_hidden_units() -> None:
    config, weights = network({"n_layers": 1, "d_mlp": 3}, 0)
    choices = Choices.of(config, weights)
    for name in ("mlp_0_0", "num_mlp_0_0"):
        old = choices.mlps[name]
        table = torch.zeros_like(old.table)
        table[:1] = 1
        few = TableChoice(old.reads, old.base, table)
        assert choices.writable(name, few)
        table = torch.arange(len(table)) % 4
        many = TableChoice(old.reads, old.base, table)
        assert not choices.writable(name, many)
        realised(choices.with_component(name, few), weights)
        with pytest.raises(ValueError, match="too few hidden units"):
            realised(choices.with_component(name, many), weights)


@pytest.mark.parametrize(
    "architecture",
    [
        {"attention_type": "score"},
        {"one_hot_embed": False, "n_vars_cat": 2},
        {"count_only": False},
        {"pool_outputs": True, "autoregressive": True},
        {"mlp_vars_in": 9},
    ],
    ids=str,
)
def test_what_has_no_discrete_choices(architecture: dict[str, Any]) -> None:
    config, weights = network(architecture, 0)
    assert not supports(config)
    with pytest.raises(ValueError, match="discrete"):
        Choices.of(config, weights)
