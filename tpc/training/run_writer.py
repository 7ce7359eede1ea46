"""The files of a run directory while it trains and when it ends."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tpc.data.kept_rows import FILES
from tpc.data.splits import SplitName
from tpc.diagnostics import TpcError
from tpc.files import lock_directory, write_atomic
from tpc.model import run_dir
from tpc.model.weights import write_weights
from tpc.training import checkpoint
from tpc.training.asked import COMMAND
from tpc.training.loss import Score
from tpc.training.parameters import ParameterSpace
from tpc.training.recipe import Recipe
from tpc.training.state import Best, EpochMetrics, Spent

METRICS = "metrics.csv"
PROGRAM = "program.tpir"
SUMMARY = "run.json"
SEEDS = "seeds.json"
ORACLE = "oracle.json"
ALL_FILES = (
    run_dir.OPTIONS,
    run_dir.WEIGHTS,
    COMMAND,
    METRICS,
    PROGRAM,
    SUMMARY,
    SEEDS,
    ORACLE,
    *FILES.values(),
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


Status = Literal["finished", "interrupted", "diverged", "stopped"]


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: Finished, or stopped by Ctrl-C.
        recipe: How it was trained.
        steps: Epochs, fits of the classifier and rounds of search, all together.
        best: The network that was kept.
        scores: The kept network, discretised, on each split.
        spent: Time, of all sessions.
    """

    status: Status
    recipe: Recipe
    steps: int
    best: Best
    scores: dict[SplitName, Score]
    spent: Spent


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


@contextmanager
def new_directories(paths: Sequence[Path], overwrite: bool, begun: Path) -> Iterator[None]:
    """Make run directories, or empty those of earlier runs, and lock them for the block.

    Args:
        paths: Those of one training, each after those that it lies in.
        overwrite: Whether they may hold earlier runs.
        begun: A file. If the block fails before it is there, nothing is left of the new run.

    Raises:
        TpcError: One holds a run already, another training writes it, or it cannot be made.
    """
    with ExitStack() as held:
        for path in paths:
            held.enter_context(_made(path))
        earlier = [file for path in paths for file in check_directory(path, overwrite)]
        try:
            for file in earlier:
                file.unlink()
        except OSError as error:
            raise TpcError(f"cannot remove {error.filename}: {error.strerror}") from error
        try:
            yield
        except BaseException:
            if not begun.exists():
                _remove(path / name for path in paths for name in ALL_FILES)
            raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep every other training out of a run directory while the block runs.

    Raises:
        TpcError: Another one is writing it.
    """
    with lock_directory(path) as free:
        if not free:
            raise TpcError(
                f"another training is writing {path}",
                hint="wait for its end, stop it, or name another directory",
            )
        yield


@contextmanager
def _made(path: Path) -> Iterator[None]:
    """Make and lock a directory; if the block fails and leaves it empty, it goes again."""
    made = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _remove(made)
        raise TpcError(f"cannot make {path}: {error.strerror}") from error
    with locked(path):
        try:
            yield
        except BaseException:
            _remove(made)
            raise


def _remove(found: Iterable[Path]) -> None:
    """Remove files and empty directories, as far as that is possible."""
    for path in found:
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


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


def write_summary(path: Path, outcome: Outcome) -> None:
    """Write `run.json`: how the run ended, and the discretised network's final scores."""
    summary = {
        "status": outcome.status,
        "epochs": min(outcome.steps, outcome.recipe.n_epochs),
        "rounds": outcome.recipe.rounds_of_search(outcome.steps),
        "best_epoch": outcome.best.epoch,
        "accuracy": {split: _as_json(score) for split, score in outcome.scores.items()},
        "seconds": round(outcome.spent.wall, 3),
        "processor_seconds": round(outcome.spent.processor, 3),
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
