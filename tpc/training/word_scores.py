"""What each word says for each label, by how far away it stands: a window of words, added up.

The score of a label is a sum over the words around a position, or over all words of a sentence that
has one label. What a word adds is a function of its features (its vector, its spelling), learned by
gradients with one hidden layer. Nothing else is as easy to read: `grades` makes it a program.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - as everywhere
from torch import Tensor

from tpc.model.discrete import NEVER
from tpc.training.encoding import Encoded
from tpc.training.loss import sequence_losses, with_positions
from tpc.training.parameters import TYPICAL_FEATURES, WordFeatures
from tpc.training.recipe import Recipe
from tpc.training.state import adam_update, seeded_generator

HIDDEN = 64
"""Units between the features of a word and what it says."""

FITS = 4
"""Fits from different initial weights, whose scores are averaged: their errors differ."""

BIAS, OUTPUT = "bias", "output"


@dataclass(frozen=True)
class Window:
    """What is added up.

    Attributes:
        offsets: How far from a position its words are: 0 is the position's own. Of a sentence
            that has one label, whose words all vote: which of the first words vote by themselves.
        n_classes: Classes, `<pad>` among them.
        never: Classes that are never answered.
        pooled: Whether all positions are added up.
    """

    offsets: tuple[int, ...]
    n_classes: int
    never: tuple[int, ...]
    pooled: bool

    @staticmethod
    def around(width: int, n_classes: int, never: tuple[int, ...], pooled: bool) -> Window:
        """The words of a position and `width` to either side, or the `width` first ones."""
        if pooled:
            return Window(tuple(range(width + 1)), n_classes, never, pooled)
        sides = (sign * distance for distance in range(1, width + 1) for sign in (-1, 1))
        return Window((0, *sides), n_classes, never, pooled)

    def near(self, ids: Tensor) -> Tensor:
        """The ids `[position, row, offset]` of the words around each position.

        Where a sentence has none so far away it is the first, which is what a categorical head
        selects where nothing matches; `<s>`, which says nothing then.
        """
        lengths = (ids != 0).sum(0)
        positions = torch.arange(len(ids)).unsqueeze(1)
        found = []
        for offset in self.offsets:
            there = positions if self.pooled else positions + offset
            inside = (there >= 0) & (there < lengths)
            if self.pooled and offset:
                inside = inside & (positions == offset)
            found.append(ids.gather(0, there.where(inside, 0)).where(ids != 0, 0))
        return torch.stack(found, -1)

    def logits(self, scores: Tensor, near: Tensor) -> Tensor:
        """Logits `[position, class, row]` of `scores` `[word, offset, class]`."""
        shown = near != 0
        if self.pooled:
            positions = torch.arange(len(near)).view(-1, 1, 1)
            offsets = torch.tensor(self.offsets)
            shown = shown & ((offsets == 0) | (offsets == positions))
        summed = torch.zeros(*near.shape[:2], scores.shape[-1])
        for place in range(len(self.offsets)):
            summed = summed + scores[near[..., place], place] * shown[..., place, None]
        if self.pooled:
            summed = summed.sum(0)
        never = torch.zeros(self.n_classes)
        never[list(self.never)] = NEVER
        return with_positions((summed + never).transpose(-1, -2), pooled=self.pooled)


def word_scores(
    features: WordFeatures, train: Encoded, window: Window, recipe: Recipe, kept: Tensor
) -> Tensor:
    """Learn what words say, `[word, offset, class]`: the mean of several fits.

    Args:
        features: Of the vocabulary.
        train: The training rows.
        window: What is added up.
        recipe: Epochs, step size, dropout and seed.
        kept: Which scores there are, `[offset, class]`; the others are 0.
    """
    purposes = ["word scores", *(f"word scores {fit}" for fit in range(1, FITS))]
    streams = (seeded_generator(recipe.seed, purpose) for purpose in purposes)
    fits = (_fit(features, train, window, recipe, kept, stream) for stream in streams)
    return sum(fits, start=torch.zeros(())) / FITS


def _fit(
    features: WordFeatures,
    train: Encoded,
    window: Window,
    recipe: Recipe,
    kept: Tensor,
    random: torch.Generator,
) -> Tensor:
    shapes = _shapes(features, kept)
    parameters = torch.cat([_initial(n, s, random).flatten() for n, s in shapes.items()])
    first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
    step = 0
    for epoch in range(recipe.n_epochs):
        batches = torch.split(torch.randperm(len(train), generator=random), recipe.batch_size)
        for scale, rows in zip(recipe.step_scales(epoch, len(batches)), batches, strict=True):
            step += 1
            leaf = parameters.detach().requires_grad_()
            weights, batch = _unpacked(leaf, shapes), train.take(rows)
            loss = _loss(features, weights, batch, window, recipe, kept, random)
            (gradient,) = torch.autograd.grad(loss, leaf)
            adam_update(parameters, first, second, gradient, step, recipe.lr * scale)
    with torch.no_grad():
        return _scores(features, _unpacked(parameters, shapes), kept, 0.0, random)


def _shapes(features: WordFeatures, kept: Tensor) -> dict[str, tuple[int, ...]]:
    width = kept.numel()
    return {**features.shapes(HIDDEN + width), BIAS: (HIDDEN,), OUTPUT: (HIDDEN, width)}


def _initial(name: str, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    drawn = torch.randn(shape, generator=random)
    if name == OUTPUT:
        return drawn / math.sqrt(HIDDEN) / 4
    drawn = drawn / math.sqrt(TYPICAL_FEATURES)
    # What features say without the hidden layer starts at nothing.
    return drawn * (torch.arange(shape[-1]) < HIDDEN) if name != BIAS else torch.zeros(shape)


def _unpacked(vector: Tensor, shapes: Mapping[str, Sequence[int]]) -> dict[str, Tensor]:
    parts = torch.split(vector, [math.prod(shape) for shape in shapes.values()])
    return {n: p.view(*s) for (n, s), p in zip(shapes.items(), parts, strict=True)}


def _scores(
    features: WordFeatures,
    weights: Mapping[str, Tensor],
    kept: Tensor,
    dropout: float,
    random: torch.Generator,
) -> Tensor:
    linear = features.logits(weights).T
    hidden = F.relu(linear[:, :HIDDEN] + weights[BIAS])
    if dropout:
        hidden = hidden * (torch.rand(hidden.shape, generator=random) >= dropout) / (1 - dropout)
    summed = hidden @ weights[OUTPUT] + linear[:, HIDDEN:]
    return torch.unflatten(summed, 1, tuple(kept.shape)) * kept


def _loss(
    features: WordFeatures,
    weights: Mapping[str, Tensor],
    batch: Encoded,
    window: Window,
    recipe: Recipe,
    kept: Tensor,
    random: torch.Generator,
) -> Tensor:
    near = window.near(batch.ids)
    words = torch.unique(near)
    here = features.of(words).without(torch.searchsorted(words, batch.ids), batch.tags)
    here = here.dropped(recipe.embed_dropout, random)
    scores = _scores(here, weights, kept, recipe.dropout, random)
    found = window.logits(scores, torch.searchsorted(words, near))
    losses = sequence_losses(found, batch.tags, recipe.loss_agg, batch.class_weights)
    return losses.mean()
