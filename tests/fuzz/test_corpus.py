"""Inputs that were faulty once, and some of each kind that never were: what comes of each."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.engine import attempt
from tests.fuzz.keep import expected
from tests.fuzz.target import CORPUS, TARGETS


def test_every_input_of_the_corpus_has_an_answer() -> None:
    files = {f"{path.parent.name}/{path.name}" for path in CORPUS.glob("*/*")}
    assert files == set(expected())
    assert {path.split("/")[0] for path in files} == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus(name: str, tmp_path: Path) -> None:
    """Each in a process of its own: what they try changes limits and streams of the process."""
    if missing := TARGETS[name].missing():
        pytest.skip(f"needs {', '.join(missing)}")
    command = [sys.executable, "-m", "tests.fuzz.test_corpus", name, str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def replay(name: str, folder: Path) -> list[str]:
    """What is wrong with the inputs of a target."""
    target, answers, wrong = TARGETS[name], expected(), []
    fuzzer = target.load(folder)
    for path in target.corpus():
        outcome, fault = attempt(target, fuzzer, path.read_bytes())
        answer = answers[f"{name}/{path.name}"]
        if fault is not None:
            wrong.append(f"{path.name}: {fault.details}")
        elif not outcome.startswith(answer):
            wrong.append(f"{path.name}: {outcome!r}, not {answer!r}")
    return wrong


if __name__ == "__main__":
    found = replay(sys.argv[1], Path(sys.argv[2]))
    print("\n".join(found))
    sys.exit(1 if found else 0)
