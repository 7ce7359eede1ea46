"""An import is compared with the accuracies that the run's trainer wrote down."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import MakeRun
from tpc.cli.main import app
from tpc.evaluation.scores import generated_data, score
from tpc.frontends.run import export_loaded, export_run
from tpc.model.run_dir import load_run
from tpc.verification.reported import compare_reported

SPLITS = ("train", "val", "test")


def report(run: Path, changed: float = 0.0) -> None:
    """Write the results.csv that upstream would, one accuracy of it changed."""
    splits = generated_data(export_run(run)).splits
    rows = ["epoch,epoch_loss,split,loss,acc,sample_fn", "0,1.0,test,1.0,0.1,gumbel_soft"]
    for split in SPLITS:
        accuracy = score(export_run(run), list(splits.named(split))).token_accuracy
        rows.append(f"1,,{split},0.5,{accuracy + (changed if split == 'val' else 0.0)},argmax")
    (run / "results.csv").write_text("\n".join(rows) + "\n")


def test_equal_to_the_last_label(make_run: MakeRun) -> None:
    folder = make_run()
    report(folder)
    run = load_run(folder)
    found = compare_reported(run, export_loaded(run))
    assert [(part.split, part.off) for part in found] == [(split, 0) for split in SPLITS]


def test_a_label_less_is_a_difference(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run()
    tokens = score(export_run(folder), list(generated_data(export_run(folder)).splits.val)).tokens
    report(folder, changed=1 / tokens)
    output = tmp_path / "program.tpir"
    result = CliRunner().invoke(app, ["import", str(folder), "-o", str(output)])
    assert result.exit_code == 1
    assert "refuted: " in result.stderr
    assert "1 labels apart" in result.stderr
    assert output.exists()


def test_nothing_is_said_without_a_report(make_run: MakeRun, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["import", str(make_run()), "-o", str(tmp_path / "p.tpir")])
    assert result.exit_code == 0
    assert "trainer" not in result.stderr


@pytest.mark.parametrize("name", ["sort16_gpu", "sort_categorical"])
def test_zoo_import_says_so(name: str, shared: Path, tmp_path: Path) -> None:
    arguments = ["import", str(shared / "zoo" / name), "-o", str(tmp_path / "p.tpir")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert "to the last label" in result.stderr
