"""Training curves as a picture: every column of `metrics.csv` over the epochs."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tpc.diagnostics import TpcError
from tpc.files import read_csv, write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes

METRICS, UPSTREAM_METRICS = "metrics.csv", "results.csv"
EPOCH = "epoch"
FORMATS = (".png", ".svg", ".pdf")
#: Panels by what the names of their columns contain, in the order in which they are drawn.
PANELS = (
    ("loss", "loss"),
    ("accuracy", "accuracy"),
    ("f1", "F1"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("tau", "temperature"),
)
_STYLES = ("-", "--", ":", "-.")
_INCHES = (7.0, 3.0)


@dataclass(frozen=True)
class Curves:
    """The metrics of one run.

    Attributes:
        name: Of the run.
        epochs: Of each line.
        columns: The numbers by column; a missing one is not-a-number.
    """

    name: str
    epochs: tuple[float, ...]
    columns: dict[str, tuple[float, ...]]


def read_curves(run: Path) -> Curves:
    """The metrics of a run directory, ours or upstream's.

    Raises:
        TpcError: It has none, or they are no table of numbers.
    """
    for name in (METRICS, UPSTREAM_METRICS):
        path = run / name
        if path.is_file():
            rows = read_csv(path)
            if not rows or EPOCH not in rows[0]:
                raise TpcError(f"{path} has no metrics yet", hint="wait for the first epoch")
            if name == UPSTREAM_METRICS and "split" not in rows[0]:
                raise TpcError(f"{path} has no column 'split'")
            wide = rows if name == METRICS else _by_epoch(rows)
            return _curves(run, path, wide)
    raise TpcError(
        f"{run} has no {METRICS}", hint="name a run directory that tpc train has written"
    )


def _by_epoch(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Upstream writes one line for each split; its last lines are of the discretised network."""
    wide: dict[str, dict[str, str]] = {}
    for row in rows:
        line = wide.setdefault(row[EPOCH], {EPOCH: row[EPOCH]})
        for column, value in row.items():
            if column in ("loss", "acc", "f1", "precision", "recall"):
                metric = "accuracy" if column == "acc" else column
                line[f"{row['split']}_{metric}"] = value
    names = list(dict.fromkeys(name for line in wide.values() for name in line))
    return [{name: line.get(name, "") for name in names} for line in wide.values()]


def _curves(run: Path, path: Path, rows: list[dict[str, str]]) -> Curves:
    columns: dict[str, tuple[float, ...]] = {}
    for name in rows[0]:
        try:
            columns[name] = tuple(float(row[name] or "nan") for row in rows)
        except (TypeError, ValueError) as error:
            raise TpcError(f"{path}: the column {name!r} is not all numbers: {error}") from error
    epochs = columns.pop(EPOCH)
    return Curves(run.resolve().name, epochs, columns)


def draw(runs: Sequence[Curves], output: Path) -> None:
    """Draw the curves of runs into one picture, one panel a kind of metric.

    Args:
        runs: At least one.
        output: The picture: `.png`, `.svg` or `.pdf`; the same curves give the same bytes.

    Raises:
        TpcError: Matplotlib is not installed, or there is nothing to draw, or no place for it.
    """
    kind = output.suffix.lower()
    if kind not in FORMATS:
        raise TpcError(
            f"no picture can be written as {output.name!r}", hint=f"end it in {', '.join(FORMATS)}"
        )
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise TpcError(
            "pictures are drawn by matplotlib, which is not installed",
            hint="install it: pip install 'tpc[plot]'",
        ) from error
    panels = [panel for panel in PANELS if any(_of_panel(run, panel[0]) for run in runs)]
    if not panels:
        raise TpcError("there is nothing to draw: no column is a loss or an accuracy")
    payload = io.BytesIO()
    width, height = _INCHES
    with mpl.rc_context({"svg.hashsalt": "tpc", "svg.fonttype": "none"}):
        figure = Figure(figsize=(width, height * len(panels)), layout="constrained")
        axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for axis, (key, title) in zip(axes, panels, strict=True):
            _panel(axis, runs, key, title)
        axes[-1].set_xlabel("epoch")
        figure.savefig(payload, format=kind[1:], dpi=120, metadata=_undated(kind))
    write_atomic(output, payload.getvalue())


def _panel(axis: Axes, runs: Sequence[Curves], key: str, title: str) -> None:
    for number, run in enumerate(runs):
        for index, (name, values) in enumerate(_of_panel(run, key).items()):
            colour = f"C{(number if len(runs) > 1 else index) % 10}"
            style = _STYLES[index % len(_STYLES)] if len(runs) > 1 else "-"
            label = f"{run.name}: {name}" if len(runs) > 1 else name
            marker = "." if len(run.epochs) == 1 else None
            axis.plot(run.epochs, values, color=colour, linestyle=style, label=label, marker=marker)
    axis.set_ylabel(title)
    if key == "tau":
        axis.set_yscale("log")
    axis.grid(visible=True, alpha=0.3)
    axis.legend(fontsize="small")


def _of_panel(run: Curves, key: str) -> dict[str, tuple[float, ...]]:
    """The columns of a panel that have a number."""
    return {
        name: values
        for name, values in run.columns.items()
        if key in name.lower() and not all(map(math.isnan, values))
    }


def _undated(kind: str) -> dict[str, Any]:
    """No date and no version in the file, so that it depends on the curves alone."""
    return {
        ".png": {"Software": None},
        ".svg": {"Date": None, "Creator": None},
        ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    }[kind]
