"""The script that kills sweeps: what it calls a difference, and that it kills."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.sweep_kills import counted, differences, killed_often, repeated, written
from tests.sweep.test_report import row, trial
from tpc.sweep.table import BEST, write_table
from tpc.sweep.trials import Trial

#: Writes a row at each start, and ends with the third; what it starts with it keeps.
SLOW = """
import pathlib, sys, time
folder = pathlib.Path(sys.argv[1]) / "trials"
number = len(list(folder.glob("*")))
(folder / str(number)).mkdir(parents=True)
(folder / str(number) / "row.json").write_text("{}")
time.sleep(0 if number == 2 else 60)
"""


def _sweep(folder: Path, table: dict[Trial, dict[str, Any]], front: str = "{}") -> Path:
    (folder / BEST).mkdir(parents=True)
    (folder / BEST / "front.json").write_text(front)
    write_table(folder / "trials.parquet", table)
    return folder


def test_only_times_may_differ(tmp_path: Path) -> None:
    one, two = trial(0), trial(1)
    whole = _sweep(tmp_path / "whole", {one: row(1.0, 900), two: row(0.8, 300)})
    later = {one: row(1.0, 900, seconds=9.0), two: row(0.8, 300, seconds=8.0)}
    assert differences(whole, _sweep(tmp_path / "same", later)) == []
    worse = _sweep(tmp_path / "worse", {one: row(1.0, 901), two: row(0.8, 300)}, front="[]")
    assert differences(whole, worse) == [f"trial {one.key} differs", "front.json differs"]
    lost = _sweep(tmp_path / "lost", {two: row(0.8, 300)})
    assert differences(whole, lost) == [f"trial {one.key} is lost"]
    other = _sweep(tmp_path / "order", {two: row(0.8, 300), one: row(1.0, 900)})
    assert differences(whole, other) == ["the order of the rows differs"]


def test_what_is_written_must_stay_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "trials" / "a" / "row.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({}))
    path.with_name("rung-3.json").write_text("{}")
    assert counted(written(tmp_path)) == "1 rows, 1 at rungs"
    path.with_name("rung-3.json").unlink()
    before = written(tmp_path)
    assert repeated(before, before) == []
    assert repeated(before, {}) == ["a/row.json was there, and is lost"]
    assert repeated(before, {"a/row.json": (0, b"{}")}) == [
        "a/row.json was there, and was made again"
    ]


def test_it_kills_and_goes_on_and_complains_of_an_early_end(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", "-c", SLOW, str(tmp_path)]
    assert killed_often(command, tmp_path, tmp_path / "log", [3, 3]) == []
    assert set(written(tmp_path)) == {f"{k}/row.json" for k in range(3)}
    with pytest.raises(RuntimeError, match="before kill 1"):
        killed_often([sys.executable, "-I", "-S", "-c", ""], tmp_path, tmp_path / "log", [60])
