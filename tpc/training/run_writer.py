"""The files of a run directory while it trains and when it ends."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from tpc.data.splits import SplitName
from tpc.diagnostics import TpcError
from tpc.files import write_atomic
from tpc.model import run_dir
from tpc.model.weights import write_weights
from tpc.training import checkpoint
from tpc.training.clock import Spent
from tpc.training.loss import Score
from tpc.training.parameters import ParameterSpace
from tpc.training.state import Best, EpochMetrics

METRICS = "metrics.csv"
PROGRAM = "program.tpir"
SUMMARY = "run.json"
ALL_FILES = (
    run_dir.OPTIONS,
    run_dir.WEIGHTS,
    METRICS,
    PROGRAM,
    SUMMARY,
    checkpoint.FILE,
)

_COLUMNS = (
    "epoch",
    "tau",
    "train_loss",
    "val_loss",
    "val_accuracy",
    "discrete_val_loss",
    "discrete_val_accuracy",
    "discrete_val_sequence_accuracy",
)
_SPAN_COLUMNS = ("val_f1", "discrete_val_precision", "discrete_val_recall", "discrete_val_f1")


def check_directory(path: Path, overwrite: bool) -> list[Path]:
    """The files of an earlier run in a directory that may be used.

    Raises:
        TpcError: It is a file, or holds a run that is not to be overwritten.
    """
    if path.exists() and not path.is_dir():
        raise TpcError(f"{path} is a file; a run needs a directory")
    earlier = [path / name for name in ALL_FILES if (path / name).exists()]
    if earlier and not overwrite:
        raise TpcError(
            f"{path} already holds a run ({earlier[0].name})",
            hint=f"go on with it: --resume {path}; replace it: --overwrite; or name another -o",
        )
    return earlier


def prepare_directory(path: Path, overwrite: bool) -> None:
    """Make an empty run directory; with `overwrite`, of one that holds an earlier run.

    Raises:
        TpcError: It holds a run already, or cannot be made.
    """
    earlier = check_directory(path, overwrite)
    try:
        path.mkdir(parents=True, exist_ok=True)
        for file in earlier:
            file.unlink()
    except OSError as error:
        raise TpcError(f"cannot prepare {path}: {error.strerror}") from error


def write_metrics(path: Path, history: Sequence[EpochMetrics]) -> None:
    """Write `metrics.csv`, one line an epoch."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    of_spans = any(line.discrete.f1 is not None for line in history)
    writer.writerow((*_COLUMNS, *(_SPAN_COLUMNS if of_spans else ())))
    for line in history:
        soft, discrete = line.soft, line.discrete
        numbers = (
            *(line.tau, line.train_loss, soft.loss, soft.token_accuracy),
            *(discrete.loss, discrete.token_accuracy, discrete.sequence_accuracy),
            *((soft.f1, discrete.precision, discrete.recall, discrete.f1) if of_spans else ()),
        )
        writer.writerow([line.epoch, *("" if x is None else f"{x:.6g}" for x in numbers)])
    write_atomic(path / METRICS, text.getvalue())


def write_best(path: Path, space: ParameterSpace, best: Best) -> None:
    """Write the weights of the best network so far: from then on the directory can be used."""
    write_weights(path / run_dir.WEIGHTS, space.unpack(best.parameters))


def write_summary(
    path: Path,
    status: str,
    epochs: int,
    best: Best,
    scores: Mapping[SplitName, Score],
    spent: Spent,
) -> None:
    """Write `run.json`: how the run ended, and the discretised network's final scores."""
    summary = {
        "status": status,
        "epochs": epochs,
        "best_epoch": best.epoch,
        "accuracy": {split: _as_json(score) for split, score in scores.items()},
        "seconds": round(spent.wall, 3),
        "processor_seconds": round(spent.processor, 3),
    }
    write_atomic(path / SUMMARY, json.dumps(summary, indent=1) + "\n")


def _as_json(score: Score) -> dict[str, float | None]:
    """JSON has no NaN, which a diverged network's loss may be; scores without spans have no F1."""
    numbers = {name: x for name, x in dataclasses.asdict(score).items() if x is not None}
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}


def write_program(path: Path) -> None:
    """Export the network in the directory as `program.tpir`."""
    from tpc.frontends.run import export_run
    from tpc.ir.printer import print_program

    write_atomic(path / PROGRAM, print_program(export_run(path)))
