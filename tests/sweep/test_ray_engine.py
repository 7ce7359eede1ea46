"""The same sweep on a Ray cluster of two nodes, whatever becomes of one of them."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.sweep.conftest import workers
from tests.sweep.test_sweeping import ALL, HereEngine, rows_of, swept
from tpc.diagnostics import TpcError
from tpc.sweep.ray_engine import RayEngine
from tpc.sweep.running import run_sweep
from tpc.sweep.sweeping import Sweep, run_shipped
from tpc.sweep.trials import Row

pytest.importorskip("ray", reason="Ray is not installed: make acceptance runs these")
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.slow(seconds=120),
]

PLAN = replace(ALL, seeds=(0, 1, 2))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return swept(PLAN, tmp_path_factory.mktemp("local"), HereEngine())


class Damage(threading.Thread):
    """Kills a worker of a node, and stops the node after the next trial."""

    def __init__(self, cluster: Any, node: Any, folder: Path) -> None:
        super().__init__(daemon=True)
        self._cluster, self._node, self._folder = cluster, node, folder
        self.killed = self.stopped = False

    def run(self) -> None:
        while not (found := workers(self._node)):
            time.sleep(0.02)
        os.kill(found[0], signal.SIGKILL)
        self.killed = True
        before = self._finished()
        while self._finished() <= before:
            time.sleep(0.05)
        self._cluster.remove_node(self._node)
        self.stopped = True

    def _finished(self) -> int:
        return len(list(self._folder.glob("trials/*/row.json")))


def test_a_killed_worker_and_a_stopped_node_change_no_row(
    cluster: Any, rows: list[Row], tmp_path: Path
) -> None:
    damage = Damage(cluster, cluster.add_node(num_cpus=1), tmp_path)
    damage.start()
    engine = {"name": "ray", "workers": None, "address": cluster.address}
    run_sweep(PLAN, tmp_path, engine, print, lambda *_: None)
    damage.join(timeout=60)
    assert damage.killed
    assert damage.stopped
    assert rows_of(tmp_path) == rows


def elsewhere(shipped: Any) -> Any:
    return run_shipped(replace(shipped, marker=(Path("/nowhere"), b"")))


def test_without_a_shared_file_system(cluster: Any, rows: list[Row], tmp_path: Path) -> None:
    engine = RayEngine(elsewhere, None, cluster.address, {})
    try:
        Sweep(PLAN, tmp_path, engine, print, lambda *_: None).run()
    finally:
        engine.close()
    assert rows_of(tmp_path) == rows


def failing(_: object) -> None:
    raise TpcError("no such thing", hint="leave it out")


def test_what_fails_on_another_machine_is_said_here(cluster: Any) -> None:
    engine = RayEngine(failing, None, cluster.address, {})
    try:
        engine.submit(1)
        ((work, error),) = engine.results()
    finally:
        engine.close()
    assert work == 1
    assert isinstance(error, TpcError)
    assert (error.message, error.hint) == ("no such thing", "leave it out")
