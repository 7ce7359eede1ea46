"""A sweep with the engine and the search that its plan and the user ask for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tpc.sweep.adaptive import search
from tpc.sweep.engines import make_engine
from tpc.sweep.plan import SweepPlan
from tpc.sweep.sweeping import Say, Shown, Sweep, run_shipped
from tpc.sweep.table import Table


def run_sweep(
    plan: SweepPlan,
    folder: Path,
    engine: Mapping[str, Any],
    say: Say,
    shown: Shown,
    seconds: float | None = None,
) -> tuple[Table, bool]:
    """Run a sweep, or go on with it; the rows of what is finished, and whether time was over.

    Args:
        plan: What to do.
        folder: The sweep's directory.
        engine: What `make_engine` takes besides the function.
        say: As `Sweep` takes it.
        shown: As `Sweep` takes it.
        seconds: When to stop, in place of the plan's.

    Raises:
        TpcError: The directory or the engine cannot be used.
    """
    made = make_engine(function=run_shipped, **engine)
    try:
        sweep = Sweep(plan, folder, made, say, shown, seconds)
        return sweep.run(search if plan.adaptive else None), sweep.over
    finally:
        made.close()
