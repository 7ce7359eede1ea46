"""`tpc plot`: the curves of training runs as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tpc.cli.common import note, refuse_to_replace


def plot(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run directories.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The picture: .png, .svg or .pdf.")
    ] = Path("curves.png"),
) -> None:
    """Draw losses, accuracies and temperatures of runs over their epochs.

    Needs matplotlib: pip install 'tpc[plot]'.
    """
    from tpc.training.plotting import draw, read_curves

    refuse_to_replace(output, *(path for run in runs for path in run.glob("*")))
    curves = [read_curves(run) for run in runs]
    draw(curves, output)
    epochs = max(len(found.epochs) for found in curves)
    note(f"wrote {output}: {len(curves)} runs, up to {epochs} lines of metrics")
