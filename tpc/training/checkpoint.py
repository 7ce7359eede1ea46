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
from tpc.training.stored import value_of

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
    except (KeyError, TypeError, ValueError, RuntimeError, RecursionError) as error:
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
    """The state that a run had, or ValueError where no run can have had it."""
    for name in _VECTORS:
        _check_vector(name, tensors[name], space.size)
    generators = {}
    for name in _GENERATORS:
        generators[name] = torch.Generator()
        generators[name].set_state(tensors[name])
    steps, epoch = value_of(int, content["steps"]), value_of(int, content["epoch"])
    best = value_of(dict[str, object], content["best"])
    best_epoch = value_of(int, best["epoch"])
    history = value_of(list[EpochMetrics], content["history"])
    if steps < 0 or not 0 <= best_epoch <= epoch or not history or history[-1].epoch != epoch:
        raise ValueError("its epochs do not go together")
    return TrainingState(
        parameters=tensors["parameters"],
        first_moment=tensors["first_moment"],
        second_moment=tensors["second_moment"],
        steps=steps,
        epoch=epoch,
        noise=generators["noise"],
        order=generators["order"],
        best=Best(best_epoch, tensors["best"], value_of(Score, best["score"])),
        history=history,
        schedule=_schedule(content.get("schedule"), history),
        # The first checkpoints did not say.
        spent=Spent(*value_of(list[float], content.get("spent", []))),
    )


def _check_vector(name: str, vector: Tensor, size: int) -> None:
    if vector.shape != (size,) or vector.dtype != torch.float32:
        raise ValueError(
            f"{name} has {vector.numel()} numbers of type {vector.dtype}, the network {size} of "
            f"type {torch.float32}"
        )
    negative = name == "second_moment" and bool((vector < 0).any())
    if negative or bool(vector.isnan().any()):
        raise ValueError(f"{name} has numbers that no training comes to")


def _schedule(stored: object, history: Sequence[EpochMetrics]) -> Schedule:
    """Where a search is; older checkpoints do not say, but their rounds lead there."""
    if stored is not None:
        found = value_of(Schedule, stored)
        if found.phase == "restarts" and found.losses and not found.first_losses:
            raise ValueError("a restart has rounds, but no first one")
        return found
    schedule = Schedule()
    for line in history:
        if line.train_errors is not None and line.train_loss is not None:
            schedule = schedule.after(line.train_loss, line.discrete.token_accuracy)
    return schedule
