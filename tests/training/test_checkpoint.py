"""Checkpoints: everything that a run needs to go on, and never a damaged one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.training.conftest import MakePlan
from tests.training.test_session import Killed, stop_after
from tpc.diagnostics import TpcError
from tpc.training import checkpoint
from tpc.training.parameters import ParameterSpace
from tpc.training.session import start_run
from tpc.training.state import initial_state


def test_a_checkpoint_says_where_the_search_is(small_plan: MakePlan, tmp_path: Path) -> None:
    """Older ones do not, and their rounds lead to the same place."""
    plan = small_plan(recipe={"n_epochs": 1, "search": 9}, model={"d_mlp": 2})
    with pytest.raises(Killed):
        start_run(plan, tmp_path, stop_after(6, Killed))  # type: ignore[arg-type]
    path, space = tmp_path / checkpoint.FILE, ParameterSpace.of(plan.model)
    schedule = checkpoint.read_checkpoint(path, space).schedule
    assert len(schedule.losses) + len(schedule.first_losses) > 1
    with safe_open(path, "pt") as stored:
        metadata = stored.metadata()
    content = json.loads(metadata["state"])
    assert content["schedule"]["losses"] == list(schedule.losses)
    del content["schedule"]
    metadata = {"format": checkpoint.UNCHECKED}
    save_file(load_file(path), path, metadata | {"state": json.dumps(content)})
    assert checkpoint.read_checkpoint(path, space).schedule == schedule
    content["schedule"] = {"phase": "best", "nonsense": 1}
    save_file(load_file(path), path, metadata | {"state": json.dumps(content)})
    with pytest.raises(TpcError, match="damaged"):
        checkpoint.read_checkpoint(path, space)


def test_damaged_checkpoints(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan()
    with pytest.raises(Killed):
        start_run(plan, tmp_path, stop_after(1, Killed))  # type: ignore[arg-type]
    path = tmp_path / checkpoint.FILE
    whole = path.read_bytes()
    space = ParameterSpace.of(plan.model)
    for content in (b"", whole[:200], whole[:-10], b"nonsense" + whole):
        path.write_bytes(content)
        with pytest.raises(TpcError, match="damaged"):
            checkpoint.read_checkpoint(path, space)
    save_file({"parameters": torch.zeros(3)}, path)
    with pytest.raises(TpcError, match="not a checkpoint"):
        checkpoint.read_checkpoint(path, space)
    path.write_bytes(whole)
    other = ParameterSpace.of(small_plan(model={"n_layers": 2}).model)
    with pytest.raises(TpcError, match="damaged: parameters has"):
        checkpoint.read_checkpoint(path, other)
    assert checkpoint.read_checkpoint(path, space).epoch == 1


def test_a_flipped_byte_is_noticed(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan(recipe={"n_epochs": 1, "search": 2})
    with pytest.raises(Killed):
        start_run(plan, tmp_path, stop_after(2, Killed))  # type: ignore[arg-type]
    path, space = tmp_path / checkpoint.FILE, ParameterSpace.of(plan.model)
    whole = path.read_bytes()
    header = 8 + int.from_bytes(whole[:8], "little")
    assert len(whole) > 2 * header
    for place in (*range(0, header, 5), *range(header, len(whole), 499), len(whole) - 1):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(TpcError, match=r"damaged|not a checkpoint") as refused:
            checkpoint.read_checkpoint(path, space)
        if "damaged" in refused.value.message:
            assert "train anew" in str(refused.value.hint)
    # Nor does it pass for one of the first format, which had no checksum.
    assert whole.count(checkpoint.FORMAT.encode()) == 1
    path.write_bytes(whole.replace(checkpoint.FORMAT.encode(), checkpoint.UNCHECKED.encode()))
    with pytest.raises(TpcError, match="damaged: its checksum does not fit"):
        checkpoint.read_checkpoint(path, space)
    path.write_bytes(whole)
    assert checkpoint.read_checkpoint(path, space).epoch == 2


def test_a_state_that_no_run_had_is_refused(small_plan: MakePlan, tmp_path: Path) -> None:
    """As a defective writer would leave it, whatever its checksum."""
    plan = small_plan()
    with pytest.raises(Killed):
        start_run(plan, tmp_path, stop_after(1, Killed))  # type: ignore[arg-type]
    path, space = tmp_path / checkpoint.FILE, ParameterSpace.of(plan.model)
    with safe_open(path, "pt") as stored:
        content = json.loads(stored.metadata()["state"])
    tensors = load_file(path)

    def refused(changes: dict[str, object], **changed: torch.Tensor) -> str:
        metadata = {"format": checkpoint.UNCHECKED, "state": json.dumps({**content, **changes})}
        save_file({**tensors, **changed}, path, metadata)
        with pytest.raises(TpcError) as caught:
            checkpoint.read_checkpoint(path, space)
        return caught.value.message

    whole = tensors["parameters"]
    for changes in (
        *({"steps": steps} for steps in (-1, 1.5, "1", None, 10**400)),
        *({"epoch": epoch} for epoch in (0, 2, True)),
        *({"history": history} for history in ([], [1], {}, content["history"][:1])),
        *({"best": {**content["best"], "epoch": epoch}} for epoch in (-1, 2, 1e99)),
        *({"best": best} for best in (None, [], {"epoch": 1})),
        *({"spent": spent} for spent in (["1", "2"], [1.0, 2.0, 3.0], 5)),
        {"schedule": {"phase": "nonsense"}},
    ):
        assert "is damaged" in refused(changes)
    for name, vector in (
        ("parameters", whole.double()),
        ("parameters", whole * float("nan")),
        ("best", torch.full_like(whole, float("nan"))),
        ("second_moment", torch.full_like(whole, -1.0)),
        ("first_moment", torch.full_like(whole, float("nan"))),
    ):
        assert f"is damaged: {name} has" in refused({}, **{name: vector})


def test_checkpoint_needs_an_evaluated_network(small_plan: MakePlan, tmp_path: Path) -> None:
    plan = small_plan()
    state = initial_state(plan, ParameterSpace.of(plan.model))
    with pytest.raises(ValueError, match="first evaluation"):
        checkpoint.write_checkpoint(tmp_path / "checkpoint", state)
