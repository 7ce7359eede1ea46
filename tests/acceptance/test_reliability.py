"""The reliability scripts, with fewer kills: `docs/reliability.md` says how to run them whole."""

import subprocess
import sys

import pytest

from tests.reliability.workspace import ROOT


@pytest.mark.parametrize(
    "script", [("crash", "--times", "5", "--seed", "1"), ("determinism",)], ids=lambda s: s[0]
)
def test_nothing_is_found(script: tuple[str, ...]) -> None:
    module, *options = script
    done = subprocess.run(
        [sys.executable, "-m", f"tests.reliability.{module}", "--jobs", "2", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
