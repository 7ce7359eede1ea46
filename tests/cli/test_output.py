"""Where results go: inputs are not replaced, full disks and closed streams are a sentence."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tpc.cli import common

HIST = Path(__file__).parents[2] / "programs/hist/hist.tpir"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "p.tpir"
    path.write_bytes(HIST.read_bytes())
    return path


def shell(command: str, folder: Path, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """A shell command in which `tpc` is the tool; `limit` is the largest file that it may write."""

    def confine() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit or 0, limit or 0))

    tool = f"{sys.executable} -m tpc.cli.main"
    return subprocess.run(
        ["bash", "-c", f'tpc() {{ {tool} "$@"; }}; {command}'],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        text=True,
        capture_output=True,
        check=False,
        preexec_fn=confine if limit is not None else None,
    )


def assert_sentence(done: subprocess.CompletedProcess[str], *fragments: str) -> None:
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    for fragment in ("error: ", *fragments):
        assert fragment in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("compile", "{p}", "-o", "{p}"),
        ("compile", "{p}", "-o", "{link}"),
        ("run", "{p}", "{rows}", "-o", "{p}"),
        ("run", "{p}", "{rows}", "-o", "{rows}"),
    ],
)
def test_an_input_is_not_replaced(
    tpc: Tpc, program: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    rows, link = tmp_path / "rows.jsonl", tmp_path / "link"
    rows.write_text(json.dumps(["<s>", "1"]))
    link.symlink_to(program)
    before = {path: path.read_bytes() for path in (program, rows)}
    paths = {"p": program, "rows": rows, "link": link}
    outcome = tpc(*(part.format(**paths) for part in command))
    assert outcome.status == 2
    assert "is an input of this command" in outcome.err
    assert {path: path.read_bytes() for path in before} == before


def test_a_program_may_be_optimised_in_place(tpc: Tpc, program: Path) -> None:
    assert tpc("opt", program, "-O1", "-o", program).status == 0


def test_a_run_is_not_replaced_by_its_program(tpc: Tpc, sort_run: Path) -> None:
    before = (sort_run / "model.pt").read_bytes()
    assert tpc("import", sort_run, "-o", sort_run / "model.pt").status == 2
    assert (sort_run / "model.pt").read_bytes() == before
    assert tpc("import", sort_run, "-o", sort_run / "program.tpir").status == 0


def test_two_files_do_not_fit_into_a_fifo(tpc: Tpc, program: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.c")
    outcome = tpc("compile", program, "-t", "c", "-o", tmp_path / "fifo.c")
    assert outcome.status == 2
    assert "2 files" in outcome.err
    assert not (tmp_path / "fifo.h").exists()


def test_a_folder_is_no_file(tpc: Tpc, program: Path, tmp_path: Path) -> None:
    outcome = tpc("compile", program, "-o", tmp_path)
    assert (outcome.status, "it is a directory" in outcome.err) == (2, True)


@pytest.mark.parametrize(
    "command",
    [
        "tpc compile p.tpir -o out.py",
        "tpc opt p.tpir -O1 -o out.tpir",
        "tpc data sort -o out.jsonl --dataset-size 500",
        'yes \'["<s>","0"]\' | head -5000 | tpc run --unchecked p.tpir -o out.jsonl',
    ],
)
def test_a_full_disk(program: Path, command: str) -> None:
    done = shell(f"set -o pipefail; {command}", program.parent, limit=256)
    assert_sentence(done, "cannot write out.", "File too large")
    assert [path.name for path in program.parent.iterdir()] == ["p.tpir"]


@pytest.mark.parametrize(
    ("command", "fragment"),
    [
        ("tpc compile p.tpir > /dev/full", "cannot write standard output: No space left"),
        ("tpc compile p.tpir >&-", "standard output"),
        ("tpc --version >&-", "standard output"),
        ("tpc run p.tpir <&-", "standard input"),
    ],
)
def test_streams_that_are_full_or_closed(program: Path, command: str, fragment: str) -> None:
    assert_sentence(shell(command, program.parent), fragment)


def test_closed_streams_that_are_not_needed(program: Path) -> None:
    done = shell("tpc compile p.tpir -o out.py <&- >&- 2>&-", program.parent)
    assert done.returncode == 0
    assert (program.parent / "out.py").read_text().startswith('"""hist')


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (MemoryError(), "not enough memory"),
        (RecursionError(), "nested too deeply"),
        (PermissionError(13, "Permission denied", "x/y"), "x/y: Permission denied"),
        (OSError("odd"), "odd"),
    ],
)
def test_what_the_system_refuses_is_a_sentence(
    tpc: Tpc,
    program: Path,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    message: str,
) -> None:
    def fail(*_: object) -> None:
        raise raised

    read: Callable[..., None] = fail
    monkeypatch.setattr("tpc.frontends.program_file.read_program_file", read)
    outcome = tpc("compile", program)
    assert outcome.status == 2
    assert message in outcome.err


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "latin-1"])
def test_bytes_go_to_standard_output_in_its_encoding(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(taken, encoding=encoding))
    sys.stdout.write("before ")
    with common.byte_sink("-") as write:
        write("é".encode())
        write(b"\n")
    sys.stdout.flush()
    assert taken.getvalue() == "before é\n".encode(encoding)
