"""Heads that look about as far everywhere come to look just that far."""

from __future__ import annotations

import torch
from torch import Tensor

from tests.training.search.networks import task_rows
from tpc.model.architecture import initial_weights
from tpc.model.config import ModelConfig
from tpc.training.offsets import whole_offsets

PREDICATE = "blocks.0.cat_attn.W_pred.W"
TOKENS, POSITIONS = 0, 1


def network(matched: list[int], reads: tuple[int, int] = (POSITIONS, POSITIONS)) -> Tensor:
    """The keys that a head matches afterwards, by query position."""
    config, ids = example()
    weights = initial_weights(config, torch.Generator().manual_seed(0))
    for name, read in zip(("W_Q", "W_K"), reads, strict=True):
        weights[f"blocks.0.cat_attn.{name}.W"][0, read] = 9.0
    weights[PREDICATE][0, torch.arange(len(matched)), torch.tensor(matched)] = 9.0
    return whole_offsets(config, weights, ids)[PREDICATE][0].argmax(-1)


def example() -> tuple[ModelConfig, Tensor]:
    """Sequences of up to eight tokens; the later positions have fewer of them."""
    config, train = task_rows("reverse", {"n_layers": 1, "n_heads_cat": 1})
    return config, train.ids


def test_what_most_positions_do_all_do() -> None:
    assert network([0, 0, 1, 2, 3, 4, 0, 3]).tolist() == [0, 0, 1, 2, 3, 4, 5, 6]


def test_where_there_is_no_such_position_the_first_is_taken() -> None:
    assert network([2, 3, 4, 5, 6, 7, 7, 7]).tolist() == [2, 3, 4, 5, 6, 7, 0, 0]


def test_heads_that_do_not_agree_with_themselves_stay() -> None:
    matched = [7, 5, 5, 1, 6, 2, 2, 0]
    assert network(matched).tolist() == matched


def test_heads_that_read_something_else_stay() -> None:
    matched = [0, 0, 1, 2, 3, 4, 0, 3]
    assert network(matched, (TOKENS, POSITIONS)).tolist() == matched
