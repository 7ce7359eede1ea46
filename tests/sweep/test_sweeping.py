"""Sweeps: resumed wherever they stopped, no trial lost or twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from tpc.diagnostics import TpcError
from tpc.files import lock_directory
from tpc.frontends.program_file import read_program_file
from tpc.sweep import sweeping
from tpc.sweep.engine import Lost
from tpc.sweep.plan import Halving, SweepPlan
from tpc.sweep.sweeping import Shipped, Sweep, read_rows, run_shipped
from tpc.sweep.table import TABLE
from tpc.sweep.trials import NOT_REPEATED, Job, Row, run_job

SMALL = {
    "task": "sort",
    "dataset_size": 80,
    "vocab_size": 5,
    "max_length": 4,
    "n_heads_cat": 1,
    "search": 3,
}
ALL = SweepPlan(
    tuple({**SMALL, "n_layers": layers} for layers in (1, 2)), seeds=(0, 1), objective="front"
)


#: No trial of it ends within a round.
HALVED = SweepPlan(
    tuple(
        {**SMALL, "dataset_size": 400, "vocab_size": 6, "max_length": 5, "n_layers": layers}
        for layers in (1, 2)
    ),
    seeds=(0, 1),
    halving=Halving((1,), 0.5),
)


class HereEngine:
    """Runs each piece of work in this process, when its result is asked for."""

    remote = False

    def __init__(self, most: int | None = None) -> None:
        self._waiting: list[Shipped] = []
        self._left = most
        self.ran: list[str] = []

    room = 2

    def submit(self, work: Shipped) -> None:
        self._waiting.append(work)

    def results(self) -> Iterator[tuple[Shipped, Any]]:
        while self._waiting:
            work = self._waiting.pop(0)
            if self._left is not None:
                if not self._left:
                    raise KeyboardInterrupt
                self._left -= 1
            self.ran.append(work.job.trial.key)
            yield work, self._result(work)

    def _result(self, work: Shipped) -> Any:
        return run_shipped(work)

    def close(self) -> None:
        self._waiting.clear()


def swept(plan: SweepPlan, folder: Path, engine: Any, said: list[str] | None = None) -> list[Row]:
    found = [] if said is None else said
    Sweep(plan, folder, engine, found.append, lambda *_: None).run()
    return rows_of(folder)


def rows_of(folder: Path) -> list[Row]:
    """The rows of the table, without what differs from one computation to the next."""
    rows = parquet.read_table(folder / TABLE).to_pylist()
    return [{k: v for k, v in row.items() if k not in NOT_REPEATED} for row in rows]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row]]:
    folder = tmp_path_factory.mktemp("whole") / "sweep"
    return folder, swept(ALL, folder, HereEngine())


def test_every_trial_ends_with_a_program_that_is_its_network(
    whole: tuple[Path, list[Row]],
) -> None:
    folder, rows = whole
    assert [row["key"] for row in rows] == [trial.key for trial in ALL.all_trials()]
    for row in rows:
        assert row["status"] == "finished"
        assert row["verdict"] == "proved"
        assert 0 <= row["test_accuracy"] <= 1
        program = read_program_file(folder / "trials" / row["key"] / "program.tpir")
        assert len(program.nodes) == row["nodes"]
        assert f"--n-layers {row['n_layers']} " in row["command"]
    front = json.loads((folder / "best" / "front.json").read_text())["sort"]
    assert read_program_file(folder / "best" / "sort.tpir")
    best = max(row["val_accuracy"] for row in rows)
    assert front["sort.tpir"]["score"] == best


def test_stopped_after_any_trial_it_goes_on(whole: tuple[Path, list[Row]], tmp_path: Path) -> None:
    for most in range(4):
        folder = tmp_path / str(most)
        engine = HereEngine(most)
        with pytest.raises(KeyboardInterrupt):
            swept(ALL, folder, engine)
        rest, said = HereEngine(), list[str]()
        assert swept(ALL, folder, rest, said) == whole[1]
        assert sorted(engine.ran + rest.ran) == sorted(row["key"] for row in whole[1])
        assert said == [f"{most} of 4 trials are finished"]


def test_a_changed_plan_says_what_it_adds(whole: tuple[Path, list[Row]], tmp_path: Path) -> None:
    swept(replace(ALL, seeds=(0,)), tmp_path, HereEngine())
    said, engine = list[str](), HereEngine()
    assert swept(replace(ALL, seeds=(0, 1)), tmp_path, engine, said) == whole[1]
    assert len(engine.ran) == 2
    assert said == ["2 of 4 trials are finished; the plan adds 2"]
    rows = swept(replace(ALL, seeds=(1,)), tmp_path, HereEngine(), said := [])
    assert said == ["2 of 2 trials are finished; 2 are no longer asked for, and kept"]
    assert rows == [row for row in whole[1] if row["seed"] == 1]


def test_what_failed_has_a_row_and_is_tried_again(tmp_path: Path) -> None:
    plan = SweepPlan(({**SMALL, "n_layers": 1}, {**SMALL, "max_length": 1}))
    for _ in range(2):
        engine = HereEngine()
        rows = swept(plan, tmp_path, engine)
        assert [row["status"] for row in rows] == ["finished", "failed"]
        assert rows[1]["error"]
    assert engine.ran == [rows[1]["key"]]


def test_halving_stops_poor_trials_with_a_program_each(tmp_path: Path) -> None:
    plan, said = HALVED, list[str]()
    rows = swept(plan, tmp_path, HereEngine(), said)
    assert len(rows) == 4
    stopped = [row for row in rows if row["status"] == "stopped"]
    assert said == [f"after 1 steps {len(stopped)} of 4 are stopped"]
    assert len(stopped) == 2
    assert all(row["rounds"] == 1 and row["verdict"] == "proved" for row in stopped)
    rungs = [
        json.loads((tmp_path / "trials" / row["key"] / "rung-1.json").read_text()) for row in rows
    ]
    scores = {row["key"]: rung["val_accuracy"] for row, rung in zip(rows, rungs, strict=True)}
    going = [scores[row["key"]] for row in rows if row not in stopped]
    assert max(scores[row["key"]] for row in stopped) <= min(going)
    engine = HereEngine()
    assert swept(plan, tmp_path, engine) == rows
    assert engine.ran == []


def test_time_that_is_over_leaves_what_can_be_gone_on_with(
    whole: tuple[Path, list[Row]], tmp_path: Path
) -> None:
    sweep = Sweep(replace(ALL, seconds=0.001), tmp_path, HereEngine(), print, lambda *_: None)
    sweep.run()
    assert sweep.over
    assert swept(ALL, tmp_path, HereEngine()) == whole[1]


class ElsewhereEngine(HereEngine):
    """As on a machine where the sweep's directory is not."""

    remote = True

    def _result(self, work: Shipped) -> Any:
        return run_shipped(replace(work, marker=(Path("/nowhere"), b"")))


