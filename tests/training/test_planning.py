"""From options to plans, without the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.test_text import write_classified, write_tagged
from tpc.diagnostics import TpcError
from tpc.model.config import ModelConfig
from tpc.training.planning import plan_training
from tpc.training.trial import why

SMALL = {"dataset_size": 80, "vocab_size": 6, "max_length": 5}


def tagged(folder: Path) -> dict[str, Any]:
    return {"data": str(write_tagged(folder / "d.jsonl")), "kind": "tagging"}


def classified(folder: Path) -> dict[str, Any]:
    return {"data": str(write_classified(folder / "c.csv")), "kind": "classification"}


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
        ({"search": 0}, 8, True, 0.3, 0.01),
        ({"recipe": "paper"}, 8, False, 0.0, 0.01),
        ({"search": 0, "one_hot_embed": True}, 8, False, 0.0, 0.01),
        ({"search": 2, "one_hot_embed": False}, 8, False, 0.3, 0.01),
        ({"model": "standard"}, None, False, 0.0, 0.001),
    ],
    ids=str,
)
def test_defaults_of_gradients_on_text(
    tmp_path: Path,
    given: dict[str, Any],
    heads: int | None,
    refit: bool,
    dropout: float,
    lr: float,
) -> None:
    plan = plan_training(None, tagged(tmp_path) | given)
    assert not isinstance(plan.model, ModelConfig) or plan.model.n_heads_cat == heads
    recipe = plan.recipe
    assert (recipe.refit, recipe.dropout, recipe.lr) == (refit, dropout, lr)
    assert recipe.n_epochs > 0


@pytest.mark.parametrize("kind", ["tagging", "classification"])
@pytest.mark.parametrize(
    ("given", "epochs", "rounds", "heads"),
    [
        ({}, 0, 60, 4),
        ({"one_hot_embed": True}, 0, 60, 4),
        ({"one_hot_embed": True, "n_vars_cat": 1, "n_heads_cat": 2}, 0, 60, 2),
        ({"search": 2}, 0, 2, 4),
        ({"n_epochs": 7}, 7, 60, 4),
    ],
    ids=str,
)
def test_few_tokens_in_short_rows_are_searched(
    tmp_path: Path, kind: str, given: dict[str, Any], epochs: int, rounds: int, heads: int
) -> None:
    """As generated tasks are: with their network, and without gradients unless they are asked for.

    Where they are, or the paper's recipe or embeddings that are learned, text has its own defaults.
    """
    data = tagged(tmp_path) if kind == "tagging" else classified(tmp_path)
    plan = plan_training(None, data | given)
    assert isinstance(plan.model, ModelConfig)
    assert plan.model.one_hot_embed
    assert plan.model.n_heads_cat == heads
    assert plan.model.pool_outputs == (kind == "classification")
    assert (plan.recipe.n_epochs, plan.recipe.search, plan.recipe.refit) == (epochs, rounds, False)


@pytest.mark.parametrize(
    "given",
    [
        *({"search": 0}, {"recipe": "paper"}, {"one_hot_embed": False}, {"n_vars_cat": 2}),
        *({"attention_type": "score"}, {"embedding": "table"}, {"refit": True}, {"embed_lr": 0.1}),
        *({"embed_dropout": 0.1}, {"model": "standard"}),
    ],
    ids=str,
)
def test_what_asks_for_gradients_is_not_searched(tmp_path: Path, given: dict[str, Any]) -> None:
    plan = plan_training(None, tagged(tmp_path) | given)
    assert (plan.recipe.search, plan.alternatives) == (0, ())
    assert plan.recipe.n_epochs > 0


def test_many_words_and_long_rows_are_not_searched(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(200)]
    many, long = tmp_path / "many.jsonl", tmp_path / "long.jsonl"
    many.write_text("\n".join(json.dumps({"tokens": [word], "tags": ["T"]}) for word in words))
    long.write_text("\n".join(json.dumps([["w"] * 70, ["T"] * 70]) for _ in range(9)))
    for path in (many, long):
        options = {"data": str(path), "kind": "tagging", "max_length": 80}
        plan = plan_training(None, options)
        assert plan.recipe.search == 0, path
        assert isinstance(plan.model, ModelConfig)
        assert not plan.model.one_hot_embed


def test_causal_networks_of_one_label_are_not_searched(tmp_path: Path) -> None:
    plan = plan_training(None, classified(tmp_path) | {"autoregressive": True})
    assert plan.recipe.search == 0


def test_how_own_data_are_learned_is_said(tmp_path: Path) -> None:
    seen = "6 different tokens in rows of at most 7"
    searched = plan_training(None, tagged(tmp_path))
    assert (
        why(searched) == f"{seen}: a search over discrete choices (--search 0 trains by gradients)"
    )
    trained = plan_training(None, tagged(tmp_path) | {"search": 0})
    assert why(trained) == f"{seen}: training by gradients, with words in learned classes"
    assert (searched.is_own, plan_training("sort", SMALL).is_own) == (True, False)


def test_words_that_are_no_choice_are_refused_on_text_too(tmp_path: Path) -> None:
    with pytest.raises(TpcError, match="attention_type is 'both'"):
        plan_training(None, tagged(tmp_path) | {"attention_type": "both"})


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
