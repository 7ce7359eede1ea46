"""What is in the wheel and in the source distribution."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from tests.acceptance.conftest import Distributions
from tests.acceptance.environments import Outcome, call
from tpc import __version__

#: What building adds to the repository's files.
GENERATED = {"PKG-INFO", "setup.cfg"}


def tracked(clone: Path) -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=clone, check=True, capture_output=True, text=True
    )
    return set(listed.stdout.split("\0")) - {""}


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def unpacked(distributions: Distributions, folder: Path) -> Path:
    with tarfile.open(distributions.sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (found,) = (folder / "unpacked").iterdir()
    return found


def test_the_source_distribution_is_the_repository(unpacked: Path, clone: Path) -> None:
    """Each file with its bytes, each link as a link."""
    found = {
        path.relative_to(unpacked).as_posix()
        for path in unpacked.rglob("*")
        if path.is_symlink() or path.is_file()
    }
    generated = {name for name in found if name.startswith("tpc.egg-info/")} | GENERATED
    assert found - generated == tracked(clone)
    for name in sorted(tracked(clone)):
        ours, theirs = clone / name, unpacked / name
        if ours.is_symlink():
            assert theirs.readlink() == ours.readlink()
        else:
            assert theirs.read_bytes() == ours.read_bytes(), name


def test_the_source_distribution_gives_the_wheel_of_the_repository(
    distributions: Distributions,
) -> None:
    assert contents(distributions.wheel) == contents(distributions.wheel_of_clone)


def test_the_wheel_holds_tpc_and_nothing_else(distributions: Distributions, clone: Path) -> None:
    found = {name for name in contents(distributions.wheel) if ".dist-info/" not in name}
    code = {name for name in tracked(clone) if name.startswith(("tpc/", "backends/", "ir_specs/"))}
    links = {"tpc/backends", "tpc/ir_specs"}
    # What the page is made from; the page itself, which is made from it, is in the wheel.
    sources = {name for name in code if name.startswith("tpc/report/web/")}
    assert "tpc/report/page.html" in found
    expected = code - links - sources
    assert found == {name if name.startswith("tpc/") else f"tpc/{name}" for name in expected}


def test_the_wheel_says_what_it_is(distributions: Distributions, clone: Path) -> None:
    found = contents(distributions.wheel)
    information = f"tpc-{__version__}.dist-info"
    metadata = message_from_string(found[f"{information}/METADATA"].decode())
    project = tomllib.loads((clone / "pyproject.toml").read_text())["project"]
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert found[f"{information}/licenses/LICENSE"] == (clone / "LICENSE").read_bytes()
    assert metadata["Requires-Python"] == project["requires-python"]
    assert metadata.get_payload() == (clone / "README.md").read_text("utf-8")
    assert set(metadata.get_all("Provides-Extra")) == project["optional-dependencies"].keys()
    points = found[f"{information}/entry_points.txt"].decode().splitlines()
    declared = project["entry-points"]["tpc.backends"] | project["scripts"]
    assert {line for line in points if "=" in line} == {f"{k} = {v}" for k, v in declared.items()}


def run_tests(unpacked: Path, *arguments: str) -> Outcome:
    """Tests of the unpacked repository, by the packages of this environment."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return call(command, unpacked, {**os.environ, "PYTHONPATH": str(unpacked)})


def test_the_tests_are_collected_from_the_source_distribution(unpacked: Path) -> None:
    outcome = run_tests(unpacked, "--collect-only", "-qq")
    assert outcome.status == 0, outcome.out
    assert sum(line.startswith("tests/") for line in outcome.out.splitlines()) > 100


@pytest.mark.parametrize("tests", ["tests/architecture", "tests/ir", "tests/test_plugins.py"])
def test_the_tests_run_from_the_source_distribution(unpacked: Path, tests: str) -> None:
    outcome = run_tests(unpacked, "-q", tests)
    assert outcome.status == 0, outcome.out
