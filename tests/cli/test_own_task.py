"""A task in Python from `tpc data` to a program that is shown right on every input."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc

TASK = """
import tpc

@tpc.task(alphabet="ab", lengths=(1, 4))
def opposite(tokens: list[str]) -> list[str]:
    return ["b" if token == "a" else "a" for token in tokens]
"""
SMALL = (
    *("--n-layers", 1, "--n-heads-cat", 0, "--n-cat-mlps", 0, "--search", 2, "--n-epochs", 0),
    *("--dataset-size", 40),
)


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = tmp_path / "opposite.py"
    path.write_text(TASK, encoding="utf-8")
    return path


@pytest.fixture
def run(tpc: Tpc, task: Path, tmp_path: Path) -> Path:
    done = tpc("train", task, "-o", tmp_path / "run", *SMALL)
    assert done.status == 0, done.err
    return tmp_path / "run"


def test_a_task_of_ones_own_is_learned_and_shown_right(tpc: Tpc, task: Path, run: Path) -> None:
    program = run / "program.tpir"
    assert len(tpc("data", task).out.splitlines()) == 24
    right = tpc("verify", program, "--task", task)
    assert right.status == 0
    assert right.out.splitlines() == [
        "interpreter: all 30 inputs of the task, 0 wrong",
        f"proved: opposite is right on every input of {task}",
    ]
    assert tpc("verify", program, "--task", task, "--json").json()["proved"] is True  # type: ignore[index]
    assert "proved: " in tpc("verify", program, "--against", run).out
    assert "test: 100.0000% of" in tpc("eval", program, "--task", task).out
    assert tpc("import", run, "-o", "-").out == program.read_text(encoding="utf-8")


def test_a_wrong_program_ends_with_status_1(tpc: Tpc, task: Path, run: Path) -> None:
    task.write_text(TASK.replace('== "a"', '== "a" or len(tokens) == 3'), encoding="utf-8")
    wrong = tpc("verify", run / "program.tpir", "--task", task)
    assert wrong.status == 1
    assert "all 30 inputs of the task, 7 wrong" in wrong.out
    assert 'wrong on ["<s>", "a", "a", "b", "</s>"]' in wrong.out
    assert "is not what it was when %opposite was trained" in wrong.err


def test_a_run_goes_on_while_its_task_is_there(tpc: Tpc, task: Path, run: Path) -> None:
    (run / "checkpoint.safetensors").write_bytes(b"")
    assert "checkpoint" in tpc("train", "--resume", run).err
    task.write_text(TASK + "\n", encoding="utf-8")
    changed = tpc("train", "--resume", run)
    assert changed.status == 2
    assert "is not what it was" in changed.err


def test_no_program_or_run_makes_a_command_run_python(tpc: Tpc, task: Path, run: Path) -> None:
    """Only a file that the user names, or the run that the user resumes, is executed."""
    program = run / "program.tpir"
    task.write_text("raise RuntimeError('it was run')", encoding="utf-8")
    without = tpc("eval", program)
    assert without.status == 2
    assert "name its file or module with --task" in without.err
    text = program.read_text(encoding="utf-8").replace('"opposite"', json.dumps(str(task)))
    program.write_text(re.sub("\n.*sha256:.*", "", text), encoding="utf-8")
    for command in (["eval", program], ["import", run], ["verify", program, "--against", run]):
        assert "it was run" not in tpc(*command).err
    assert "it was run" in tpc("verify", program, "--task", task).err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "say what to compare the program with"),
        (["--task", "sort", "--against", "x"], "say what to compare the program with"),
        (["--task", "sort", "--data", "x"], "--data is for the comparison with a network"),
        (["--task", "srot"], "there is no task 'srot'"),
    ],
)
def test_what_does_not_go_together_is_refused(
    tpc: Tpc, sort_program: Path, options: list[str], message: str
) -> None:
    refused = tpc("verify", sort_program, *options)
    assert refused.status == 2
    assert message in refused.err


def test_eval_takes_rows_from_one_place(tpc: Tpc, sort_program: Path) -> None:
    assert "has rows, and so has" in tpc("eval", sort_program, "--task", "sort", "--data", "x").err
