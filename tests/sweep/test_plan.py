"""Plans in TOML: which trials follow, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tpc.diagnostics import TpcError
from tpc.sweep.plan import SweepPlan, read_sweep, sweep_of


def plan(text: str) -> SweepPlan:
    return sweep_of(tomllib.loads(text))


def test_a_grid_is_every_combination_with_every_seed() -> None:
    found = plan(
        'tasks = ["sort", "hist"]\nseeds = "0-2"\nlevel = 3\n[options]\nd-mlp = 8\n'
        "[grid]\nn-layers = [1, 2]\nlr = [1, 0.1]\n"
    ).all_trials()
    assert len(found) == len({trial.key for trial in found}) == 2 * 2 * 2 * 3
    assert found[0].task == "sort"
    assert found[0].options == {"d_mlp": 8, "n_layers": 1, "lr": 1.0, "seed": 0}
    assert found[0].command == (
        "tpc train sort --d-mlp 8 --lr 1.0 --n-layers 1 --seed 0 -o RUN && "
        "tpc opt -O3 RUN/program.tpir -o program.tpir"
    )


def test_lists_have_options_and_tasks_of_their_own() -> None:
    found = plan(
        'task = "sort"\n[[list]]\nn-layers = 1\n[[list]]\ntask = "hist"\nn-layers = 2\n'
    ).all_trials()
    assert [(trial.task, trial.options["n_layers"]) for trial in found] == [
        ("sort", 1),
        ("hist", 2),
    ]


def test_draws_do_not_depend_on_how_many_there_are() -> None:
    text = (
        'task = "sort"\n[distributions]\nlr = {{ log = [0.001, 0.1] }}\n'
        "n-layers = {{ int = [1, 3] }}\nsample-fn = {{ choice = ['softmax', 'gumbel_soft'] }}\n"
        "dropout = {{ uniform = [0.0, 0.5] }}\n[search]\ndraws = {}\n"
    )
    few, many = plan(text.format(3)).all_trials(), plan(text.format(30)).all_trials()
    assert few == many[:3]
    assert len(set(many)) == 30
    assert all(0.001 <= trial.options["lr"] <= 0.1 for trial in many)
    assert {trial.options["n_layers"] for trial in many} == {1, 2, 3}


def test_the_same_trial_has_the_same_key_in_every_plan() -> None:
    (one,) = plan('task = "sort"\n[options]\nn-layers = 1\nlr = 1\n').all_trials()
    (other,) = plan('task = "sort"\n[grid]\nlr = [1.0]\nn_layers = [1]\n').all_trials()
    assert one.key == other.key
    (deeper,) = plan('task = "sort"\nlevel = 2\n[grid]\nlr = [1.0]\nn_layers = [1]\n').all_trials()
    assert deeper.key != one.key


def test_a_budget_of_trials_takes_the_first() -> None:
    text = 'task = "sort"\nseeds = "0-9"\n'
    assert plan(text + "[budget]\ntrials = 4\n").all_trials() == plan(text).all_trials()[:4]
    assert plan(text + '[budget]\ntime = "2m"\n').seconds == 120


REFUSED = [
    ("seeds = '0'", "nothing to learn"),
    ("task = 'sort'\nsees = 1", "key of a sweep"),
    ("task = 'sort'\ntasks = ['hist']", "exclude each other"),
    ("task = 'sort'\n[grid]\nn-layer = [1]", "option of training"),
    ("task = 'sort'\n[grid]\nn-layers = 1", "no list of values"),
    ("task = 'sort'\n[grid]\nn-layers = ['a']", "n_layers is 'a'"),
    ("task = 'sort'\n[options]\nseed = 1", "not swept"),
    ("task = 'sort'\n[options]\nlr = -1.0", "lr is -1.0"),
    ("task = 'sort'\n[distributions]\nlr = [1, 2]", "lr is none"),
    ("task = 'sort'\n[distributions]\nlr = { log = [0.0, 1.0] }", "lr"),
    ("task = 'sort'\n[distributions]\nlr = { log = [2.0, 1.0] }", "not below"),
    ("task = 'sort'\n[distributions]\nlr = { normal = [2.0, 1.0] }", "distribution"),
    ("task = 'sort'\n[search]\nmethod = 'grid'", "method"),
    ("task = 'sort'\n[search]\ndraws = 0", "draws is 0"),
    ("task = 'sort'\nobjective = 'speed'", "objective"),
    ("task = 'sort'\nlevel = 4", "level is 4"),
    ("task = 'sort'\n[halving]\nkeep = 0.5", "no rungs"),
    ("task = 'sort'\n[halving]\nrungs = [5, 2]", "do not grow"),
    ("task = 'sort'\n[halving]\nrungs = [5]\nkeep = 1.5", "keep is 1.5"),
    ("task = 'sort'\n[budget]\ntime = 'long'", "no time"),
    ("task = 'sort'\ngrid = 1", "grid is no table"),
    ("task =", "not TOML"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_no_sweep_has_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "sweep.toml"
    path.write_text(text)
    with pytest.raises(TpcError, match=r"sweep\.toml") as error:
        read_sweep(path)
    assert message in str(error.value)
