"""Many seeds: each a run of its own, the best as the run, all in one summary."""

from __future__ import annotations

import json
import statistics
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.conftest import MakePlan
from tests.training.test_session import Killed, silent, stop_after
from tests.training.test_train_command import SMALL, invoke
from tpc.diagnostics import TpcError
from tpc.ir.parser import parse_program
from tpc.model.run_dir import load_run
from tpc.training import seeds as seeds_module
from tpc.training.options import (
    SeedsOptions,
    find_device,
    parse_seeds,
    refuse_idle_device,
)
from tpc.training.plan import Plan, read_plan
from tpc.training.seeds import resume_seeds, start_seeds
from tpc.training.session import start_run

FILES = ("model.safetensors", "metrics.csv", "config.json", "program.tpir")


def with_seed(plan: Plan, seed: int) -> Plan:
    return replace(plan, recipe=replace(plan.recipe, seed=seed))


def without_time(path: Path) -> str:
    """A seed's results; its time is that of all, up to its end."""
    summary = json.loads((path / "run.json").read_text())
    return json.dumps({name: value for name, value in summary.items() if "seconds" not in name})


def test_lists_of_seeds() -> None:
    assert parse_seeds("3") == (3,)
    assert parse_seeds("0-2, 7") == (0, 1, 2, 7)
    for text in ("", "a", "1-", "-1", "2-1", "1,1", "0-3,2", "1.5", "0-99999", str(2**32)):
        with pytest.raises(TpcError, match="--seeds"):
            parse_seeds(text)


def test_devices() -> None:
    assert find_device("cpu") == torch.device("cpu")
    with pytest.raises(TpcError, match="no device 'tpu'"):
        find_device("tpu")
    if not torch.cuda.is_available():
        assert find_device("auto") == torch.device("cpu")
        with pytest.raises(TpcError, match="cannot compute on a GPU"):
            find_device("cuda")


def test_a_gpu_needs_epochs_to_compute(small_plan: MakePlan) -> None:
    searched = small_plan(recipe={"n_epochs": 0, "search": 3})
    with pytest.raises(TpcError, match="there are none"):
        refuse_idle_device(searched, "cuda")
    refuse_idle_device(searched, "auto")
    refuse_idle_device(searched, "cpu")
    refuse_idle_device(small_plan(recipe={"n_epochs": 1}), "cuda")


def test_each_seed_is_the_run_that_it_is_alone(small_plan: MakePlan, tmp_path: Path) -> None:
    """A search, whose seeds run one by one, and no epochs: the same bits."""
    plan = small_plan(recipe={"n_epochs": 0, "search": 3})
    seen: list[int] = []
    summary = start_seeds(
        plan, tmp_path / "all", SeedsOptions((4, 1, 2)), lambda line: seen.append(line.epoch)
    )
    assert seen == [1, 2, 3]
    for seed in (4, 1, 2):
        start_run(with_seed(plan, seed), tmp_path / f"{seed}", silent)
        folder = tmp_path / f"all/seed-{seed}"
        for name in FILES:
            assert (folder / name).read_bytes() == (tmp_path / f"{seed}" / name).read_bytes()
        assert without_time(folder) == without_time(tmp_path / f"{seed}")
    runs = {line["seed"]: line for line in summary["seeds"]["runs"]}
    assert list(runs) == [4, 1, 2]
    best = summary["seeds"]["best"]
    assert runs[best]["val"] == max(line["val"] for line in runs.values())
    for name in FILES:
        source = tmp_path / f"all/seed-{best}" / name
        assert (tmp_path / "all" / name).read_bytes() == source.read_bytes()
    tests = [line["test"] for line in runs.values()]
    assert summary["seeds"]["mean"]["test"] == pytest.approx(statistics.fmean(tests))
    assert summary["seeds"]["deviation"]["test"] == pytest.approx(statistics.stdev(tests))
    assert summary == json.loads((tmp_path / "all/run.json").read_text())


