"""Rows that stand for more rows."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.model.test_choices import ARCHITECTURES, network
from tests.training.search.networks import labelled_rows, plain, some_rows, task_rows
from tpc.model.choices import Choices
from tpc.training.loss import discrete_score
from tpc.training.recipe import LossAggregation
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.rows import LEAST_ROWS, Rows, sample_rows

POOLED = {**ARCHITECTURES[0], "pool_outputs": True}


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


@pytest.mark.parametrize("aggregation", ["per_token", "per_seq"])
def test_weights_of_classes_give_the_loss_of_training(aggregation: LossAggregation) -> None:
    config, weights = network(ARCHITECTURES[0], 0)
    split = replace(some_rows(0), class_weights=torch.tensor([1.0, 0.5, 2.0, 0.25]))
    found = Evaluation.of(Choices.of(config, weights), Rows.of(config, split, aggregation))
    expected = discrete_score(config, weights, split, aggregation)
    plainly = discrete_score(config, weights, replace(split, class_weights=None), aggregation)
    assert found.loss == pytest.approx(expected.loss, rel=1e-5)
    assert found.loss != pytest.approx(plainly.loss, rel=1e-3)


def test_subsampled_rows_are_some_of_the_rows_and_stand_for_all() -> None:
    config, train = task_rows("sort", {"n_heads_cat": 1})
    whole = plain(config, train)
    few = whole.subsampled(len(whole.rows.tags) // 3)
    assert 0 < len(few.rows.tags) <= len(whole.rows.tags) // 3 + 10
    assert float(few.rows.weights.sum()) == pytest.approx(float(whole.rows.weights.sum()))
    assert whole.subsampled(len(whole.rows.tags)) is whole
    step = -(-len(whole.rows.ids) // len(few.rows.ids))
    assert torch.equal(few.rows.ids, whole.rows.ids[::step])
    again = Evaluation.of(whole.choices, replace(few.rows))
    length = whole.rows.ids.shape[1]
    kept = whole.rows.scored // length % step == 0
    assert torch.allclose(again.logits, whole.logits[kept], atol=1e-5)
    assert torch.equal(again.rows.tags, whole.rows.tags[kept])


def test_tokens_of_a_row_with_one_label_add_to_it() -> None:
    config, _ = network(POOLED, 0)
    split = labelled_rows(3)
    rows = Rows.of(config, split, "per_token")
    labels = [row for row in range(30) if split.tags[0, row] != 0]
    tokens = [(row, at) for row in labels for at in range(4) if split.ids[at, row] != 0]
    assert rows.scored.tolist() == [row * 4 + at for row, at in tokens]
    assert rows.pooled is not None
    assert rows.pooled.tolist() == [labels.index(row) for row, _ in tokens]
    assert rows.tags.tolist() == [int(split.tags[0, row]) for row in labels]
    assert rows.labelled.tolist() == labels
    assert rows.weights.tolist() == pytest.approx([1 / 30] * len(labels))
    assert rows.n_whole == len(labels) == 25
    known = torch.arange(len(labels))
    assert rows.at_tokens(known).tolist() == [labels.index(row) for row, _ in tokens]
    found = torch.randn(len(tokens), 2, generator=torch.Generator().manual_seed(0))
    expected = [
        sum(found[at] for at, (row, _) in enumerate(tokens) if row == label) for label in labels
    ]
    torch.testing.assert_close(rows.of_labels(found), torch.stack(expected))


def test_each_token_with_a_label_of_its_own_is_that_label() -> None:
    config, _ = network(ARCHITECTURES[0], 0)
    rows = Rows.of(config, some_rows(3), "per_token")
    found = torch.randn(len(rows.tags), 2)
    assert rows.of_labels(found) is found
    assert rows.at_tokens(found) is found


def test_subsampled_rows_of_one_label_each_are_no_fewer_than_five_hundred() -> None:
    config, weights = network(POOLED, 0)
    whole = Evaluation.of(
        Choices.of(config, weights), Rows.of(config, labelled_rows(1, 1300), "per_token")
    )
    assert len(whole.rows.tags) // LEAST_ROWS == 2
    few = whole.subsampled(10)
    assert torch.equal(few.rows.ids, whole.rows.ids[::2])
    kept = whole.rows.labelled % 2 == 0
    assert torch.equal(few.rows.tags, whole.rows.tags[kept])
    assert torch.equal(few.rows.labelled * 2, whole.rows.labelled[kept])
    torch.testing.assert_close(few.logits, whole.logits[kept])
    tokens = few.rows.ids.flatten()[few.rows.scored]
    assert bool((tokens != 0).all())
    per_label = few.rows.of_labels(torch.ones(len(tokens)))
    assert torch.equal(per_label, (few.rows.ids != 0).sum(1)[few.rows.labelled].float())
    assert float(few.rows.weights.sum()) == pytest.approx(float(whole.rows.weights.sum()))
    assert few.rows.n_whole == whole.rows.n_whole == len(whole.rows.tags)
    assert few.subsampled(10) is few


def test_samples_of_rows_of_one_label_each_count_labels() -> None:
    config, _ = network(POOLED, 0)
    split, wrong = labelled_rows(0, 400), torch.arange(400) < 60
    generator = torch.Generator().manual_seed(0)
    rows = sample_rows(config, split, "per_token", wrong, 100, generator)
    assert rows.ids.shape[0] == 100
    assert rows.n_whole == int((split.tags != 0).sum())
    assert len(rows.tags) == len(rows.weights) == len(rows.labelled)
