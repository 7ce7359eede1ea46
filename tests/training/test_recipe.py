"""The recipe's options: schedules, bounds, JSON."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from tpc.diagnostics import TpcError
from tpc.training.recipe import Recipe

FIRST = {
    *("seed", "n_epochs", "batch_size", "lr", "sample_fn", "gumbel_samples", "tau_init"),
    *("tau_end", "tau_schedule", "loss_agg", "max_grad_norm", "threads"),
}


def test_defaults_are_the_papers() -> None:
    recipe = Recipe()
    assert (recipe.n_epochs, recipe.batch_size, recipe.lr) == (250, 512, 0.05)
    assert (recipe.tau_init, recipe.tau_end, recipe.tau_schedule) == (3.0, 0.01, "geomspace")
    assert (recipe.sample_fn, recipe.gumbel_samples, recipe.loss_agg) == (
        "gumbel_soft",
        1,
        "per_token",
    )


def test_geometric_temperatures_fall_by_equal_ratios() -> None:
    recipe = Recipe(n_epochs=3, tau_init=4.0, tau_end=1.0)
    assert recipe.temperatures(0, 3) == pytest.approx([4.0, 8**0.5, 2.0])
    assert recipe.temperatures(1, 3) == pytest.approx([2.0, 2**0.5, 1.0])
    assert recipe.temperatures(2, 3) == [1.0, 1.0, 1.0]


def test_linear_schedule_is_linear_over_epochs_and_geometric_within_one() -> None:
    recipe = Recipe(n_epochs=3, tau_init=9.0, tau_end=1.0, tau_schedule="linspace")
    assert [recipe.temperatures(epoch, 1)[0] for epoch in range(3)] == pytest.approx([9, 5, 1])
    assert recipe.temperatures(0, 3)[1] == pytest.approx(45**0.5)


def test_one_epoch_stays_at_the_first_temperature() -> None:
    assert Recipe(n_epochs=1).temperatures(0, 2) == [3.0, 3.0]


@pytest.mark.parametrize(
    "options",
    [
        {"n_epochs": 0},
        {"batch_size": 0},
        {"gumbel_samples": 0},
        {"threads": 0},
        {"lr": 0.0},
        {"lr": float("nan")},
        {"lr": 1e38},
        {"tau_end": -1.0},
        {"tau_init": float("inf")},
        {"max_grad_norm": 0.0},
        {"seed": -1},
        {"sample_fn": "argmax"},
        {"tau_schedule": "cosine"},
        {"loss_agg": "per_batch"},
    ],
)
def test_out_of_range(options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(TpcError, match=name):
        Recipe(**options)


def test_json_round_trip() -> None:
    recipe = Recipe(seed=3, max_grad_norm=1.0, sample_fn="softmax")
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json())), "here") == recipe


@pytest.mark.parametrize(
    "change", [{"lr": "fast"}, {"speed": 1}, {"threads": 1.5}, {"patience": 1.0}, {"refit": 1}]
)
def test_bad_json(change: dict[str, Any]) -> None:
    with pytest.raises(TpcError, match="here"):
        Recipe.from_json({**Recipe().to_json(), **change}, "here")


@pytest.mark.parametrize("name", [field.name for field in fields(Recipe)])
def test_options_that_the_first_runs_did_not_have(name: str) -> None:
    """They did what is the default now; of the others none may be missing."""
    options = Recipe(threads=2, lr=0.5).to_json()
    del options[name]
    if name in FIRST:
        with pytest.raises(TpcError, match=f"here.*missing or unknown: {name}"):
            Recipe.from_json(options, "here")
    else:
        assert Recipe.from_json(options, "here") == Recipe(threads=2, lr=0.5)


@pytest.mark.parametrize(
    ("options", "steps", "done", "last"),
    [
        ({"n_epochs": 3}, 0, "0 epochs", "epoch 0"),
        ({"n_epochs": 3}, 2, "2 epochs", "epoch 2"),
        ({"n_epochs": 3, "refit": True}, 3, "3 epochs", "epoch 3"),
        (
            {"n_epochs": 3, "refit": True},
            4,
            "3 epochs and a fit of the classifier",
            "the fit of the classifier",
        ),
        (
            {"n_epochs": 3, "search": 9},
            7,
            "3 epochs and 4 rounds of search",
            "round 4 of the search",
        ),
        ({"n_epochs": 0, "search": 9}, 2, "2 rounds of search", "round 2 of the search"),
        ({"n_epochs": 0, "search": 9}, 1, "1 round of search", "round 1 of the search"),
        ({"n_epochs": 0, "search": 9}, 0, "0 epochs", "epoch 0"),
    ],
)
def test_what_a_run_has_done(options: dict[str, Any], steps: int, done: str, last: str) -> None:
    recipe = Recipe(**options)
    assert (recipe.done(steps), recipe.step(steps)) == (done, last)