def test_the_directory_is_a_run(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan()
    summary = start_seeds(plan, tmp_path, SeedsOptions((0, 1)), silent)
    run = load_run(tmp_path)
    assert run.config == plan.model
    assert read_plan(tmp_path) == with_seed(plan, summary["seeds"]["best"])
    assert parse_program((tmp_path / "program.tpir").read_text(), "program.tpir").name == "sort"
    assert not list(tmp_path.rglob("checkpoint*"))


def test_batched_seeds_end_as_they_do_alone(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan()
    start_seeds(plan, tmp_path / "all", SeedsOptions((0, 1, 2)), silent)
    for seed in (0, 1, 2):
        start_run(with_seed(plan, seed), tmp_path / f"{seed}", silent)
        together, alone = (
            [line.split(",") for line in (path / "metrics.csv").read_text().splitlines()]
            for path in (tmp_path / f"all/seed-{seed}", tmp_path / f"{seed}")
        )
        assert len(together) == 6
        for ours, theirs in zip(together[1:], alone[1:], strict=True):
            numbers = [float(x or 0) for x in ours]
            assert numbers[:5] == pytest.approx([float(x or 0) for x in theirs][:5], rel=1e-3)


@pytest.mark.parametrize("threads", [1, 2])
def test_killed_seeds_go_on(small_plan: MakePlan, tmp_path: Path, threads: int) -> None:
    plan = small_plan(recipe={"search": 2, "n_epochs": 3, "threads": threads})
    options = SeedsOptions((0, 1, 2))
    whole = start_seeds(plan, tmp_path / "whole", options, silent)
    for epoch in (1, 4):
        path = tmp_path / f"killed{epoch}"
        with pytest.raises(Killed):
            start_seeds(plan, path, options, stop_after(epoch, Killed))  # type: ignore[arg-type]
        # As if the process had died between two seeds.
        lines = (path / "seed-1/metrics.csv").read_text().splitlines()
        assert len(lines) == 2 + epoch
        resumed = resume_seeds(path, silent)
        for found in (whole, resumed):
            for line in found["seeds"]["runs"]:
                line.pop("seconds", None)
        assert resumed["seeds"] == whole["seeds"]
        for file in ("seed-0/metrics.csv", "seed-2/model.safetensors", "model.safetensors"):
            assert (path / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
        with pytest.raises(TpcError, match="finished"):
            resume_seeds(path, silent)


def test_interrupted_seeds_can_be_used(small_plan: MakePlan, tmp_path: Path) -> None:
    listener = stop_after(2, KeyboardInterrupt)
    summary = start_seeds(small_plan(), tmp_path, SeedsOptions((0, 1)), listener)  # type: ignore[arg-type]
    assert summary["status"] == "interrupted"
    assert {line["epochs"] for line in summary["seeds"]["runs"]} == {2}
    load_run(tmp_path)
    assert resume_seeds(tmp_path, silent)["status"] == "finished"


def test_hopeless_seeds_are_stopped(
    small_plan: MakePlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seeds_module, "HOPELESS", 0.0)
    plan = small_plan(recipe={"n_epochs": 6}, task="hist")
    options = SeedsOptions((0, 1, 2, 3, 4), stop_hopeless=True)
    summary = start_seeds(plan, tmp_path, options, silent)
    by_status = {line["status"]: line for line in summary["seeds"]["runs"]}
    assert set(by_status) == {"stopped", "finished"}
    assert by_status["stopped"]["epochs"] == 3
    assert by_status["finished"]["val"] >= by_status["stopped"]["val"]
    assert not list(tmp_path.rglob("checkpoint*"))


def test_a_seed_may_diverge(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan(recipe={"lr": 1e30})
    summary = start_seeds(plan, tmp_path, SeedsOptions((0, 1)), silent)
    assert {line["status"] for line in summary["seeds"]["runs"]} == {"diverged"}
    load_run(tmp_path)


def test_damaged_lists_of_seeds(small_plan: MakePlan, tmp_path: Path) -> None:
    start_seeds(small_plan(recipe={"n_epochs": 1}), tmp_path, SeedsOptions((0,)), silent)
    whole = json.loads((tmp_path / "seeds.json").read_text())
    changed = ({"seeds": []}, {"seeds": [0.5]}, {"seeds": 1}, {"device": "auto"}, {"device": [1]})
    for content in ("[]", "{}", '{"format": "tpc-seeds 9"}', *(whole | one for one in changed)):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "seeds.json").write_text(text)
        with pytest.raises(TpcError, match=r"damaged|not of this version"):
            resume_seeds(tmp_path, silent)
    (tmp_path / "seeds.json").write_text("[" * 100_000)
    with pytest.raises(TpcError, match="not valid JSON"):
        resume_seeds(tmp_path, silent)


def test_damaged_results_of_finished_seeds(small_plan: MakePlan, tmp_path: Path) -> None:
    start_seeds(small_plan(recipe={"n_epochs": 1}), tmp_path, SeedsOptions((0, 1)), silent)
    (tmp_path / "run.json").unlink()  # As if it was killed before the last file.
    path = tmp_path / "seed-1" / "run.json"
    whole = json.loads(path.read_text())
    accuracy = whole["accuracy"]
    for changed in (
        {"accuracy": {**accuracy, "train": {"token_accuracy": "1"}}},
        {"accuracy": {**accuracy, "val": {"token_accuracy": 1.0}}},
        {"accuracy": {"val": accuracy["val"]}},
        *({"accuracy": other} for other in (None, 1, [])),
        *({"seconds": other} for other in (None, "1")),
    ):
        path.write_text(json.dumps(whole | changed))
        with pytest.raises(TpcError, match=r"seed-1/run\.json is damaged"):
            resume_seeds(tmp_path, silent)
    path.write_text(json.dumps(whole))
    assert resume_seeds(tmp_path, silent)["seeds"]["runs"][1]["seed"] == 1


def test_other_runs_are_not_overwritten_unasked(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan(recipe={"n_epochs": 1})
    start_run(plan, tmp_path / "seed-1", silent)
    with pytest.raises(TpcError, match="already holds a run"):
        start_seeds(plan, tmp_path, SeedsOptions((0, 1)), silent)
    start_seeds(plan, tmp_path, SeedsOptions((0, 1)), silent, overwrite=True)


def test_the_command(tmp_path: Path) -> None:
    words = [*SMALL, "--search", "1", "--n-epochs", "1"]
    result = invoke("sort", "-o", str(tmp_path / "all"), *words, "--seeds", "0,2", "--threads", "2")
    assert result.exit_code == 0, result.output
    assert "best by validation" in result.stdout
    assert "deviation" in result.stdout
    alone = ["--seed", "2", "--data-seed", "0", "--threads", "2"]
    assert invoke("sort", "-o", str(tmp_path / "2"), *words, *alone).exit_code == 0
    ours, theirs = (tmp_path / name / "config.json" for name in ("all/seed-2", "2"))
    assert ours.read_bytes() == theirs.read_bytes()
    result = invoke("--resume", str(tmp_path / "all"))
    assert isinstance(result.exception, TpcError)
    assert "finished" in result.exception.message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seeds", "x"], "no list of seeds"),
        (["--seeds", "0-1", "--seed", "3"], "exclude each other"),
        (["--stop-hopeless"], "--stop-hopeless is for many seeds"),
        (["--device", "cuda"], "--device is for many seeds"),
        (["--seeds", "1", "--device", "tpu"], "no device"),
    ],
)
def test_bad_usage(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = invoke("sort", "-o", str(tmp_path / "run"), *SMALL, *arguments)
    assert isinstance(result.exception, TpcError), result.output
    assert message in result.exception.message
    assert not (tmp_path / "run").exists()
