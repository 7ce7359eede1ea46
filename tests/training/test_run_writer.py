"""Run directories: one training at a time, and nothing left of one that could not begin."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tests.cli.test_output import assert_sentence, shell
from tests.training.conftest import MakePlan
from tests.training.test_session import Killed, silent, stop_after
from tests.training.test_train_command import SMALL
from tpc.diagnostics import TpcError
from tpc.training.options import SeedsOptions
from tpc.training.run_writer import locked
from tpc.training.seeds import resume_seeds, start_seeds
from tpc.training.session import resume_run, start_run

__all__ = ["tpc"]

#: Trains in a directory, and says once an epoch is over that it waits.
TRAINING = """
import sys
from pathlib import Path
from tpc.training.plan import read_plan
from tpc.training.session import start_run

def wait(_):
    print("begun", flush=True)
    sys.stdin.read()

start_run(read_plan(Path(sys.argv[1])), Path(sys.argv[2]), wait)
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_trainings_at_once_in_one_directory(
    tpc: Tpc, small_plan: MakePlan, tmp_path: Path
) -> None:
    plan, run = small_plan(), tmp_path / "run"
    whole = start_run(plan, tmp_path / "whole", silent)
    command, pipe = [sys.executable, "-c", TRAINING, tmp_path / "whole", run], subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    before = contents(run)
    for words in (["sort", "-o", run, "--overwrite", *SMALL], ["--resume", run]):
        assert_polite(tpc("train", *words), f"another training is writing {run}", "wait for its")
    assert contents(run) == before
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert contents(run) == before, "the lock leaves nothing"
    assert resume_run(run, silent).best.score == whole.best.score


def test_seeds_lock_the_directories_of_all(small_plan: MakePlan, tmp_path: Path) -> None:
    plan, options = small_plan(), SeedsOptions((0, 1))
    with pytest.raises(Killed):
        start_seeds(plan, tmp_path, options, stop_after(1, Killed))  # type: ignore[arg-type]
    for folder in (tmp_path, tmp_path / "seed-1"):
        with locked(folder), pytest.raises(TpcError, match="another training is writing"):
            resume_seeds(tmp_path, silent)
        with locked(folder), pytest.raises(TpcError, match="another training is writing"):
            start_seeds(plan, tmp_path, options, silent, overwrite=True)
    with pytest.raises(TpcError, match="another training is writing"):
        resume_seeds(tmp_path, lambda _: resume_run(tmp_path / "seed-1", silent))
    assert resume_seeds(tmp_path, silent)["status"] == "finished"


@pytest.mark.parametrize(
    ("limit", "file", "options"),
    [
        (1_000, "run/config.json", []),
        (2_000, "run/model.safetensors", []),
        (3_000, "run/checkpoint.safetensors", []),
        (2_000, "run/seed-0/model.safetensors", ["--seeds", "0-1"]),
    ],
)
def test_nothing_is_left_where_the_disk_is_full(
    tmp_path: Path, limit: int, file: str, options: list[str]
) -> None:
    command = " ".join(["tpc train sort -o new/run", *SMALL, *options])
    assert_sentence(shell(command, tmp_path, limit), f"cannot write new/{file}: File too large")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_later_leaves_what_can_be_gone_on_with(
    small_plan: MakePlan, tmp_path: Path
) -> None:
    run = tmp_path / "run"

    def fill_up(_: object) -> None:
        raise TpcError("cannot write metrics.csv: No space left on device")

    with pytest.raises(TpcError, match="No space left"):
        start_run(small_plan(), run, fill_up)
    assert resume_run(run, silent).status == "finished"


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc, where none writes")
def test_directories_that_cannot_be_written_to(tpc: Tpc) -> None:
    for folder, message in (
        ("/proc/tpc/run", "cannot make /proc/tpc/run: "),
        ("/proc/self", "cannot write /proc/self/config.json: "),
    ):
        assert_polite(tpc("train", "sort", "-o", folder, *SMALL), message)
    assert not Path("/proc/tpc").exists()