def test_without_a_shared_directory_files_are_sent_back(
    whole: tuple[Path, list[Row]], tmp_path: Path
) -> None:
    assert swept(ALL, tmp_path / "a", ElsewhereEngine()) == whole[1]
    rows = swept(HALVED, tmp_path / "b", ElsewhereEngine())
    assert rows == swept(HALVED, tmp_path / "c", HereEngine())


def test_what_is_sent_with_a_trial_does_not_grow_with_their_number(tmp_path: Path) -> None:
    engine = HereEngine()
    sent: list[Shipped] = []
    submit = engine.submit
    engine.submit = lambda work: (sent.append(work), submit(work))[1]  # type: ignore[method-assign]
    for name in ("a", "b"):
        swept(replace(ALL, seeds=(0,)), tmp_path / name, engine)
    markers = [work.marker for work in sent]
    assert all(len(content) == 32 for _, content in markers)
    assert markers[0] == markers[1] != markers[2] == markers[3]
    swept(ALL, tmp_path / "a", engine)
    assert sent[-1].marker == markers[0]


class LosingEngine(HereEngine):
    def _result(self, work: Shipped) -> Any:
        return Lost("its process was killed") if len(self.ran) == 1 else run_shipped(work)


def test_a_lost_trial_is_said_and_tried_by_the_next_sweep(
    whole: tuple[Path, list[Row]], tmp_path: Path
) -> None:
    said: list[str] = []
    assert len(swept(ALL, tmp_path, LosingEngine(), said)) == 3
    assert "its process was killed" in said[0]
    assert swept(ALL, tmp_path, HereEngine()) == whole[1]


class BusyEngine(HereEngine):
    def _result(self, work: Shipped) -> Any:
        return ("busy", {}) if len(self.ran) == 1 else run_shipped(work)


def test_what_another_sweep_runs_is_waited_for(
    whole: tuple[Path, list[Row]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(ALL.all_trials()[0], tmp_path / "trial")
    job.folder.mkdir()
    with lock_directory(job.folder) as free:
        assert free
        assert run_job(job) == "busy"
    monkeypatch.setattr(sweeping, "PAUSE", 0.0)
    engine = BusyEngine()
    assert swept(ALL, tmp_path, engine) == whole[1]
    assert engine.ran[0] == engine.ran[-1]


SCRIPT = """
import sys
from pathlib import Path
from tests.sweep.test_sweeping import ALL
from tpc.sweep.running import run_sweep

if __name__ == "__main__":
    engine = {"name": "local", "workers": 2}
    run_sweep(ALL, Path(sys.argv[1]), engine, print, lambda *_: None)
"""


@pytest.mark.slow(seconds=20)
def test_killed_with_its_processes_it_goes_on(
    whole: tuple[Path, list[Row]], tmp_path: Path
) -> None:
    """Workers end with the process that gave them work, so that nothing holds their trials."""
    script, folder = tmp_path / "run.py", tmp_path / "sweep"
    script.write_text(SCRIPT)
    root = Path(__file__).parents[2]
    command = [sys.executable, str(script), str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    process = subprocess.Popen(command, cwd=root, env=environment)
    while not list(folder.glob("trials/*/row.json")):
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    subprocess.run(command, cwd=root, env=environment, check=True)
    assert rows_of(folder) == whole[1]
    assert len(read_rows(folder, ALL.all_trials())) == 4


def test_a_directory_without_a_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TpcError, match="holds no sweep"):
        sweeping.asked_trials(tmp_path)
