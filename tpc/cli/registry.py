"""Which commands there are, in the order and the groups that `tpc --help` shows."""

from __future__ import annotations

import typer

from tpc.cli.bench import bench
from tpc.cli.compile import compile_program
from tpc.cli.data import data
from tpc.cli.doctor import doctor
from tpc.cli.eval import evaluate_program
from tpc.cli.import_run import import_run
from tpc.cli.inspect import inspect_program
from tpc.cli.opt import opt
from tpc.cli.plot import plot
from tpc.cli.rasp import rasp
from tpc.cli.run import run
from tpc.cli.train import TrainCommand, train
from tpc.cli.upgrade import upgrade
from tpc.cli.verify import verify

_MAKE, _USE, _CHECK, _TOOLS = "Make programs", "Use programs", "Check programs", "Data and tools"


def register(app: typer.Typer) -> None:
    """Add every command to the application."""
    app.command("train", cls=TrainCommand, rich_help_panel=_MAKE)(train)
    app.command("import", rich_help_panel=_MAKE)(import_run)
    app.command("compile", rich_help_panel=_USE)(compile_program)
    app.command("opt", rich_help_panel=_USE)(opt)
    app.command("run", rich_help_panel=_USE)(run)
    app.command("inspect", rich_help_panel=_USE)(inspect_program)
    app.command("verify", rich_help_panel=_CHECK)(verify)
    app.command("eval", rich_help_panel=_CHECK)(evaluate_program)
    app.command("rasp", rich_help_panel=_TOOLS)(rasp)
    app.command("bench", rich_help_panel=_TOOLS)(bench)
    app.command("data", rich_help_panel=_TOOLS)(data)
    app.command("plot", rich_help_panel=_TOOLS)(plot)
    app.command("upgrade", rich_help_panel=_TOOLS)(upgrade)
    app.command("doctor", rich_help_panel=_TOOLS)(doctor)
