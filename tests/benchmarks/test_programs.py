"""`make programs`: which programs there are, and what is left to be made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.programs import SETTINGS, main, missing
from tests.docs.blocks import ROOT

PROGRAMS = ROOT / "programs"
THERE = [setting for setting in SETTINGS if (PROGRAMS / setting.folder).exists()]


def test_every_program_that_is_shipped_is_made() -> None:
    shipped = {path.parent for path in PROGRAMS.rglob("report.json")}
    assert shipped == {PROGRAMS / setting.folder for setting in THERE}
    assert len({setting.folder for setting in SETTINGS}) == len(SETTINGS)


@pytest.mark.parametrize("setting", THERE, ids=lambda setting: setting.folder)
def test_the_command_beside_a_program_makes_it(setting) -> None:
    first = (PROGRAMS / setting.folder / "command.txt").read_text().splitlines()[0]
    assert first.startswith(setting.command + " ")
    assert missing(setting, PROGRAMS) == ""


def test_what_is_there_and_equal_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(PROGRAMS / "hist", tmp_path / "hist")
    arguments = ["-o", str(tmp_path / "runs"), "--programs", str(tmp_path), "--check", "--only"]
    monkeypatch.setattr("sys.argv", ["programs.py", *arguments, "hist"])
    assert main() == 0
    report = tmp_path / "hist" / "report.json"
    report.write_text(json.dumps({**json.loads(report.read_text()), "equal": False}))
    assert main() == 1
    assert "it differs from its network" in capsys.readouterr().err
    (tmp_path / "hist" / "hist.tpir").unlink()
    assert main() == 1
    assert "it is not there" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_text_is_left_out_without_corpora(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["-o", str(tmp_path / "runs"), "--programs", str(tmp_path), "--only", "text/trec"]
    monkeypatch.setattr("sys.argv", ["programs.py", *arguments])
    assert main() == 0
    assert "left out: name --data and --vectors" in capsys.readouterr().err
    assert not (tmp_path / "text").exists()
