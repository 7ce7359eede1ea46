"""`--time`: training ends with the best network by then, and goes on as if it never had."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tpc.diagnostics import TpcError
from tpc.training.budget import parse_time, until
from tpc.training.planning import plan_training
from tpc.training.session import resume_run, start_run
from tpc.training.state import silent


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60s", 60), ("90", 90), ("5m", 300), ("1.5h", 5400), ("2 min", 120), (" 0.5S ", 0.5)],
)
def test_times_are_read(text: str, seconds: float) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "0", "0s", "-5s", "5 parsecs", "1e3", "5m5s", "9" * 40])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(TpcError, match="is no time"):
        parse_time(text)


def test_the_block_is_interrupted_and_the_alarm_is_put_back() -> None:
    earlier = signal.getsignal(signal.SIGALRM)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), until(began + 0.2):
        time.sleep(30)
    assert time.monotonic() - began < 10
    assert signal.getsignal(signal.SIGALRM) == earlier
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_without_a_deadline_nothing_is_set() -> None:
    with until(None):
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def write_rows(path: Path) -> Path:
    """Rows that a search takes several rounds for."""
    letters = "abcd"
    rows = []
    for number in range(300):
        row = [letters[number * step // 3 % 4] for step in range(2, 2 + number % 9 + 1)]
        labels = [str((row[: at + 1].count("a") + at) % 3) for at in range(len(row))]
        rows.append(f"{' '.join(row)},{' '.join(labels)}")
    path.write_text("text,tags\n" + "\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_a_run_that_was_out_of_time_goes_on_to_the_same_bytes(
    tmp_path: Path, seconds: float
) -> None:
    """Whether time is up in the first trial or later."""
    data = write_rows(tmp_path / "rows.csv")
    plan = plan_training(None, {"data": str(data), "search": 3, "n_layers": 1, "n_heads_num": 0})
    whole = start_run(plan, tmp_path / "whole", silent)
    deadline = time.monotonic() + seconds
    short = start_run(plan, tmp_path / "short", silent, deadline=deadline)
    assert (tmp_path / "short" / "program.tpir").exists()
    if short.status == "interrupted":
        resume_run(tmp_path / "short", silent)
    assert short.steps <= whole.steps
    for name in ("model.safetensors", "program.tpir", "config.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "short" / name).read_bytes()


def test_out_of_time_in_the_trial_the_networks_tried_so_far_count(tmp_path: Path) -> None:
    data = write_rows(tmp_path / "rows.csv")
    plan = plan_training(None, {"data": str(data), "search": 3})
    assert plan.alternatives
    said: list[str] = []
    outcome = start_run(plan, tmp_path / "run", silent, say=said.append, deadline=time.monotonic())
    assert outcome.status == "interrupted"
    assert (tmp_path / "run" / "program.tpir").exists()
    assert any("one layer of heads that see earlier tokens" in line for line in said)
    assert not any("all tokens" in line for line in said), "there was no time for others"
