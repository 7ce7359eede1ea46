"""`--model standard`: trained and scored like a Transformer Program, and refused as one."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tests.training.conftest import SMALL_DATA
from tests.training.test_text import write_classified, write_tagged
from tpc.diagnostics import TpcError
from tpc.model.run_dir import load_run
from tpc.model.standard import StandardConfig
from tpc.training.plan import Plan, read_plan
from tpc.training.planning import make_plan
from tpc.training.plotting import read_curves
from tpc.training.session import resume_run, start_run

__all__ = ["tpc"]

SMALL = ["--n-layers", "1", "--d-model", "16", "--n-heads", "2", "--batch-size", "16"]


def small_plan(**recipe: Any) -> Plan:
    options = {"n_layers": 1, "d_model": 16, "n_heads": 2}
    chosen = {"n_epochs": 3, "batch_size": 16, "lr": 3e-3, **recipe}
    return make_plan("reverse", SMALL_DATA, options, chosen, "standard")


def silent(_: object) -> None:
    pass


def test_it_learns_and_leaves_a_run_without_a_program(tmp_path: Path) -> None:
    outcome = start_run(small_plan(n_epochs=60), tmp_path / "run", silent)
    assert outcome.status == "finished"
    assert outcome.scores["train"].token_accuracy > 0.8
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"config.json", "model.safetensors", "metrics.csv", "run.json"}
    with (tmp_path / "run/metrics.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    assert len(lines) == 61
    assert {line["tau"] for line in lines} == {""}
    assert all(line["val_loss"] == line["discrete_val_loss"] for line in lines)
    assert read_curves(tmp_path / "run").columns["train_loss"][-1] < 1
    summary = json.loads((tmp_path / "run/run.json").read_text())
    assert set(summary["accuracy"]) == {"train", "val", "test"}


def test_plans_are_read_back(tmp_path: Path) -> None:
    plan = small_plan(dropout=0.1)
    plan.write(tmp_path)
    assert read_plan(tmp_path) == plan
    assert isinstance(plan.model, StandardConfig)
    assert plan.model.d_mlp == 64


def test_resumed_runs_end_with_the_same_bits(tmp_path: Path) -> None:
    class KilledError(BaseException):
        pass

    def kill(_: object) -> None:
        raise KilledError

    plan = small_plan(dropout=0.2)
    whole = start_run(plan, tmp_path / "whole", silent)
    with pytest.raises(KilledError):
        start_run(plan, tmp_path / "killed", kill)
    resumed = resume_run(tmp_path / "killed", silent)
    assert torch.equal(whole.best.parameters, resumed.best.parameters)
    for name in ("model.safetensors", "metrics.csv", "config.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()


def test_dropout_changes_training(tmp_path: Path) -> None:
    runs = [
        start_run(small_plan(dropout=share), tmp_path / str(share), silent) for share in (0.0, 0.3)
    ]
    assert not torch.equal(runs[0].best.parameters, runs[1].best.parameters)


@pytest.mark.parametrize("kind", ["tagging", "classification"])
def test_text_with_word_vectors(tpc: Tpc, tmp_path: Path, kind: str) -> None:
    write = write_tagged if kind == "tagging" else write_classified
    data = write(tmp_path / ("d.jsonl" if kind == "tagging" else "d.csv"))
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("".join(f"{word} {' '.join(['0.5'] * 16)}\n" for word in ("Ann", "good")))
    run = tmp_path / "run"
    words = ["--data", str(data), "--kind", kind, "--model", "standard", "--n-epochs", "2"]
    done = tpc("train", *words, *SMALL, "--lr", "1e-30", "--vectors", str(vectors), "-o", str(run))
    assert done.status == 0, done.err
    assert "accuracy:" in done.out
    assert f"wrote {run}" in done.out
    from safetensors.torch import load_file

    config = json.loads((run / "config.json").read_text())
    found = load_file(run / "model.safetensors")["embed.W_E"]
    word = config["vocabulary"].index("Ann" if kind == "tagging" else "good")
    torch.testing.assert_close(found[word], torch.full((16,), 0.5))
    assert config["model"]["pool_outputs"] == (kind == "classification")


def test_it_is_no_program(tpc: Tpc, tmp_path: Path) -> None:
    run = tmp_path / "run"
    start_run(small_plan(n_epochs=1), run, silent)
    with pytest.raises(TpcError, match="standard Transformer"):
        load_run(run)
    with pytest.raises(TpcError, match="no checkpoint"):
        resume_run(run, silent)
    program = tmp_path / "p.tpir"
    for words in (["import", str(run), "-o", str(program)], ["eval", str(run)]):
        done = tpc(*words)
        assert_polite(done)
        assert "standard Transformer" in done.err, done.err
    for words in (["compile", str(run), "-t", "python"], ["inspect", str(run)]):
        assert_polite(tpc(*words))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model", "standrad"], "no model 'standrad'"),
        (["--model", "standard", "--n-heads-cat", "2"], "--n-heads-cat is for Transformer Pro"),
        (["--model", "standard", "--tau-end", "0.1"], "--tau-end is for Transformer Programs"),
        (["--model", "standard", "--sample-fn", "softmax"], "--sample-fn is for"),
        (["--model", "standard", "--d-model", "10", "--n-heads", "4"], "cannot share"),
        (["--d-model", "10"], "--d-model is for the standard Transformer"),
        (["--model", "program", "--n-heads", "2"], "--n-heads is for the standard"),
    ],
    ids=str,
)
def test_options_of_the_other_network(
    tpc: Tpc, tmp_path: Path, words: list[str], message: str
) -> None:
    done = tpc("train", "sort", *words, "-o", str(tmp_path / "run"))
    assert_polite(done)
    assert message in done.err
    assert not (tmp_path / "run").exists()
