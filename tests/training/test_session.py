"""Run directories: usable at every moment, and resumed to the same bits."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.conftest import MakePlan
from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.model.run_dir import load_run
from tpc.training import checkpoint
from tpc.training.loop import DivergedError
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import read_plan
from tpc.training.session import resume_run, start_run
from tpc.training.state import EpochMetrics


class Killed(BaseException):
    """Stands for a process that dies without getting to clean up."""


def stop_after(epoch: int, exception: type[BaseException]) -> object:
    def listener(metrics: EpochMetrics) -> None:
        if metrics.epoch == epoch:
            raise exception

    return listener


def silent(_: EpochMetrics) -> None:
    pass


def test_run_directory(small_plan: MakePlan, tmp_path: Path) -> None:
    seen: list[int] = []
    outcome = start_run(small_plan(), tmp_path / "run", lambda metrics: seen.append(metrics.epoch))
    assert (outcome.status, outcome.steps, seen) == ("finished", 4, [1, 2, 3, 4])
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == {"config.json", "model.safetensors", "metrics.csv", "program.tpir", "run.json"}
    run = load_run(tmp_path / "run")
    space = ParameterSpace.of(run.config)
    best = space.unpack(outcome.best.parameters)
    assert all(torch.equal(tensor, best[name]) for name, tensor in run.weights.items())
    program = parse_program((tmp_path / "run/program.tpir").read_text(), "program.tpir")
    assert program.name == "sort"
    with (tmp_path / "run/metrics.csv").open() as stream:
        lines = list(csv.DictReader(stream))
    assert [int(line["epoch"]) for line in lines] == [0, 1, 2, 3, 4]
    chosen = max(float(line["discrete_val_accuracy"]) for line in lines)
    assert outcome.best.score.token_accuracy == pytest.approx(chosen, rel=1e-5)
    summary = json.loads((tmp_path / "run/run.json").read_text())
    assert summary["accuracy"]["test"]["rows"] == len(small_plan().dataset.splits.test)
    assert summary["best_epoch"] == outcome.best.epoch


def test_plan_is_read_back(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan(model={"n_heads_num": 1}, recipe={"max_grad_norm": 1.0})
    plan.write(tmp_path)
    assert read_plan(tmp_path) == plan


@pytest.mark.parametrize("epoch", [1, 3])
def test_resumed_run_ends_with_the_same_bits(
    small_plan: MakePlan, tmp_path: Path, epoch: int
) -> None:
    plan = small_plan(recipe={"sample_fn": "gumbel_hard", "max_grad_norm": 1.0})
    whole = start_run(plan, tmp_path / "whole", silent)
    with pytest.raises(Killed):
        start_run(plan, tmp_path / "killed", stop_after(epoch, Killed))  # type: ignore[arg-type]
    load_run(tmp_path / "killed")
    stored = tmp_path / "killed" / checkpoint.FILE
    before = checkpoint.read_checkpoint(stored, ParameterSpace.of(plan.model)).spent
    resumed = resume_run(tmp_path / "killed", silent)
    assert resumed.spent.wall > before.wall > 0
    assert torch.equal(whole.best.parameters, resumed.best.parameters)
    for name in ("model.safetensors", "metrics.csv", "program.tpir", "config.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()


def test_resumed_search_ends_with_the_same_bits(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan(recipe={"n_epochs": 2, "search": 5})
    whole = start_run(plan, tmp_path / "whole", silent)
    assert whole.steps > 4
    for epoch in (2, 4):
        path = tmp_path / f"killed{epoch}"
        with pytest.raises(Killed):
            start_run(plan, path, stop_after(epoch, Killed))  # type: ignore[arg-type]
        resumed = resume_run(path, silent)
        assert torch.equal(whole.best.parameters, resumed.best.parameters)
        ours, theirs = ((p / "metrics.csv").read_bytes() for p in (tmp_path / "whole", path))
        assert ours == theirs


def test_search_ends_when_nothing_is_wrong(small_plan: MakePlan, tmp_path: Path) -> None:
    model = {"n_heads_cat": 1, "n_heads_num": 1, "n_num_mlps": 1, "d_mlp": 32}
    plan = small_plan(recipe={"n_epochs": 0, "search": 100}, model=model, task="hist")
    seen: list[EpochMetrics] = []
    outcome = start_run(plan, tmp_path, seen.append)
    assert outcome.status == "finished"
    assert outcome.steps == len(seen) < 100
    assert [line.train_errors == 0 for line in seen] == [False] * (len(seen) - 1) + [True]


def test_interrupted_run_is_usable_and_goes_on(small_plan: MakePlan, tmp_path: Path) -> None:
    whole = start_run(small_plan(), tmp_path / "whole", silent)
    listener = stop_after(2, KeyboardInterrupt)
    outcome = start_run(small_plan(), tmp_path / "run", listener)  # type: ignore[arg-type]
    assert (outcome.status, outcome.steps) == ("interrupted", 2)
    assert (tmp_path / "run/program.tpir").exists()
    load_run(tmp_path / "run")
    resumed = resume_run(tmp_path / "run", silent)
    assert resumed.status == "finished"
    assert torch.equal(whole.best.parameters, resumed.best.parameters)


def test_diverging_run_keeps_the_best_network(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan(recipe={"lr": 1e30})
    with pytest.raises(DivergedError, match=r"diverged in epoch \d, batch 1: .* gradient of"):
        start_run(plan, tmp_path / "run", silent)
    weights = load_run(tmp_path / "run").weights
    assert all(bool(tensor.isfinite().all()) for tensor in weights.values())
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == "diverged"
    assert (tmp_path / "run/program.tpir").exists()


def test_an_earlier_run_is_not_overwritten_unasked(small_plan: MakePlan, tmp_path: Path) -> None:
    start_run(small_plan(), tmp_path, silent)
    with pytest.raises(TpcError, match="already holds a run"):
        start_run(small_plan(), tmp_path, silent)
    (tmp_path / "notes.txt").write_text("mine")
    start_run(small_plan(recipe={"seed": 1}), tmp_path, silent, overwrite=True)
    assert read_plan(tmp_path).recipe.seed == 1
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_directory_that_is_a_file(small_plan: MakePlan, tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(TpcError, match="is a file"):
        start_run(small_plan(), tmp_path / "run", silent)


def test_finished_run_has_nothing_to_resume(small_plan: MakePlan, tmp_path: Path) -> None:
    start_run(small_plan(), tmp_path, silent)
    with pytest.raises(TpcError, match="no checkpoint"):
        resume_run(tmp_path, silent)


def test_kill_minus_9(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan(recipe={"n_epochs": 60})
    whole = start_run(plan, tmp_path / "whole", silent)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from tpc.training.plan import read_plan\n"
        "from tpc.training.session import start_run\n"
        "start_run(read_plan(Path(sys.argv[1])), Path(sys.argv[2]), lambda metrics: None)\n"
    )
    killed = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "whole"), str(killed)])
    deadline = time.monotonic() + 60
    while not (killed / checkpoint.FILE).exists() or _epochs(killed) < 5:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    resume_run(killed, silent)
    ours, theirs = (load_file(path / "model.safetensors") for path in (tmp_path / "whole", killed))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert whole.steps == 60


def _epochs(path: Path) -> int:
    metrics = path / "metrics.csv"
    return len(metrics.read_text().splitlines()) if metrics.exists() else 0
