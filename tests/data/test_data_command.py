"""`tpc data` writes what the library generates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tpc.cli.data import data
from tpc.data.dataset import load_dataset, task_arguments
from tpc.diagnostics import TpcError

OPTIONS = ["--dataset-size", "50", "--max-length", "6"]


def command() -> typer.Typer:
    app = typer.Typer()
    app.command()(data)
    return app


def test_rows_are_json_lines() -> None:
    result = CliRunner().invoke(command(), ["sort", *OPTIONS, "--split", "test"])
    assert result.exit_code == 0
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    dataset = load_dataset("sort", task_arguments("sort", dataset_size=50, max_length=6))
    assert rows == [[list(tokens), list(tags)] for tokens, tags in dataset.splits.test]


def test_output_file_and_repeated_rows(tmp_path: Path) -> None:
    target = tmp_path / "rows.jsonl"
    arguments = ["hist", *OPTIONS, "--vocab-size", "4", "--no-unique", "-o", str(target)]
    assert CliRunner().invoke(command(), arguments).exit_code == 0
    lines = target.read_text().splitlines()
    assert len(lines) == 40 > len(set(lines))


@pytest.mark.parametrize("arguments", [["sort", "--split", "dev"], ["sotr"]])
def test_misspellings_are_tpc_errors(arguments: list[str]) -> None:
    result = CliRunner().invoke(command(), arguments)
    assert isinstance(result.exception, TpcError)
