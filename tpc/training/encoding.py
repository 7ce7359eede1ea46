"""Rows as tensors, laid out as the relaxed network takes them: examples last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tpc.data.corpus import Corpus
from tpc.data.dataset import Dataset
from tpc.data.splits import SplitName
from tpc.diagnostics import TpcError
from tpc.evaluation.metrics import Scheme, span_scheme
from tpc.ir.words import UNK


@dataclass(frozen=True)
class Encoded:
    """One split.

    Attributes:
        ids: Token ids `[position, row]`, 0 for padding.
        tags: Class ids `[position, row]`, 0 where nothing is scored; `[1, row]` of rows that have
            one label each.
        span_tags: Class names in id order if they are tags of spans, else empty.
        span_scheme: How they mark spans, if they do.
        trims: Whether batches are cut to their longest row. Rows of text are of very different
            lengths; padding changes nothing but the time, and which noise is drawn.
        class_weights: How much labels of each class count in the loss, `[class]`, if not alike.
    """

    ids: Tensor
    tags: Tensor
    span_tags: tuple[str, ...] = ()
    span_scheme: Scheme = "IOB2"
    trims: bool = False
    class_weights: Tensor | None = None

    def __len__(self) -> int:
        return self.ids.shape[1]

    def batches(self, size: int) -> Iterator[Encoded]:
        """Consecutive batches, the last one perhaps smaller."""
        for rows in torch.split(torch.arange(len(self), device=self.ids.device), size):
            yield self.take(rows)

    def take(self, rows: Tensor) -> Encoded:
        """The rows of these indices."""
        ids, tags = self.ids.index_select(1, rows), self.tags.index_select(1, rows)
        if self.trims:
            longest = int((ids != 0).sum(0).max())
            ids, tags = ids[:longest], tags[:longest]
        return replace(self, ids=ids, tags=tags)


def encode(dataset: Dataset | Corpus, split: SplitName) -> Encoded:
    """A split in ids.

    As in the authors' code, a token or a tag that the training split never had is `<unk>` if that
    is known, and else gets id 0: it counts as padding, and is not scored.

    Raises:
        TpcError: A row is longer than every training row, so that it has positions unknown to the
            network.
    """
    word_ids = {word: index for index, word in enumerate(dataset.vocabulary)}
    class_ids = {tag: index for index, tag in enumerate(dataset.classes)}
    unknown_word, unknown_class = word_ids.get(UNK, 0), class_ids.get(UNK, 0)
    rows = dataset.splits.named(split)
    ids = torch.zeros(dataset.max_length, len(rows), dtype=torch.int64)
    tags = torch.zeros_like(ids)
    for row, (row_tokens, row_tags) in enumerate(rows):
        if len(row_tokens) > dataset.max_length:
            raise TpcError(
                f"a {split} row has {len(row_tokens)} tokens, more than any training row",
                hint="ask for more rows, so that the training split has the longest ones",
            )
        found = [word_ids.get(word, unknown_word) for word in row_tokens]
        ids[: len(row_tokens), row] = torch.tensor(found)
        found = [class_ids.get(tag, unknown_class) for tag in row_tags]
        tags[: len(row_tags), row] = torch.tensor(found)
    train = (tags for _, tags in dataset.splits.train)
    scheme = None if dataset.pooled else span_scheme(dataset.classes, train)
    return Encoded(
        ids,
        tags[:1] if dataset.pooled else tags,
        dataset.classes if scheme else (),
        scheme or "IOB2",
        trims=isinstance(dataset, Corpus),
    )


def balanced_weights(train: Encoded, n_classes: int) -> Tensor:
    """Weights by which the classes count alike in the training rows, `[class]`; 1 on the mean."""
    counts = torch.bincount(train.tags[train.tags != 0], minlength=n_classes)
    occurs = counts > 0
    return torch.where(occurs, counts.sum() / (occurs.sum() * counts.clamp(min=1)), 1.0)
