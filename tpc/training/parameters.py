"""All trained tensors of a network as one vector, so that the loop's state is in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from tpc.model.architecture import Architecture, initial_weights, is_trained, weight_shapes
from tpc.model.config import ModelConfig
from tpc.training.recipe import Recipe
from tpc.training.word_features import WordFeatures

EMBEDDING, NUMERICAL_EMBEDDING = "embed.W_E", "num_embed.W_E"
"""What has a column, or a row, for each word."""


@dataclass(frozen=True)
class ParameterSpace:
    """Where each tensor lies in the vector of all trained ones.

    Attributes:
        shapes: Trained tensors by name, in the order of the vector.
        fixed: The tensors that training leaves alone.
        features: Of the words, where embeddings are made of them; those have one weight vector
            then.
        words: Ids of the words that embeddings are made of; all, if there are none.
    """

    shapes: dict[str, tuple[int, ...]]
    fixed: dict[str, Tensor]
    features: WordFeatures | None = None
    words: Tensor | None = None

    @staticmethod
    def of(config: Architecture, features: WordFeatures | None = None) -> ParameterSpace:
        """The space of a configuration's networks."""
        shapes = weight_shapes(config)
        initial = initial_weights(config, torch.Generator().manual_seed(0))
        trained = {name: shape for name, shape in shapes.items() if is_trained(config, name)}
        if features is not None:
            assert isinstance(config, ModelConfig), "an ordinary Transformer has no values"
            width = trained.pop(EMBEDDING)[0]
            trained |= features.shapes(width)
        fixed = {name: tensor for name, tensor in initial.items() if not is_trained(config, name)}
        return ParameterSpace(trained, fixed, features)

    @property
    def size(self) -> int:
        """Trained numbers."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def rates(self, recipe: Recipe) -> Tensor | None:
        """By what each number's step size differs from the recipe's: `[parameters]`, or nothing."""
        if self.features is None:
            return None
        of_embedding = recipe.embed_lr / recipe.lr
        return torch.cat(
            [
                torch.full((math.prod(shape),), of_embedding if name in self.features.names else 1)
                for name, shape in self.shapes.items()
            ]
        )

    def pack(self, weights: dict[str, Tensor]) -> Tensor:
        """The vector of these weights."""
        return torch.cat([weights[name].flatten() for name in self.shapes])

    def with_part(self, vector: Tensor, name: str, tensor: Tensor) -> Tensor:
        """The vector with another trained tensor of this name."""
        return torch.cat([(self._parts(vector) | {name: tensor})[n].flatten() for n in self.shapes])

    def unpack(self, vector: Tensor) -> dict[str, Tensor]:
        """All weights by name: views of the vector `[..., parameters]`, and the fixed tensors."""
        return self._embedded(self._parts(vector))

    def on_words(self, words: Tensor) -> ParameterSpace:
        """The space whose weights have embeddings of the words of these ids alone.

        That takes less time, where embeddings are made of features.
        """
        assert self.features is not None, "a table of embeddings is whole"
        return replace(self, features=self.features.of(words), words=words)

    def dropped(self, share: float, generator: torch.Generator) -> ParameterSpace:
        """The space whose embeddings miss a random share of each word's features."""
        if self.features is None or not share:
            return self
        return replace(self, features=self.features.dropped(share, generator))

    def _embedded(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        if self.features is None:
            return weights
        weights[EMBEDDING] = self.features.logits(weights)
        if self.words is not None:
            weights[NUMERICAL_EMBEDDING] = weights[NUMERICAL_EMBEDDING][self.words]
        return {name: weights[name] for name in weights if name not in self.features.names}

    def _parts(self, vector: Tensor) -> dict[str, Tensor]:
        sizes = [math.prod(shape) for shape in self.shapes.values()]
        parts = torch.split(vector, sizes, -1)
        trained = {
            name: torch.unflatten(part, -1, shape)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }
        fixed = {
            name: tensor.expand(*vector.shape[:-1], *tensor.shape).to(vector.device)
            for name, tensor in self.fixed.items()
        }
        return trained | fixed
