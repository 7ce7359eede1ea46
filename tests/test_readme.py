"""Every command of the README is run, in order, in an empty folder, as a newcomer would.

What it shows of Python comes after the commands, on the files that they have made.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import SHARED, MakeRun

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```pycon\n(.*?)```", re.DOTALL)
#: What does not change from machine to machine, and must come out as the README shows it.
STABLE = ("EQUAL", "DIFFERENT", "[", "wrote", "python:")


def commands() -> Iterator[tuple[str, list[str]]]:
    """Each command, and the lines of output that the README shows under it."""
    for block in BLOCK.findall(README.read_text(encoding="utf-8")):
        for part in block.replace("\\\n", "").split("$ ")[1:]:
            command, *output = part.rstrip().split("\n")
            yield command.split("   #")[0].rstrip(), [line for line in output if line]


@pytest.mark.slow(seconds=150)
def test_every_command_works_and_says_what_the_readme_says(
    tmp_path: Path, make_run: MakeRun
) -> None:
    run_dir = SHARED / "zoo" / "sort" if SHARED.is_dir() else make_run(max_length=5)
    folder = tmp_path / "newcomer"
    folder.mkdir()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "NO_COLOR": "1",
    }
    ran = 0
    for command, shown in commands():
        if command.startswith("make "):
            continue  # `make test` is what runs this; `make demo` is these commands again.
        found = subprocess.run(
            command.replace("RUN_DIR", str(run_dir)),
            shell=True,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        said = found.stdout + found.stderr
        assert found.returncode == 0, f"{command}\n{said}"
        for line in shown:
            if line.startswith(STABLE):
                assert line in said.splitlines(), command
        ran += 1
    assert ran >= 6
    text = "\n".join(PYTHON.findall(README.read_text(encoding="utf-8")))
    assert text.count(">>> ") >= 6
    (folder / "session.txt").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "doctest", "session.txt"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name", ["ir_specs/SPEC.md", "tpc/semantics/interpreter.py", "CONTRIBUTING.md"]
)
def test_linked_files_are_there(name: str) -> None:
    assert name in README.read_text(encoding="utf-8")
    assert (README.parent / name).is_file()
