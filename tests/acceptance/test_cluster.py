"""Ray and Optuna, which nothing else needs: what is tested where they are installed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.acceptance.environments import CONSTRAINTS, ROOT, Environment

TESTED = (
    "tests/sweep/test_ray_engine.py",
    "tests/sweep/test_ray_work.py",
    "tests/sweep/test_adaptive.py",
)


@pytest.mark.slow(seconds=260)
def test_sweeps_on_a_cluster_and_by_optuna(installed: Environment, folder: Path) -> None:
    """Two nodes on this machine; a worker is killed and a node stopped."""
    environment = Environment(folder / "cluster").create()
    beside = environment.site_packages / "installed.pth"
    beside.write_text(f"{installed.site_packages}\n", encoding="utf-8")
    needed = ("ray>=2.50", "optuna>=4.0", "pytest", "hypothesis")
    environment.pip("install", "--quiet", "-c", CONSTRAINTS, *needed)
    command = [environment.python, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *TESTED]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
