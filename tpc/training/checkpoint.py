"""Checkpoints: a training state in one safetensors file, written whole or not at all.

A run that is killed goes on from the last finished epoch, and ends with the same bits as one that
was not. The file has a checksum of its own bytes, so that none that was damaged since is gone on
from.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from tpc.diagnostics import TpcError
from tpc.files import write_atomic
from tpc.training.loss import Score
from tpc.training.parameters import ParameterSpace
from tpc.training.search.settings import Schedule
from tpc.training.state import Best, EpochMetrics, Spent, TrainingState

FILE = "checkpoint.safetensors"
FORMAT = "tpc-checkpoint 2"
UNCHECKED = "tpc-checkpoint 1"
"""The first format, which had no checksum."""

_CHECKSUM, _BLANK = "sha256", "0" * 64
"""The key of the checksum, and what stands there while it is computed."""

_VECTORS = ("parameters", "first_moment", "second_moment", "best")
_GENERATORS = ("noise", "order")


def write_checkpoint(path: Path, state: TrainingState) -> None:
    """Write the state of a run between two epochs, whose best network is known."""
    best = state.kept
    tensors = {
        "parameters": state.parameters,
        "first_moment": state.first_moment,
        "second_moment": state.second_moment,
        "best": best.parameters,
        "noise": state.noise.get_state(),
        "order": state.order.get_state(),
    }
    content = {
        "steps": state.steps,
        "epoch": state.epoch,
        "best": {"epoch": best.epoch, "score": dataclasses.asdict(best.score)},
        "history": [dataclasses.asdict(metrics) for metrics in state.history],
        "spent": state.spent,
        "schedule": dataclasses.asdict(state.schedule),
    }
    metadata = {"format": FORMAT, "state": json.dumps(content), _CHECKSUM: _BLANK}
    blank = save(tensors, metadata)
    write_atomic(path, blank.replace(_BLANK.encode(), _checksum(blank), 1))


def _checksum(blank: bytes) -> bytes:
    return hashlib.sha256(blank).hexdigest().encode()


def read_checkpoint(path: Path, space: ParameterSpace) -> TrainingState:
    """The state in a checkpoint.

    Raises:
        TpcError: It is missing, damaged, or belongs to another network.
    """
    if not path.is_file():
        raise TpcError(
            f"there is no checkpoint {path}",
            hint="a finished run has none, and a run that was stopped in its first epoch neither",
        )
    try:
        data = path.read_bytes()
        with safe_open(path, "pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        _refuse_damaged(path, error)
    if metadata.get("format") not in (FORMAT, UNCHECKED):
        raise TpcError(f"{path} is not a checkpoint of this version ({FORMAT})")
    try:
        if metadata["format"] == FORMAT or _CHECKSUM in metadata:
            _check(data, metadata[_CHECKSUM].encode())
        return _restored(tensors, json.loads(metadata["state"]), space)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        _refuse_damaged(path, error)


def _check(data: bytes, checksum: bytes) -> None:
    if _checksum(data.replace(checksum, _BLANK.encode(), 1)) != checksum:
        raise ValueError("its checksum does not fit")


def _refuse_damaged(path: Path, error: Exception) -> NoReturn:
    raise TpcError(
        f"the checkpoint {path} is damaged: {error}",
        hint="put back an earlier copy of it, or train anew: tpc train ... --overwrite",
    ) from error


def _restored(
    tensors: dict[str, Tensor], content: dict[str, object], space: ParameterSpace
) -> TrainingState:
    size = space.size
    for name in _VECTORS:
        if tensors[name].shape != (size,):
            raise ValueError(f"{name} has {tensors[name].numel()} numbers, the network {size}")
    generators = {}
    for name in _GENERATORS:
        generators[name] = torch.Generator()
        generators[name].set_state(tensors[name])
    best, history = content["best"], content["history"]
    if not isinstance(best, dict) or not isinstance(history, list):
        raise ValueError("its description is incomplete")
    lines = [_metrics(line) for line in history]
    return TrainingState(
        parameters=tensors["parameters"],
        first_moment=tensors["first_moment"],
        second_moment=tensors["second_moment"],
        steps=int(str(content["steps"])),
        epoch=int(str(content["epoch"])),
        noise=generators["noise"],
        order=generators["order"],
        best=Best(best["epoch"], tensors["best"], Score(**best["score"])),
        history=lines,
        schedule=_schedule(content.get("schedule"), lines),
        # The first checkpoints did not say.
        spent=Spent(*content.get("spent", ())),  # type: ignore[misc]
    )


def _metrics(line: dict[str, object]) -> EpochMetrics:
    soft, discrete = line.pop("soft"), line.pop("discrete")
    if not isinstance(soft, dict) or not isinstance(discrete, dict):
        raise ValueError("a line of its history is incomplete")
    return EpochMetrics(**line, soft=Score(**soft), discrete=Score(**discrete))  # type: ignore[arg-type]


def _schedule(stored: object, history: Sequence[EpochMetrics]) -> Schedule:
    """Where a search is; older checkpoints do not say, but their rounds lead there."""
    if isinstance(stored, dict):
        fields = {key: tuple(v) if isinstance(v, list) else v for key, v in stored.items()}
        return Schedule(**fields)  # type: ignore[arg-type]
    schedule = Schedule()
    for line in history:
        if line.train_errors is not None and line.train_loss is not None:
            schedule = schedule.after(line.train_loss, line.discrete.token_accuracy)
    return schedule
