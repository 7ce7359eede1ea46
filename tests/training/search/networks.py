"""Networks on rows of tokens and tags, for the tests of the search."""

from __future__ import annotations

from typing import Any

import torch

from tests.model.test_choices import network
from tpc.data.dataset import task_arguments
from tpc.model.architecture import initial_weights
from tpc.model.choices import Choices
from tpc.model.config import ModelConfig
from tpc.training.encoding import Encoded, encode
from tpc.training.planning import make_plan
from tpc.training.search.evaluation import Evaluation
from tpc.training.search.plain import plain_network
from tpc.training.search.refit import refitted
from tpc.training.search.rows import Rows
from tpc.training.search.settings import Search


def seeded(seed: int = 0) -> Search:
    return Search(torch.Generator().manual_seed(seed))


def some_rows(seed: int, n_rows: int = 30) -> Encoded:
    """Rows of random tokens and tags, padded."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, 5, (4, n_rows), generator=generator)
    lengths = torch.randint(1, 5, (n_rows,), generator=generator)
    padding = torch.arange(4).unsqueeze(1) >= lengths
    tags = torch.randint(1, 4, (4, n_rows), generator=generator)
    return Encoded(ids.masked_fill(padding, 0), tags.masked_fill(padding, 0))


def evaluation(architecture: dict[str, Any], seed: int = 0) -> Evaluation:
    config, weights = network(architecture, seed)
    rows = Rows.of(config, some_rows(seed), "per_token")
    return Evaluation.of(Choices.of(config, weights), rows)


def labelled_rows(seed: int, n_rows: int = 30) -> Encoded:
    """Rows of random tokens with one tag each; every seventh has none."""
    rows = some_rows(seed, n_rows)
    tags = rows.tags[:1].clone()
    tags[0, ::7] = 0
    return Encoded(rows.ids, tags)


def pooled(architecture: dict[str, Any], seed: int = 0) -> Evaluation:
    """A network whose positions add up to one label a row, on such rows."""
    config, weights = network({**architecture, "pool_outputs": True}, seed)
    rows = Rows.of(config, labelled_rows(seed), "per_token")
    return Evaluation.of(Choices.of(config, weights), rows)


def task_rows(task: str, architecture: dict[str, Any], **sizes: int) -> tuple[ModelConfig, Encoded]:
    arguments = task_arguments(task, **{"dataset_size": 600, **sizes})
    plan = make_plan(task, arguments, architecture, {})
    assert isinstance(plan.model, ModelConfig)
    return plan.model, encode(plan.dataset, "train")


def plain(config: ModelConfig, train: Encoded, seed: int = 0) -> Evaluation:
    generator = torch.Generator().manual_seed(seed)
    choices = Choices.of(config, initial_weights(config, generator))
    network = plain_network(choices, torch.unique(train.ids[train.ids != 0]), Search(generator))
    return refitted(Evaluation.of(network, Rows.of(config, train, "per_token")), 10)


def accuracy(evaluation: Evaluation) -> float:
    return 1 - evaluation.errors / len(evaluation.rows.tags)
