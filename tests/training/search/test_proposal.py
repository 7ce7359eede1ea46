"""What it takes to write choices down."""

from __future__ import annotations

import pytest
import torch

from tests.training.search.networks import plain, task_rows
from tpc.model.choices import HeadChoice, TableChoice
from tpc.training.search.proposal import Entries, Proposal, description_length


def test_what_takes_more_to_write_down_is_longer() -> None:
    config, train = task_rows("sort", {"n_heads_cat": 1})
    start = plain(config, train)
    same = torch.arange(config.d_var)

    def length(predicate: torch.Tensor) -> float:
        head = HeadChoice("tokens", "tokens", "positions", predicate)
        return description_length(start, Proposal(1.0, (("attn_0_0", head),)))

    plain_length = length(same)
    assert length(torch.full_like(same, 3)) == plain_length
    assert length((same + 1).clamp(max=config.d_var - 1)) == plain_length
    swapped = same.clone()
    swapped[[3, 4]] = torch.tensor([4, 3])
    assert length(swapped) > plain_length
    assert length(same.flip(0)) > length(swapped)
    # What fewer rows stand for are as many.
    few = start.subsampled(len(start.rows.tags) // 4)
    same_length = description_length(
        few, Proposal(1.0, (("attn_0_0", HeadChoice("tokens", "tokens", "positions", same)),))
    )
    assert same_length == pytest.approx(plain_length, rel=1e-4)


def test_usual_entries() -> None:
    predicate = torch.tensor([1, 2, 3, 0, 3])
    values = {"a": torch.tensor([[0, 1, 3, 4]])}
    head = Entries.of(HeadChoice("a", "a", "a", predicate), values)
    assert head.usual.tolist() == [1, 2, 3, 4, 4]
    assert head.reached.tolist() == [0, 1, 3, 4]
    assert head.unusual(predicate).tolist() == [3, 4]
    table = Entries.of(TableChoice(("a",), 5, torch.tensor([2, 2, 1, 0, 2])), values)
    assert table.usual.tolist() == [2] * 5
    assert table.unusual(torch.tensor([2, 2, 1, 0, 2])).tolist() == [3]
