"""`tpc doctor` says what is there and what is broken, and never falls over it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import tpc as package
from tests.cli.conftest import Outcome, Tpc
from tpc.cli import doctor

ROOT = Path(__file__).parents[2]
NAMES = [check.name for check in doctor.CHECKS]


def findings(outcome: Outcome) -> dict[str, dict[str, str]]:
    found = outcome.json()
    assert isinstance(found, dict)
    assert found["ok"] == (outcome.status == 0)
    return {row["name"]: row for row in found["findings"]}


def test_this_machine(tpc: Tpc) -> None:
    rows = findings(tpc("doctor", "--json"))
    assert list(rows) == NAMES
    assert rows["tpc"]["found"].startswith(f"{package.__version__}, ")
    assert sys.executable in rows["Python"]["found"]
    assert "threads, device " in rows["torch"]["found"]
    assert "typer" in rows["packages"]["found"]
    assert "python" in rows["backends"]["found"]
    for row in rows.values():
        assert (row["status"] == "ok") == (row["problem"] is None)
        assert row["found"] or row["hint"]


def alone(tpc: Tpc, monkeypatch: pytest.MonkeyPatch, name: str) -> dict[str, str]:
    """What is found of one thing, with the status that this gives the command."""
    checks = tuple(check for check in doctor.CHECKS if check.name == name)
    monkeypatch.setattr(doctor, "CHECKS", checks)
    outcome = tpc("doctor", "--json")
    (row,) = findings(outcome).values()
    assert outcome.status == (1 if row["status"] == "missing" else 0)
    return row


def test_without_a_compiler(tpc: Tpc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    row = alone(tpc, monkeypatch, "C compiler")
    assert row["status"] == "missing"
    assert "no-such-compiler" in row["problem"]
    assert "install one" in row["hint"]


@pytest.mark.parametrize("script", ["exit 1", "echo oops >&2; exit 3", "exit 0", "kill -9 $$"])
def test_with_a_broken_compiler(
    tpc: Tpc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    broken = tmp_path / "cc"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    assert alone(tpc, monkeypatch, "C compiler")["status"] == "missing"


def test_without_node(tpc: Tpc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    row = alone(tpc, monkeypatch, "Node")
    assert (row["status"], row["found"]) == ("missing", "")
    assert "apt install nodejs" in row["hint"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('half installed')", "half installed"),
        ("import os; os.abort()", "status -6"),
        ("__version__ = '0'", "cuda"),
    ],
)
def test_a_torch_that_does_not_load(
    tpc: Tpc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str, said: str
) -> None:
    (tmp_path / "torch.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    row = alone(tpc, monkeypatch, "torch")
    assert row["status"] == "missing"
    assert said in row["problem"]
    assert "train" in row["needed_for"]


def test_a_cache_that_cannot_be_written_is_a_note(
    tpc: Tpc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert alone(tpc, monkeypatch, "cache folder")["status"] == "note"


def test_packages_that_are_not_there(tpc: Tpc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.metadata, "requires", lambda _: ["no-such.thing>=2", "typer"])
    row = alone(tpc, monkeypatch, "packages")
    assert row["problem"] == "not installed: no-such.thing"


def test_whatever_is_broken_is_a_line(tpc: Tpc, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise KeyError("nobody foresaw this")

    checks = tuple(
        doctor.Check(check.name, check.needed_for, broken, check.hint) for check in doctor.CHECKS
    )
    monkeypatch.setattr(doctor, "CHECKS", checks)
    outcome = tpc("doctor")
    assert outcome.status == 1
    assert "Traceback" not in outcome.out + outcome.err
    assert outcome.out.count("nobody foresaw this") == len(checks)
    assert outcome.out.count("hint: ") == len(checks)


def test_torch_is_not_loaded_here() -> None:
    code = (
        "import sys; sys.argv = ['tpc', 'doctor', '--json']\n"
        "from tpc.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: sys.exit('torch' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, stdout=subprocess.DEVNULL
    )


def test_the_version(tpc: Tpc) -> None:
    start = time.process_time()
    assert tpc("--version").out == f"tpc {package.__version__}\n"
    assert time.process_time() - start < 1
