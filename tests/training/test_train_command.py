"""`tpc train` passes every option on, and says what it made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tpc.cli.main import app
from tpc.diagnostics import TpcError
from tpc.model.config import ModelConfig
from tpc.training.plan import read_plan
from tpc.training.planning import plan_training

SMALL = [
    *("--vocab-size", "6", "--dataset-size", "80", "--max-length", "5"),
    *("--n-layers", "1", "--n-heads-cat", "2", "--d-mlp", "8"),
    *("--recipe", "paper", "--n-epochs", "2", "--batch-size", "32"),
]


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["train", *arguments])


def test_train_and_report(tmp_path: Path) -> None:
    result = invoke("sort", "-o", str(tmp_path / "run"), *SMALL)
    assert result.exit_code == 0, result.output
    assert "2 epochs in" in result.stdout
    assert "test" in result.stdout
    assert "program.tpir" in result.stdout


def test_json_report(tmp_path: Path) -> None:
    result = invoke("sort", "-o", str(tmp_path), *SMALL, "--json")
    assert json.loads(result.stdout)["status"] == "finished"


def test_every_option_reaches_the_plan(tmp_path: Path) -> None:
    options = {
        "seed": 3,
        "n_heads_num": 1,
        "n_cat_mlps": 2,
        "n_num_mlps": 1,
        "mlp_vars_in": 3,
        "d_var": 9,
        "n_vars_num": 2,
        "n_epochs": 3,
        "search": 0,
        "rel_pos_bias": "clipped",
        "lr": 0.02,
        "sample_fn": "gumbel_hard",
        "gumbel_samples": 2,
        "tau_init": 2.0,
        "tau_end": 0.1,
        "tau_schedule": "linspace",
        "loss_agg": "per_seq",
        "max_grad_norm": 1.5,
        "dropout": 0.25,
        "threads": 1,
        "min_length": 2,
    }
    switches = ["--no-unique", "--no-count-only", "--autoregressive", "--no-unembed-mask"]
    switches += ["--selector-width"]
    words = [
        w for name, value in options.items() for w in (f"--{name.replace('_', '-')}", str(value))
    ]
    result = invoke("sort", "-o", str(tmp_path), *SMALL, *words, *switches)
    assert result.exit_code == 0, result.output
    plan = read_plan(tmp_path)
    everything = {
        **vars(plan.dataset.arguments),
        **vars(plan.model),
        **vars(plan.recipe),
    }
    for name, value in options.items():
        assert everything[name] == value, name
    assert not plan.dataset.arguments.unique
    assert not plan.model.count_only
    assert plan.model.autoregressive
    assert plan.model.selector_width
    assert plan.model.masked_classes == ()


def test_scores_by_options(tmp_path: Path) -> None:
    assert invoke("sort", "-o", str(tmp_path), *SMALL, "--attention-type", "score").exit_code == 0
    model = read_plan(tmp_path).model
    assert isinstance(model, ModelConfig)
    assert model.attention_type == "score"


def test_embeddings_by_options(tmp_path: Path) -> None:
    words = ["--no-one-hot-embed", "--n-vars-cat", "2"]
    assert invoke("sort", "-o", str(tmp_path), *SMALL, *words).exit_code == 0
    model = read_plan(tmp_path).model
    assert (model.one_hot_embed, model.n_vars_cat) == (False, 2)


def test_defaults_are_upstreams_first_example() -> None:
    plan = plan_training("sort", {"recipe": "paper"})
    model = plan.model
    assert (model.n_layers, model.n_heads_cat, model.n_cat_mlps) == (2, 4, 1)
    assert (model.n_heads_num, model.n_num_mlps, model.d_var) == (0, 0, 8)
    assert (model.one_hot_embed, model.count_only) == (True, True)
    assert (plan.dataset.arguments.dataset_size, plan.recipe.n_epochs) == (10_000, 250)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "name a task"),
        (["sort"], "name a task and a run directory"),
        (["sotr", "-o", "RUN"], "no task 'sotr'"),
        (["sort", "-o", "RUN", "--n-layers", "0"], "n_layers"),
        (["sort", "-o", "RUN", "--d-var", "3"], "d_var is 3"),
        (["sort", "-o", "RUN", "--rel-pos-bias", "near"], "rel_pos_bias"),
        (["sort", "-o", "RUN", "--attention-type", "both"], "attention_type"),
        (["sort", "-o", "RUN", "--sample-fn", "argmax"], "sample_fn"),
        (["sort", "-o", "RUN", "--recipe", "secret"], "no recipe 'secret'"),
        (["sort", "-o", "RUN", "--search", "-1"], "search is -1"),
        (["sort", "-o", "RUN", "--n-epochs", "0", "--search", "0"], "n_epochs is 0"),
        (["sort", "-o", "RUN", "--attention-type", "score", "--search", "1"], "cannot be searched"),
        (["sort", "-o", "RUN", "--vocab-size", "3"], "vocabulary size"),
        (["--resume", "RUN"], "cannot read"),
        (["sort", "--resume", "RUN"], "takes no other options"),
        (["--resume", "RUN", "--lr", "0.1"], "takes no other options"),
    ],
)
def test_bad_usage(tmp_path: Path, arguments: list[str], message: str) -> None:
    run = tmp_path / "run"
    result = invoke(*(str(run) if word == "RUN" else word for word in arguments))
    assert isinstance(result.exception, TpcError), result.output
    assert message in result.exception.message
    assert not run.exists()


def test_resume_needs_a_run_of_ours(tmp_path: Path) -> None:
    assert invoke("sort", "-o", str(tmp_path), *SMALL).exit_code == 0
    result = invoke("--resume", str(tmp_path))
    assert isinstance(result.exception, TpcError)
    assert "no checkpoint" in result.exception.message
