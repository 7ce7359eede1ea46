"""Arguments that leave nothing to draw or split are refused with a message that says why."""

from __future__ import annotations

from typing import Any

import pytest

from tpc.data.dataset import load_dataset, task_arguments
from tpc.data.tasks import find_task
from tpc.diagnostics import TpcError


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ("sort", {"vocab_size": 3}, "vocabulary size of at least 4"),
        ("hist", {"vocab_size": 2}, "vocabulary size of at least 3"),
        ("induction", {"vocab_size": 3}, "vocabulary size of at least 4"),
        ("induction", {"vocab_size": 100}, "only 26 letters"),
        ("sort", {"min_length": 7, "max_length": 8}, "no sequences between lengths 7 and 8"),
        ("hist", {"min_length": 9}, "no sequences between lengths 9 and 8"),
        ("hist", {"min_length": -1}, "cannot be negative"),
        ("dyck1", {"min_length": 1, "max_length": 1}, "no brackets"),
        ("dyck2", {"min_length": 17}, "no sequences"),
        ("sort", {"dataset_size": 0}, "must be positive"),
        ("sort", {"dataset_size": -1}, "must be positive"),
        ("sort", {"dataset_size": 2}, "cannot be split"),
        ("sort", {"vocab_size": 4, "max_length": 3}, "1 distinct rows cannot be split"),
        ("sort", {"seed": -1}, "seed"),
        ("sort", {"seed": 2**32}, "seed"),
    ],
)
def test_refused(task: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(TpcError, match=message):
        load_dataset(task, task_arguments(task, **options))


def test_misspelt_task_names_close_matches() -> None:
    with pytest.raises(TpcError) as raised:
        find_task("histt")
    assert "'histt'" in raised.value.message
    assert raised.value.hint is not None
    assert "hist" in raised.value.hint


def test_dyck_has_its_own_vocabulary_size() -> None:
    dataset = load_dataset("dyck2", task_arguments("dyck2", vocab_size=7, dataset_size=50))
    assert dataset.arguments.vocab_size == 2
    assert dataset.causal
