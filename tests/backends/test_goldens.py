"""What the levels and the targets make of the small programs is what it was, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backends.update_goldens import (
    EXPENSIVE,
    ROOT,
    SOURCES,
    emitted_files,
    golden_files,
    optimised_golden,
    recorded_text,
    source,
    unclaimed_files,
)
from tests.passes.cases import assert_kept
from tpc.ir.printer import print_program
from tpc.passes.pipelines import optimise, pipeline

LEVELS_RUN = [(name, 1) for name in SOURCES] + [(n, 3) for n in SOURCES if n not in EXPENSIVE]


@pytest.mark.parametrize(("name", "level"), LEVELS_RUN)
def test_a_level_gives_what_it_gave(name: str, level: int) -> None:
    """And the labels too. Of the expensive ones, `make goldens-check` runs -O3."""
    before = source(name)
    now = optimise(before, level).program
    assert print_program(now).encode() == recorded_text(name, level)
    assert_kept(before, now, pipeline(level))


@pytest.mark.parametrize("name", SOURCES)
def test_only_a_level_that_changes_something_has_a_file(name: str) -> None:
    for level, below in ((1, 0), (3, 1)):
        path = optimised_golden(name, level)
        assert not path.exists() or path.read_bytes() != recorded_text(name, below), path


@pytest.mark.parametrize("name", SOURCES)
def test_emitted_text_is_as_it_was(name: str) -> None:
    """Write it anew with `python -m tests.backends.update_goldens`, and read the difference."""
    expected = emitted_files(name)
    assert golden_files(name) == set(expected)
    for path, content in expected.items():
        assert content == path.read_bytes(), path


def test_no_golden_file_is_left_over() -> None:
    assert unclaimed_files() == set()


@pytest.mark.parametrize("seed", ["0", "42"])
def test_bytes_depend_on_neither_the_hash_seed_nor_the_directory(seed: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.backends.update_goldens", "--check", "--emitted"],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "0 files differ\n"), done.stderr
