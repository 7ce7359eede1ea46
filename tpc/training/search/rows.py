"""The rows that a search looks at, and how much each scored position counts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from tpc.model.attention import visible_keys
from tpc.model.config import ModelConfig
from tpc.training.encoding import Encoded
from tpc.training.recipe import LossAggregation

LEAST_ROWS = 500
"""Rows of one label each are subsampled to no fewer: a row's label says less than each of its
tokens' labels would."""


@dataclass(frozen=True)
class Rows:
    """Rows of a split, examples first.

    A scored position is one whose variables the classifier reads. Each has its own logits and its
    own label, unless the network pools: then a row's positions add up to one label.

    Attributes:
        ids: Token ids `[row, position]`.
        visible: Whether query `i` may see key `j`, `[row, i, j]`.
        scored: Which of the flattened positions are scored, `[token]`.
        tags: The labels' class ids, `[label]`.
        weights: How much each counts in the loss, `[label]`.
        n_whole: Labels in the split that these rows stand for.
        pooled: Which label each scored position adds to, `[token]`; None where each has its own.
    """

    ids: Tensor
    visible: Tensor
    scored: Tensor
    tags: Tensor
    weights: Tensor
    n_whole: int
    pooled: Tensor | None = None

    @staticmethod
    def of(
        config: ModelConfig,
        split: Encoded,
        aggregation: LossAggregation,
        counts: Tensor | None = None,
        n_whole: int | None = None,
    ) -> Rows:
        """The rows of a split.

        Args:
            config: The architecture.
            split: Where they are from.
            aggregation: Of a row's loss.
            counts: How many rows each stands for, `[row]`; 1 if not given.
            n_whole: Labels of the whole split, if these are some of its rows.
        """
        ids, tags = split.ids.T.contiguous(), split.tags.T.contiguous()
        counts = torch.ones(len(split)) if counts is None else counts
        labelled = _scored(config, tags)
        of_row = counts / counts.sum()
        if aggregation == "per_token":
            of_row = of_row / labelled.sum(1).clamp(min=1)
        weights = of_row.unsqueeze(1).expand(tags.shape)
        if split.class_weights is not None:
            weights = weights * split.class_weights[tags]
        where = labelled.flatten().nonzero().squeeze(1)
        scored, pooled = where, None
        if config.pool_outputs:
            # Every token of a row that has a label; the label is where the row's only tag is.
            scored = ((ids != 0) & labelled).flatten().nonzero().squeeze(1)
            pooled = torch.searchsorted(where, scored // ids.shape[1])
        return Rows(
            ids=ids,
            visible=visible_keys(config, ids != 0),
            scored=scored,
            tags=tags.flatten()[where],
            weights=weights.flatten()[where],
            n_whole=len(where) if n_whole is None else n_whole,
            pooled=pooled,
        )

    @property
    def labelled(self) -> Tensor:
        """The row of each label, `[label]`."""
        of_row = self.scored // self.ids.shape[1]
        return of_row if self.pooled is None else torch.unique_consecutive(of_row)

    def subsampled(self, positions: int) -> Rows:
        """At most about so many scored positions, in whole rows, which stand for all of them."""
        step = -(-len(self.scored) // positions)
        if self.pooled is not None:
            step = min(step, len(self.tags) // LEAST_ROWS)
        if step <= 1:
            return self
        length = self.ids.shape[1]
        taken = self.scored // length % step == 0
        labels = taken if self.pooled is None else self.labelled % step == 0
        weights, pooled = self.weights[labels], None
        if self.pooled is not None:
            pooled = (labels.cumsum(0) - 1)[self.pooled[taken]]
        return Rows(
            ids=self.ids[::step],
            visible=self.visible[::step],
            scored=self.scored[taken] // length // step * length + self.scored[taken] % length,
            tags=self.tags[labels],
            weights=weights * (self.weights.sum() / weights.sum()),
            n_whole=self.n_whole,
            pooled=pooled,
        )

    def at_scored(self, values: Tensor) -> Tensor:
        """Values `[row, position, ...]` at the scored positions, `[token, ...]`."""
        return values.flatten(0, 1).index_select(0, self.scored)

    def of_labels(self, found: Tensor) -> Tensor:
        """What each scored position adds to its label, `[token, ...]`, added up: `[label, ...]`."""
        if self.pooled is None:
            return found
        total = torch.zeros(len(self.tags), *found.shape[1:], dtype=found.dtype)
        return total.index_add_(0, self.pooled, found)

    def at_tokens(self, found: Tensor) -> Tensor:
        """What is known of each label, `[label, ...]`, at every position that adds to it."""
        return found if self.pooled is None else found.index_select(0, self.pooled)


def sample_rows(
    config: ModelConfig,
    split: Encoded,
    aggregation: LossAggregation,
    wrong: Tensor,
    size: int,
    generator: torch.Generator,
) -> Rows:
    """A sample that stands for the whole split, with more of the rows that are still wrong.

    Half of it at most are wrong rows; every row counts as many as it stands for.

    Args:
        config: The architecture.
        split: Where they are from.
        aggregation: Of a row's loss.
        wrong: Whether a row has an error, `[row]`.
        size: Rows to take.
        generator: Source of the choice.
    """
    if len(split) <= size:
        return Rows.of(config, split, aggregation)
    shuffled = torch.randperm(len(split), generator=generator)
    of_wrong, of_right = shuffled[wrong[shuffled]], shuffled[~wrong[shuffled]]
    n_wrong = min(len(of_wrong), max(size // 2, size - len(of_right)))
    n_right = min(len(of_right), size - n_wrong)
    counts = [
        torch.full((n,), len(of) / n) for of, n in ((of_wrong, n_wrong), (of_right, n_right)) if n
    ]
    taken = torch.cat([of_wrong[:n_wrong], of_right[:n_right]])
    n_whole = int(_scored(config, split.tags).sum())
    return Rows.of(config, split.take(taken), aggregation, torch.cat(counts), n_whole)


def _scored(config: ModelConfig, tags: Tensor) -> Tensor:
    """Whether each tag counts: one that can never win is wrong whatever the choices are."""
    return ~torch.isin(tags, torch.tensor([0, *config.masked_classes]))
