"""That the scripts beside this file see what they look for."""

from pathlib import Path

import pytest

from tests.reliability.crash import OLD, Trial
from tests.reliability.determinism import Setting, try_command
from tests.reliability.workspace import COMMANDS, ROOT, Command

NEW = {"out.py": b"new main", "out_data.json": b"new data"}


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial(COMMANDS[0], tmp_path, tmp_path, NEW, 0)


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


def test_a_setting_that_matters_is_seen() -> None:
    """A table made for a terminal fits itself to its width."""
    inputs = ROOT / "programs/hist"
    table = Command("inspect", ("inspect", "{inputs}/hist.tpir"), ())
    narrow = [Setting("wide", {"COLUMNS": "200"}), Setting("narrow", {"COLUMNS": "20"})]
    line, differences = try_command(table, inputs, tuple(narrow))
    assert "under 2 settings" in line
    assert [text.split(":")[0] for text in differences] == ["narrow"]
