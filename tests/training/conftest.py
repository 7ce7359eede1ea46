"""A plan small enough to train within a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from tpc.data.task import TaskArguments
from tpc.training.plan import Plan
from tpc.training.planning import make_plan

SMALL_DATA = TaskArguments(vocab_size=6, dataset_size=80, min_length=1, max_length=5)
SMALL_MODEL: dict[str, Any] = {"n_layers": 1, "n_heads_cat": 2, "d_mlp": 8}
SMALL_RECIPE: dict[str, Any] = {"n_epochs": 4, "batch_size": 32}

MakePlan = Callable[..., Plan]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def small_plan() -> MakePlan:
    def make(
        model: dict[str, Any] | None = None,
        recipe: dict[str, Any] | None = None,
        task: str = "sort",
    ) -> Plan:
        options = {**SMALL_RECIPE, **(recipe or {})}
        return make_plan(task, SMALL_DATA, {**SMALL_MODEL, **(model or {})}, options)

    return make
