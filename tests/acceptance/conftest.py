"""What is built and installed once for all of these tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.environments import CONSTRAINTS, ROOT, Environment, other_interpreters

FIGURES = pytest.StashKey[list[str]]()

Report = Callable[[str], None]


@dataclass(frozen=True)
class Distributions:
    """What is published, and a wheel built without the detour through the source distribution."""

    wheel: Path
    sdist: Path
    wheel_of_clone: Path


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Figures of a worker process go to the process that prints them."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = session.config.stash[FIGURES]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[FIGURES].extend(getattr(node, "workeroutput", {}).get("figures", []))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """The figures that tests reported, whether they passed or not."""
    if config.stash[FIGURES]:
        terminalreporter.section("figures")
        for line in config.stash[FIGURES]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Report:
    """Takes a line that is shown when all is done."""
    return request.config.stash[FIGURES].append


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Far from the checkout: there is no `tpc` folder above it."""
    return tmp_path_factory.mktemp("acceptance")


@pytest.fixture(scope="session")
def clone(folder: Path) -> Path:
    """What is committed of this checkout, and nothing that lies about in it."""
    clone = folder / "clone"
    subprocess.run(
        ["git", "-c", "safe.directory=*", "clone", "--quiet", "--no-hardlinks", ROOT, clone],
        check=True,
    )
    return clone


@pytest.fixture(scope="session")
def distributions(clone: Path, folder: Path, report: Report) -> Distributions:
    began = time.monotonic()
    published, direct = folder / "published", folder / "direct"
    build = [sys.executable, "-m", "build", clone, "--outdir"]
    subprocess.run([*build, published], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(clone / "build", ignore_errors=True)
    subprocess.run([*build, direct, "--wheel"], check=True, stdout=subprocess.DEVNULL)
    report(f"built in {time.monotonic() - began:.0f} s")
    (wheel,), (sdist,) = published.glob("*.whl"), published.glob("*.tar.gz")
    (wheel_of_clone,) = direct.glob("*.whl")
    return Distributions(wheel, sdist, wheel_of_clone)


@pytest.fixture(scope="session")
def wheel(distributions: Distributions) -> Path:
    return distributions.wheel


@pytest.fixture(scope="session")
def installed(wheel: Path, folder: Path, report: Report) -> Environment:
    """The wheel and all that it requires, as a user installs it."""
    began = time.monotonic()
    environment = Environment(folder / "installed").create()
    environment.pip("install", "--quiet", "-c", CONSTRAINTS, f"{wheel}[plot]")
    report(f"installed in {time.monotonic() - began:.0f} s")
    return environment


@pytest.fixture(params=other_interpreters() or [None], ids=str)
def other_interpreter(request: pytest.FixtureRequest) -> Path:
    """Each other Python that tpc is for."""
    if request.param is None:
        pytest.skip("there is no other Python here, 3.11 or later")
    return request.param
