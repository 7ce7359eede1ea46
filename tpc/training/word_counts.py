"""Which labels go with a word: what naive Bayes knows of it, as features of its embedding.

Of a few thousand sentences most words occur in a few, which is too little for gradients to find
what they say; a count finds it at once. Wang and Manning (ACL 2012) call these features log-count
ratios. A step of training leaves its own rows out of the counts: of a rare word they would tell
the labels that are to be learned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

SMOOTHING = 1.0
"""Occurrences with each label that a word is given beside its own."""


@dataclass(frozen=True)
class LabelCounts:
    """How often words have each label.

    Attributes:
        counts: `[word, label]`: tokens with that label, or rows with that label in which the word
            occurs, where a row has one label.
        totals: Of all words, smoothed, `[label]`.
    """

    counts: Tensor
    totals: Tensor

    @staticmethod
    def of(ids: Tensor, tags: Tensor, n_words: int, n_classes: int) -> LabelCounts:
        """Count in training rows.

        Args:
            ids: `[position, row]`, as in `Encoded`.
            tags: `[position, row]`, or `[1, row]` where rows have one label each.
            n_words: Of the vocabulary.
            n_classes: Of all classes, 0 of which is no label.
        """
        counts = _counted(ids, tags, n_words, n_classes)
        return LabelCounts(counts, (counts + SMOOTHING).sum(0))

    def of_words(self, words: Tensor) -> LabelCounts:
        """Those of the words of these ids."""
        return replace(self, counts=self.counts[words])

    def without(self, ids: Tensor, tags: Tensor) -> LabelCounts:
        """Those of the other rows; ids are of the words that are left."""
        n_words, n_labels = self.counts.shape
        return replace(self, counts=self.counts - _counted(ids, tags, n_words, 1 + n_labels))

    def ratios(self) -> Tensor:
        """How much more often words have each label than all others, `[word, label]`.

        It is the logarithm of the ratio of two smoothed shares, and 0 for words without a label.
        """
        occurs = self.counts.sum(1, keepdim=True) > 0
        smoothed = self.counts + SMOOTHING
        others = smoothed.sum(1, keepdim=True) - smoothed
        other_totals = self.totals.sum() - self.totals
        ratios = (smoothed / self.totals).log() - (others / other_totals).log()
        return ratios.where(occurs, torch.zeros(()))


def _counted(ids: Tensor, tags: Tensor, n_words: int, n_classes: int) -> Tensor:
    """How often each word has each label, `[word, label]`; padding, whose id is 0, has none."""
    if len(tags) == 1:
        rows = torch.arange(ids.shape[1]).expand(ids.shape)
        pairs = torch.unique(rows * n_words + ids)
        words, labels = pairs % n_words, tags[0][pairs // n_words]
    else:
        words, labels = ids.flatten(), tags.flatten()
    labels = torch.where(words == 0, 0, labels)
    flat = torch.bincount(words * n_classes + labels, minlength=n_words * n_classes)
    return flat.reshape(n_words, n_classes)[:, 1:].float()
