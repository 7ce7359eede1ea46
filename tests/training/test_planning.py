"""From options to plans, without the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.training.test_text import write_tagged
from tpc.diagnostics import TpcError
from tpc.model.config import ModelConfig
from tpc.training.planning import plan_training

SMALL = {"dataset_size": 80, "vocab_size": 6, "max_length": 5}


@pytest.mark.parametrize(
    ("given", "epochs", "rounds"),
    [
        ({}, 0, 60),
        ({"recipe": "paper"}, 250, 0),
        ({"search": 0}, 250, 0),
        ({"search": 3}, 0, 3),
        ({"n_epochs": 7}, 7, 60),
        ({"attention_type": "score"}, 250, 0),
        ({"model": "standard"}, 100, 0),
    ],
    ids=str,
)
def test_epochs_and_rounds_of_search(given: dict[str, Any], epochs: int, rounds: int) -> None:
    """What cannot be searched, or is not to be, trains as the paper does."""
    recipe = plan_training("sort", SMALL | given).recipe
    assert (recipe.n_epochs, recipe.search) == (epochs, rounds)


@pytest.mark.parametrize(
    ("given", "heads", "refit", "dropout", "lr"),
    [
        ({}, 8, True, 0.3, 0.01),
        ({"recipe": "paper"}, 8, False, 0.0, 0.01),
        ({"one_hot_embed": True, "n_vars_cat": 1}, 8, False, 0.0, 0.01),
        ({"search": 2}, 8, False, 0.3, 0.01),
        ({"model": "standard"}, None, False, 0.0, 0.001),
    ],
    ids=str,
)
def test_defaults_on_text(
    tmp_path: Path,
    given: dict[str, Any],
    heads: int | None,
    refit: bool,
    dropout: float,
    lr: float,
) -> None:
    data = {"data": str(write_tagged(tmp_path / "d.jsonl")), "kind": "tagging"}
    plan = plan_training(None, data | given)
    assert not isinstance(plan.model, ModelConfig) or plan.model.n_heads_cat == heads
    recipe = plan.recipe
    assert (recipe.refit, recipe.dropout, recipe.lr) == (refit, dropout, lr)


def test_words_that_are_no_choice_are_refused_on_text_too(tmp_path: Path) -> None:
    data = {"data": str(write_tagged(tmp_path / "d.jsonl")), "kind": "tagging"}
    with pytest.raises(TpcError, match="attention_type is 'both'"):
        plan_training(None, data | {"attention_type": "both"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"speed": 1}, "no option 'speed'"),
        ({"model": "other"}, "no model 'other'"),
        ({"recipe": "other"}, "no recipe 'other'"),
        ({"vectors": "v.txt"}, "--vectors is for text"),
        ({"d_model": 8}, "--d-model is for the standard Transformer"),
        ({"model": "standard", "search": 1}, "--search is for Transformer Programs"),
    ],
    ids=str,
)
def test_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(TpcError, match=message):
        plan_training("sort", SMALL | given)


def test_options_of_generated_tasks_are_refused_on_text() -> None:
    with pytest.raises(TpcError, match="--unique is for generated tasks"):
        plan_training("trec", {"unique": True})
