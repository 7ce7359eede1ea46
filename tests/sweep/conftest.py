"""A Ray cluster of two nodes on this machine, for the tests that have Ray."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def cluster() -> Iterator[Any]:
    import ray
    from ray.cluster_utils import Cluster

    found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        yield found
    finally:
        ray.shutdown()
        found.shutdown()


def workers(node: Any, name: bytes = b"ray::run_shipped") -> list[int]:
    """The processes of a node that run a task of this name."""
    raylet = next(
        info.process.pid
        for kind, infos in node.all_processes.items()
        if kind == "raylet"
        for info in infos
    )
    children = Path(f"/proc/{raylet}/task/{raylet}/children").read_text().split()
    return [int(child) for child in children if name in Path(f"/proc/{child}/cmdline").read_bytes()]
