"""A package beside the wheel adds a backend, a pass and a task; without it they are gone."""

from __future__ import annotations

import json
from pathlib import Path

from tests.acceptance.environments import Environment


def test_a_package_of_somebody_elses(installed: Environment, clone: Path, folder: Path) -> None:
    work = folder / "third_party"
    work.mkdir()
    program = clone / "programs/hist/hist.tpir"
    sequence = '["<s>", "3", "1", "3"]\n'
    package = clone / "tests/acceptance/third_party"
    installed.pip("install", "--quiet", "--no-deps", package)
    try:
        installed.tpc("compile", program, "-t", "json", "-o", "hist.json", folder=work)
        assert json.loads((work / "hist.json").read_text())["name"] == "hist"
        answers = [
            installed.tpc("run", program, "-t", target, stdin=sequence, folder=work).out
            for target in ("json", "python")
        ]
        assert answers[0] == answers[1]
        rows = installed.tpc("data", "rotate", "--dataset-size", 50, folder=work).out
        assert len(rows.splitlines()) > 10
        assert "drop-zero-features" in installed.tpc("opt", "--list", folder=work).out
        optimise = ("opt", program, "-p", "drop-zero-features", "--verify-each")
        assert installed.tpc(*optimise, folder=work).out.startswith("tpir ")
    finally:
        installed.pip("uninstall", "--quiet", "--yes", "tpc-example-plugin")
    for arguments in (["compile", program, "-t", "json"], ["data", "rotate"], optimise):
        gone = installed.tpc(*arguments, status=2, folder=work)
        assert gone.err.startswith("error: there is no ")


def test_a_package_trains_on_its_task(installed: Environment, clone: Path, folder: Path) -> None:
    """A run records the task's name alone: it is read where the package is, and only there."""
    work = folder / "third_party_run"
    work.mkdir()
    installed.pip("install", "--quiet", "--no-deps", clone / "tests/acceptance/third_party")
    small = ("--dataset-size", 200, "--recipe", "paper", "--n-epochs", 1, "--max-length", 5)
    try:
        installed.tpc("train", "rotate", "-o", "rotate", *small, folder=work)
        installed.tpc("import", "rotate", "-o", "rotate.tpir", folder=work)
    finally:
        installed.pip("uninstall", "--quiet", "--yes", "tpc-example-plugin")
    assert "rotate" in installed.tpc("import", "rotate", status=2, folder=work).err
    installed.tpc("run", "rotate.tpir", stdin='["<s>", "1", "</s>"]\n', folder=work)
