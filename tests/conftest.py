"""Fixtures for the whole suite: small runs in upstream's format, and the shared material."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parent.parent.parent / "shared"

ARGUMENTS: dict[str, Any] = {
    "dataset": "sort",
    "vocab_size": 6,
    "dataset_size": 200,
    "min_length": 1,
    "max_length": 6,
    "seed": 0,
    "unique": 1,
    "do_lower": 0,
    "replace_numbers": 0,
    "n_vars_cat": 1,
    "n_vars_num": 1,
    "d_var": None,
    "n_heads_cat": 2,
    "n_heads_num": 2,
    "d_mlp": 8,
    "n_cat_mlps": 1,
    "n_num_mlps": 1,
    "mlp_vars_in": 2,
    "n_layers": 2,
    "one_hot_embed": True,
    "count_only": True,
    "selector_width": 0,
    "attention_type": "cat",
    "rel_pos_bias": "fixed",
    "autoregressive": False,
    "unembed_mask": 1,
    "pool_outputs": 0,
    "standard": False,
}

MakeRun = Callable[..., Path]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes long, so that no worker is left with it at the end.

    pytest-xdist gives each worker a share of consecutive tests.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = sorted((item for item in items if _seconds(item)), key=_seconds, reverse=True)
    quick = iter([item for item in items if not _seconds(item)])
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        share = slow[worker::workers]
        end = len(items) * (worker + 1) // workers
        ordered += [*share, *itertools.islice(quick, max(0, end - len(ordered) - len(share)))]
    items[:] = [*ordered, *quick]


def _seconds(item: pytest.Item) -> float:
    marker = item.get_closest_marker("slow")
    return 0.0 if marker is None else marker.kwargs["seconds"]


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Writes a run directory as upstream's trainer would, with random weights."""

    def make(weight_seed: int = 0, **changes: object) -> Path:
        from tests.upstream import write_run

        folder = tmp_path / f"run{len(list(tmp_path.iterdir()))}"
        write_run(folder, {**ARGUMENTS, **changes}, weight_seed)
        return folder

    return make


@pytest.fixture
def shared() -> Path:
    """The shared material; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, which is not here")
    return SHARED
