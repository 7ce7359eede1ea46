"""What the search computes is what the network does."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional

from tests.model.test_choices import ARCHITECTURES, drawn, network
from tests.training.search.networks import (
    evaluation,
    labelled_rows,
    plain,
    pooled,
    some_rows,
    task_rows,
)
from tpc.model.choices import Choices, HeadChoice
from tpc.model.discrete import DiscreteNetwork
from tpc.training.search.evaluation import Evaluation, classified, live, live_inputs
from tpc.training.search.rows import Rows


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


POOLED = [one for one in ARCHITECTURES if not one.get("autoregressive")]


@pytest.mark.parametrize("architecture", POOLED, ids=str)
def test_pooled_evaluation_is_the_discrete_network(architecture: dict[str, Any]) -> None:
    config, weights = network({**architecture, "pool_outputs": True}, 4)
    split = labelled_rows(4)
    rows = Rows.of(config, split, "per_token")
    found = Evaluation.of(Choices.of(config, weights), rows)
    ids = split.ids.T
    trace = DiscreteNetwork(config, weights, torch.float32).trace(ids, ids != 0)
    expected = trace.logits.flatten(0, -2)[rows.labelled]
    torch.testing.assert_close(found.logits, expected)
    losses = functional.cross_entropy(expected, split.tags[0, rows.labelled], reduction="sum")
    assert found.loss == pytest.approx(float(losses) / len(split), rel=1e-5)
    wrong = expected.argmax(1) != split.tags[0, rows.labelled]
    assert found.errors == int(wrong.sum())


@pytest.mark.parametrize("architecture", POOLED, ids=str)
def test_changes_of_pooled_networks_are_computed_in_full(architecture: dict[str, Any]) -> None:
    start = pooled(architecture)
    generator = torch.Generator().manual_seed(9)
    for name in start.choices.components:
        choice = drawn(start.choices, name, generator)
        again = Evaluation.of(start.choices.with_component(name, choice), start.rows)
        found = start.changed(name, choice)
        torch.testing.assert_close(found.logits, again.logits, atol=1e-4, rtol=1e-4)


def test_labels_that_can_never_win_are_left_out() -> None:
    architecture = {"n_layers": 2, "n_heads_cat": 1}
    config, train = task_rows("induction", architecture, vocab_size=10, max_length=9, min_length=9)
    assert config.masked_classes
    found = plain(config, train)
    assert not bool(torch.isin(found.rows.tags, torch.tensor(config.masked_classes)).any())
    assert found.loss < 10


def test_what_is_classified_and_what_that_reads_is_live() -> None:
    choices = plain(*task_rows("sort", {"n_layers": 3, "n_heads_cat": 1})).choices
    choices = choices.with_classifier(torch.zeros_like(choices.classifier))
    assert classified(choices) == ()
    assert live(choices) == set()
    same = torch.arange(choices.config.d_var)
    for name, key in (("attn_0_0", "tokens"), ("attn_1_0", "tokens"), ("attn_2_0", "attn_0_0")):
        choices = choices.with_component(name, HeadChoice("tokens", key, "positions", same))
    choices.classifier[choices.rows_of("attn_2_0").start, 1] = 1.0
    assert classified(choices) == ("attn_2_0",)
    assert live(choices) == {"attn_0_0", "attn_2_0"}
    assert live_inputs(choices, "attn_2_0") == ("tokens", "positions", "attn_0_0")
