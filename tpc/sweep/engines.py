"""The engine that was asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from tpc.sweep.engine import Engine, EngineName
from tpc.sweep.local_engine import LocalEngine


def make_engine(
    name: EngineName,
    function: Callable[[Any], Any],
    workers: int | None,
    address: str | None = None,
    resources: dict[str, float] | None = None,
) -> Engine[Any, Any]:
    """The engine of this name.

    Args:
        name: Which.
        function: What is run on each piece of work; it can be imported.
        workers: Processes of this machine; `None` for its processors.
        address: Of a Ray cluster; `None` to start one on this machine.
        resources: Of a Ray task: `CPU`, `GPU`, `memory` in bytes.

    Raises:
        TpcError: Ray is not installed, or there is no cluster at this address.
    """
    if name == "local":
        return LocalEngine(function, workers or os.cpu_count() or 1)
    from tpc.sweep.ray_engine import RayEngine

    return RayEngine(function, workers, address, resources or {})
