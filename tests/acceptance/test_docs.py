"""Every command of README.md and of the pages in docs/ is run, in order, as a newcomer would.

Each page has a folder of its own, in which the example programs lie as they do in the repository.
`tests/docs/blocks.py` says how outputs are compared, and what is not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SHARED, MakeRun
from tests.docs.blocks import PAGES, ROOT, Block, blocks, departs

WITH_COMMANDS = [
    page
    for page in PAGES
    if any(block.language in ("console", "pycon") and not block.reason for block in blocks(page))
]


@pytest.mark.slow(seconds=150)
@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_command_works_and_says_what_the_page_says(
    page: Path, tmp_path: Path, make_run: MakeRun
) -> None:
    folder = tmp_path / "newcomer"
    folder.mkdir()
    shutil.copytree(ROOT / "programs", folder / "programs")
    # What pages call RUN_DIR: a run of the authors' trainer.
    run_dir = SHARED / "zoo" / "sort" if SHARED.is_dir() else make_run(max_length=5)
    ran = 0
    for block in blocks(page):
        if block.file is not None:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        if block.reason is None and block.language == "console":
            ran += run_console(block, folder, run_dir)
        if block.reason is None and block.language == "pycon":
            ran += run_python(block, folder)
    assert ran


def run_console(block: Block, folder: Path, run_dir: Path) -> int:
    commands = list(block.commands())
    for command in commands:
        done = execute(command.text.replace("RUN_DIR", str(run_dir)), folder)
        expected = block.status if command is commands[-1] else 0
        where = f"{block.page}:{block.line}: {command.text}"
        assert done.returncode == expected, f"{where}\n{done.stdout}"
        assert departs(command.shown, done.stdout, block.mark) is None, (
            f"{where}\n{departs(command.shown, done.stdout, block.mark)}"
        )
    return len(commands)


def run_python(block: Block, folder: Path) -> int:
    (folder / "session.txt").write_text(block.text, encoding="utf-8")
    done = execute(f"{sys.executable} -m doctest session.txt", folder)
    assert done.returncode == 0, f"{block.page}:{block.line}\n{done.stdout}"
    return block.text.count(">>> ")


def execute(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    shown = {"NO_COLOR": "1", "COLUMNS": "80"}
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **shown},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
