"""The tables: what is trained for them, and how they read."""

from __future__ import annotations

import pytest

from tpc.diagnostics import TpcError
from tpc.sweep.reproductions import NAMES, RERUNS, reproduction, table_lines
from tpc.training.planning import plan_training


def test_a_table_is_of_five_seeds_on_the_same_data() -> None:
    trials = reproduction("size8").all_trials()
    assert len(trials) == 8 * 5
    assert {trial.options["data_seed"] for trial in trials} == {0}
    assert {trial.options["seed"] for trial in trials} == set(range(5))
    assert {trial.level for trial in trials} == {3}
    assert set(RERUNS["size16"]) == {trial.task for trial in reproduction("size16").all_trials()}


@pytest.mark.parametrize("name", NAMES)
def test_every_trial_can_be_planned(name: str) -> None:
    trials = reproduction(name, quick=True).all_trials()
    for trial in trials:
        plan_training(trial.task, {**trial.options, "dataset_size": 50})
    assert len({trial.task for trial in trials}) == len(trials)


def test_a_table_has_the_best_by_validation_and_the_mean() -> None:
    plan = reproduction("size16")
    mine = [trial for trial in plan.all_trials() if trial.task in ("sort", "hist")]
    scores = {"sort": 0.8, "hist": 0.99}
    table = {
        trial: {
            "status": "finished",
            "val_accuracy": scores[str(trial.task)] + trial.options["seed"] / 1000,
            "test_accuracy": scores[str(trial.task)] - trial.options["seed"] / 1000,
            "tokens": 1000 + trial.options["seed"],
        }
        for trial in mine
    }
    assert list(table_lines("size16", table)) == [
        "task            best    mean   dev.  tokens  reruns",
        "hist           98.60   98.80   0.16   1,004    99.9",
        "sort           79.60   79.80   0.16   1,004    80.0",
    ]
    failed = {mine[0]: {"status": "failed", "error": "no"}}
    assert list(table_lines("size16", failed))[1].split()[1] == "failed"


def test_there_are_no_other_tables() -> None:
    with pytest.raises(TpcError, match="table"):
        reproduction("size9")
