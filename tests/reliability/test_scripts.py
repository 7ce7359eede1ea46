"""That the scripts beside this file see what they look for."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from tests.reliability import crash
from tests.reliability.crash import OLD, SENTENCE, Trial
from tests.reliability.determinism import Setting, try_command
from tests.reliability.workspace import COMMANDS, ROOT, Command
from tpc.cli.main import app

NEW = {"out.py": b"new main", "out_data.json": b"new data"}


def test_every_command_that_writes_a_file_is_killed() -> None:
    group = typer.main.get_command(app)
    writing = {
        name
        for name, command in group.commands.items()
        if any("-o" in option.opts for option in command.params)
    }
    assert len(writing) > 10
    # These write folders with which they go on: their own tests kill them.
    folders = {"train", "sweep", "reproduce"}
    assert writing - folders <= {command.arguments[0] for command in COMMANDS}


def test_what_the_page_names_is_there() -> None:
    page = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:tests|benchmarks)/[\w/]+(?:\.py)?)`", page))
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(COMMANDS[0], tmp_path, tmp_path, NEW, dict.fromkeys(NEW, OLD), 0)


@pytest.mark.parametrize("outputs", [dict.fromkeys(NEW, OLD), NEW])
def test_whole_files_are_fine(trial: Trial, outputs: dict[str, bytes]) -> None:
    for name, content in outputs.items():
        (trial.folder / name).write_bytes(content)
    assert trial.fault((trial.old, trial.new), litter=False) is None


@pytest.mark.parametrize("outputs", [{"out.py": NEW["out.py"]}, {**NEW, "out.py": b"new m"}])
def test_half_a_file_and_a_missing_one_are_faults(trial: Trial, outputs: dict[str, bytes]) -> None:
    for name, content in outputs.items():
        (trial.folder / name).write_bytes(content)
    assert "neither the old nor the new" in str(trial.fault((trial.old, trial.new), litter=True))


def test_litter_is_a_fault(trial: Trial) -> None:
    trial.restore()
    (trial.folder / ".out.py.abcdefgh.tmp").write_bytes(b"")
    assert trial.fault((trial.old,), litter=True) is None
    assert trial.fault((trial.old,), litter=False) == "it leaves .out.py.abcdefgh.tmp"


ASKED = ((sys.executable, "-Bc", "import out"),)
READING = "import pathlib; data = pathlib.Path('out_data.json').read_text()"
REFUSING = f"{READING}\nassert data == '{{0}}', \"{SENTENCE}\"\nprint(data)"


@pytest.mark.parametrize(
    ("module", "wrong"), [(REFUSING, 0), (f"{READING}\nprint('{{0}}', data)", 2)]
)
def test_a_mixture_that_answers_is_a_fault(
    module: str, wrong: int, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crash, "completes", lambda _: None)
    old, new = (
        {"out.py": module.format(data).encode(), "out_data.json": data.encode()}
        for data in ("1", "2")
    )
    command = replace(COMMANDS[0], asks=ASKED)
    seen = list(crash.mixed(replace(trial, command=command, old=old, new=new)))
    assert sum(fault is not None for fault in seen) == wrong
    assert all("a mixture says" in fault for fault in seen if fault is not None)


def test_a_setting_that_matters_is_seen() -> None:
    """A table made for a terminal fits itself to its width."""
    inputs = ROOT / "programs/hist"
    table = Command("inspect", ("inspect", "{inputs}/hist.tpir"), ())
    narrow = [Setting("wide", {"COLUMNS": "200"}), Setting("narrow", {"COLUMNS": "20"})]
    line, differences = try_command(table, inputs, tuple(narrow))
    assert "under 2 settings" in line
    assert [text.split(":")[0] for text in differences] == ["narrow"]
