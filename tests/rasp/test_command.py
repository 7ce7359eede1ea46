"""`tpc rasp`: values, what a file shows, findings, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tpc.cli.rasp import rasp
from tpc.diagnostics import TpcError

PROGRAM = "hist = selector_width(select(tokens, tokens, ==));\nfirst = tokens[0];\nhist;\n"


@pytest.fixture
def app() -> typer.Typer:
    application = typer.Typer(pretty_exceptions_enable=False)
    application.command()(rasp)
    return application


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "p.rasp"
    path.write_text(PROGRAM)
    return path


def test_json_lines_to_json_lines(app: typer.Typer, file: Path, tmp_path: Path) -> None:
    lines = '["a", "b", "a"]\n\n"aé"\n'
    piped = CliRunner().invoke(app, [str(file), "--sop", "hist"], input=lines)
    assert piped.exit_code == 0
    assert piped.stdout == "[2, 1, 2]\n[1, 1]\n"
    (tmp_path / "in.jsonl").write_text('"é"\n', encoding="utf-8")
    read = CliRunner().invoke(app, [str(file), "--sop", "first", str(tmp_path / "in.jsonl")])
    assert read.stdout == '["é"]\n'


def test_without_a_sop_it_prints_what_the_file_shows(app: typer.Typer, file: Path) -> None:
    result = CliRunner().invoke(app, [str(file)])
    assert result.stdout == 'hist(["h", "e", "l", "l", "o"]) = [1, 1, 2, 2, 1]\n'


def test_findings_exit_with_one(app: typer.Typer, tmp_path: Path, file: Path) -> None:
    assert CliRunner().invoke(app, [str(file), "--lint"]).exit_code == 0
    bad = tmp_path / "bad.rasp"
    bad.write_text("x = 1; y = 2;\n")
    result = CliRunner().invoke(app, [str(bad), "--lint"])
    assert result.exit_code == 1
    assert f"{bad}:1:8: statement-per-line:" in result.stdout
    as_json = CliRunner().invoke(app, [str(bad), "--lint", "--json"])
    assert [finding["rule"] for finding in json.loads(as_json.stdout)] == ["statement-per-line"]


@pytest.mark.parametrize(
    ("line", "message", "place"),
    [
        ("[1", "not JSON", "<stdin>:1:1"),
        ('{"a": 1}', "not a RASP input", "<stdin>:1:1"),
        ("[]", "at least one token", "<stdin>:1:1"),
        ("[[1]]", "strings or numbers", "<stdin>:1:1"),
        ('["a", "z"]', "not in the dict", "p.rasp:2:13"),
    ],
)
def test_bad_input_is_located(
    app: typer.Typer, tmp_path: Path, line: str, message: str, place: str
) -> None:
    path = tmp_path / "p.rasp"
    path.write_text('set example ["a"]\nx = {"a": 1}[tokens];\n')
    result = CliRunner().invoke(app, [str(path), "--sop", "x"], input=line + "\n")
    assert isinstance(result.exception, TpcError)
    assert message in result.exception.message
    assert str(result.exception.location).endswith(place)


def test_a_missing_file_or_sop_is_an_error(app: typer.Typer, tmp_path: Path, file: Path) -> None:
    missing = CliRunner().invoke(app, [str(tmp_path / "none.rasp"), "--sop", "x"])
    assert isinstance(missing.exception, TpcError)
    unknown = CliRunner().invoke(app, [str(file), "--sop", "hst"], input="")
    assert isinstance(unknown.exception, TpcError)
    assert "hist" in (unknown.exception.hint or "")


def test_a_program_on_standard_input(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('"ab"\n')
    arguments = ["-", str(tmp_path / "in.jsonl"), "--sop", "hist"]
    assert CliRunner().invoke(app, arguments, input=PROGRAM).stdout == "[1, 1]\n"
    assert CliRunner().invoke(app, ["-", "--lint"], input=PROGRAM).exit_code == 0
    both = CliRunner().invoke(app, ["-", "--sop", "hist"], input=PROGRAM)
    assert isinstance(both.exception, TpcError)


def test_numbers_too_long_to_write_are_an_error(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "long.rasp"
    path.write_text("x = 9 ^ 2000;\ny = x * x * x;\nz = indices + y;\n")
    result = CliRunner().invoke(app, [str(path), "--sop", "z"], input='"ab"\n')
    assert isinstance(result.exception, TpcError)
    shown = tmp_path / "shown.rasp"
    shown.write_text("x = 9 ^ 2000;\nx * x * x;\n")
    result = CliRunner().invoke(app, [str(shown)])
    assert result.exit_code == 2
    assert f"{shown}:2:7: error: a number is too long to be written" in result.stderr


def test_errors_are_reported_and_the_rest_is_done(app: typer.Typer, tmp_path: Path) -> None:
    path = tmp_path / "some.rasp"
    path.write_text("bad = nothing;\ntokens;indices;\nx = indices;\nx;\n(x)[0];\n")
    result = CliRunner().invoke(app, [str(path)])
    assert result.exit_code == 2
    assert result.stdout == 'x(["h", "e", "l", "l", "o"]) = [0, 1, 2, 3, 4]\n'
    lines = [line.split(": error:")[0] for line in result.stderr.splitlines() if ": error:" in line]
    assert lines == [f"{path}:1:7", f"{path}:2:8", f"{path}:5:1"]
    answered = CliRunner().invoke(app, [str(path), "--sop", "x"], input='"ab"\n')
    assert answered.exit_code == 2
    assert answered.stdout == "[0, 1]\n"
    refused = CliRunner().invoke(app, [str(path), "--sop", "bad"], input='"ab"\n')
    assert isinstance(refused.exception, TpcError)
    assert "nothing is named" in refused.stderr
