"""Training curves as pictures."""

from __future__ import annotations

import builtins
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tpc.training.plotting import read_curves

__all__ = ["tpc"]

OURS = (
    "epoch,tau,train_loss,val_loss,val_accuracy\n0,3,,2.5,0.25\n1,1.5,2,1.5,0.5\n2,0.5,1,1,0.75\n"
)
UPSTREAM = (
    "epoch,epoch_loss,split,loss,acc,sample_fn,f1\n0,1.6,train,1.5,0.3,gumbel_soft,0.1\n"
    "0,1.6,val,1.7,0.2,gumbel_soft,\n1,,train,1.0,0.9,argmax,0.5\n"
)


def write_run(folder: Path, name: str, file: str, text: str) -> Path:
    (folder / name).mkdir()
    (folder / name / file).write_text(text)
    return folder / name


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path, "ours", "metrics.csv", OURS)


def test_curves_are_read_by_column(run: Path, tmp_path: Path) -> None:
    curves = read_curves(run)
    assert (curves.name, curves.epochs) == ("ours", (0, 1, 2))
    assert curves.columns["val_accuracy"] == (0.25, 0.5, 0.75)
    assert curves.columns["train_loss"][1:] == (2, 1)
    theirs = read_curves(write_run(tmp_path, "theirs", "results.csv", UPSTREAM))
    assert theirs.epochs == (0, 1)
    assert theirs.columns["train_accuracy"] == (0.3, 0.9)
    assert theirs.columns["train_f1"] == (0.1, 0.5)
    assert theirs.columns["val_loss"][0] == 1.7


@pytest.mark.parametrize(
    ("name", "magic"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")]
)
def test_pictures_depend_on_the_curves_alone(
    tpc: Tpc, run: Path, tmp_path: Path, name: str, magic: bytes
) -> None:
    output = tmp_path / name
    assert tpc("plot", run, "-o", output).status == 0
    first = output.read_bytes()
    assert first.startswith(magic)
    assert tpc("plot", run, "-o", output).status == 0
    assert output.read_bytes() == first
    (run / "metrics.csv").write_text(OURS.replace("0.75", "0.85"))
    assert tpc("plot", run, "-o", output).status == 0
    assert output.read_bytes() != first


def test_several_runs_share_a_picture(tpc: Tpc, run: Path, tmp_path: Path) -> None:
    theirs = write_run(tmp_path, "theirs", "results.csv", UPSTREAM)
    output = tmp_path / "both.svg"
    outcome = tpc("plot", run, theirs, "-o", output)
    assert outcome.status == 0
    drawn = output.read_text()
    for fragment in ("ours: val_accuracy", "theirs: train_f1", "temperature", "epoch"):
        assert fragment in drawn


def test_what_cannot_be_drawn(tpc: Tpc, run: Path, tmp_path: Path) -> None:
    assert_polite(tpc("plot", tmp_path / "none"), "no metrics.csv")
    assert_polite(tpc("plot", run, "-o", tmp_path / "a.gif"), ".png, .svg, .pdf")
    assert_polite(tpc("plot", run, "-o", tmp_path / "no" / "a.png"), "cannot write")
    (run / "metrics.csv").write_text("epoch,loss\n0,much\n")
    assert_polite(tpc("plot", run), "column 'loss'", "much")
    (run / "metrics.csv").write_text("epoch,loss\n")
    assert_polite(tpc("plot", run), "no metrics yet")
    damaged = write_run(tmp_path, "theirs", "results.csv", "epoch,loss\n0,1\n")
    assert_polite(tpc("plot", damaged), "has no column 'split'")
    (damaged / "results.csv").write_text('epoch,split,loss\n0,train,"1')
    assert_polite(tpc("plot", damaged), "not valid CSV", "line 2")
    (run / "metrics.csv").write_text("epoch,seconds\n0,1\n")
    assert_polite(tpc("plot", run), "nothing to draw")


def test_a_machine_without_matplotlib(tpc: Tpc, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ordinary = builtins.__import__

    def without(name: str, *arguments: object, **options: object) -> object:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return ordinary(name, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without)
    assert_polite(tpc("plot", run), "tpc[plot]")


def test_real_runs_of_the_authors(tpc: Tpc, shared: Path, tmp_path: Path) -> None:
    output = tmp_path / "a.svg"
    runs = [shared / "zoo" / name for name in ("trec", "conll_ner")]
    assert tpc("plot", *runs, "-o", output).status == 0
    assert "conll_ner: test_f1" in output.read_text()
