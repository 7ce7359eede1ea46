"""Rows as tensors, laid out as the relaxed network wants them: examples last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.data.dataset import Dataset
from tpc.data.splits import SplitName
from tpc.diagnostics import TpcError


@dataclass(frozen=True)
class Encoded:
    """One split.

    Attributes:
        ids: Token ids `[position, row]`, 0 for padding.
        tags: Class ids `[position, row]`, 0 where nothing is scored.
    """

    ids: Tensor
    tags: Tensor

    def __len__(self) -> int:
        return self.ids.shape[1]

    def batches(self, size: int) -> Iterator[Encoded]:
        """Consecutive batches, the last one perhaps smaller."""
        for ids, tags in zip(
            torch.split(self.ids, size, 1), torch.split(self.tags, size, 1), strict=True
        ):
            yield Encoded(ids, tags)

    def take(self, rows: Tensor) -> Encoded:
        """The rows of these indices."""
        return Encoded(self.ids.index_select(1, rows), self.tags.index_select(1, rows))


def encode(dataset: Dataset, split: SplitName) -> Encoded:
    """A split in ids.

    As in the authors' code, a token or a tag that the training split never had gets id 0: it
    counts as padding, and is not scored.

    Raises:
        TpcError: A row is longer than every training row, so that it has positions unknown to the
            network.
    """
    word_ids = {word: index for index, word in enumerate(dataset.vocabulary)}
    class_ids = {tag: index for index, tag in enumerate(dataset.classes)}
    rows = dataset.splits.named(split)
    ids = torch.zeros(dataset.max_length, len(rows), dtype=torch.int64)
    tags = torch.zeros_like(ids)
    for row, (row_tokens, row_tags) in enumerate(rows):
        if len(row_tokens) > dataset.max_length:
            raise TpcError(
                f"a {split} row has {len(row_tokens)} tokens, more than any training row",
                hint="ask for more rows, so that the training split has the longest ones",
            )
        ids[: len(row_tokens), row] = torch.tensor([word_ids.get(word, 0) for word in row_tokens])
        tags[: len(row_tags), row] = torch.tensor([class_ids.get(tag, 0) for tag in row_tags])
    return Encoded(ids, tags)
