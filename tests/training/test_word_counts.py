"""How often words have labels, and what of it a step of training may know."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tpc.training.word_counts import LabelCounts

N_WORDS, N_CLASSES = 5, 3

# Words 1 to 4 in three rows, padded with 0; labels 1 and 2.
IDS = torch.tensor([[1, 2, 2], [1, 3, 4], [4, 0, 0]])
ONE_LABEL = torch.tensor([[1, 2, 1]])
EACH = torch.tensor([[1, 2, 1], [1, 1, 2], [2, 0, 0]])


def test_a_row_gives_its_label_to_each_of_its_words_once() -> None:
    found = LabelCounts.of(IDS, ONE_LABEL, N_WORDS, N_CLASSES).counts
    assert found.tolist() == [[0, 0], [1, 0], [1, 1], [0, 1], [2, 0]]


def test_tokens_count_where_each_has_a_label() -> None:
    found = LabelCounts.of(IDS, EACH, N_WORDS, N_CLASSES).counts
    assert found.tolist() == [[0, 0], [2, 0], [1, 1], [1, 0], [0, 2]]


def test_ratios_compare_shares_of_a_label_and_of_all_others() -> None:
    ratios = LabelCounts.of(IDS, ONE_LABEL, N_WORDS, N_CLASSES).ratios()
    # Smoothed: word 4 has 3 of 9 with label 1, and 1 of 7 with label 2.
    assert float(ratios[4, 0]) == pytest.approx(math.log((3 / 9) / (1 / 7)))
    assert float(ratios[4, 1]) == pytest.approx(-math.log((3 / 9) / (1 / 7)))
    assert ratios[0].tolist() == [0, 0], "a word without a label says nothing"


@st.composite
def batches(draw: st.DrawFn) -> tuple[Tensor, Tensor, int]:
    """Rows, labels of rows or of tokens, and how many rows are a batch."""
    n_rows, length = draw(st.integers(2, 6)), draw(st.integers(1, 4))
    size = draw(st.integers(1, n_rows - 1))
    seed = draw(st.integers(0, 2**16))
    numbers = torch.Generator().manual_seed(seed)
    ids = torch.randint(0, N_WORDS, (length, n_rows), generator=numbers)
    n_tags = length if draw(st.booleans()) else 1
    tags = torch.randint(0, N_CLASSES, (n_tags, n_rows), generator=numbers)
    return ids, tags, size


@given(batches())
def test_a_batch_is_left_out_as_if_it_had_never_been_there(
    batch: tuple[Tensor, Tensor, int],
) -> None:
    ids, tags, size = batch
    words = torch.unique(torch.cat([ids.new_zeros(1), ids[:, :size].flatten()]))
    here = torch.searchsorted(words, ids[:, :size].contiguous())
    everything = LabelCounts.of(ids, tags, N_WORDS, N_CLASSES)
    others = LabelCounts.of(ids[:, size:], tags[:, size:], N_WORDS, N_CLASSES)
    found = everything.of_words(words).without(here, tags[:, :size])
    assert torch.equal(found.counts, others.counts[words])
