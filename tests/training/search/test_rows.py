"""Rows that stand for more rows."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.model.test_choices import ARCHITECTURES, network
from tests.training.search.networks import plain, some_rows, task_rows
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.rows import sample_rows


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
