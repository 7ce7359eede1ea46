"""All trained tensors of a network as one vector, so that the loop's state is in one place.

The paper gives each word logits of its own, so that only words of the training rows learn anything.
Embeddings may be made of features instead: a word's vector, and how it is spelled. Its logits are a
linear function of these, learned with everything else; what training ends with is the same table of
a value for each word and variable. Words that only the file of vectors has are in it as well, and
take part in what the others learned.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tpc.ir.words import BOS, EOS, PAD, UNK, rewrite
from tpc.model.architecture import (
    FIXED_LOGIT,
    Architecture,
    initial_weights,
    is_trained,
    weight_shapes,
)
from tpc.model.config import ModelConfig
from tpc.training.recipe import Recipe
from tpc.training.word_counts import LabelCounts

DENSE, ROWS = "embed.features.dense", "embed.features.rows"
"""The trained tensors: `[feature, variable * value]` and `[row, variable * value]`."""

N_SUFFIXES = ((1, 60), (2, 150), (3, 250))
"""Letters of a suffix, and how many of that length have a row: those of the most words."""

VECTOR_NORM = 3.0
"""Length that word vectors are brought to; the other features are 0 or 1."""

TYPICAL_FEATURES = 12.0
"""About the squared length of a word's features, by which the first logits have variance 1."""


@dataclass(frozen=True)
class WordFeatures:
    """The features of a vocabulary.

    Attributes:
        dense: `[word, feature]`: the word's vector, its shape, and which special word it is.
        suffixes: Row of the table of suffixes, `[word, 3]`; 0 for none of them.
        n_rows: Rows of that table; row 0 is never trained.
        counts: Of the labels that go with each word, whose ratios are dense features too.
    """

    dense: Tensor
    suffixes: Tensor
    n_rows: int
    counts: LabelCounts | None = None

    @property
    def names(self) -> tuple[str, str]:
        """The trained tensors."""
        return (DENSE, ROWS)

    def shapes(self, width: int) -> dict[str, tuple[int, ...]]:
        """Of the trained tensors, for embeddings of `width` logits."""
        return {DENSE: (self._all_dense().shape[1], width), ROWS: (self.n_rows, width)}

    def initial_weights(self, width: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Random weights, which give logits of about unit variance."""
        return {
            name: torch.randn(shape, generator=generator) / math.sqrt(TYPICAL_FEATURES)
            for name, shape in self.shapes(width).items()
        }

    def of(self, words: Tensor) -> WordFeatures:
        """The features of the words of these ids."""
        counts = None if self.counts is None else self.counts.of_words(words)
        return replace(self, dense=self.dense[words], suffixes=self.suffixes[words], counts=counts)

    def without(self, ids: Tensor, tags: Tensor) -> WordFeatures:
        """With labels counted in other rows than these, whose ids are of the words here."""
        if self.counts is None:
            return self
        return replace(self, counts=self.counts.without(ids, tags))

    def _all_dense(self) -> Tensor:
        if self.counts is None:
            return self.dense
        return torch.cat([self.dense, self.counts.ratios()], 1)

    def dropped(self, share: float, generator: torch.Generator) -> WordFeatures:
        """With a random share of each word's features left out; the others weigh more for it."""
        if not share:
            return self
        dense = self._all_dense()
        kept = torch.rand(dense.shape, generator=generator) >= share
        stays = torch.rand(self.suffixes.shape, generator=generator) >= share
        dense = dense * kept / (1 - share)
        return replace(self, dense=dense, suffixes=self.suffixes * stays, counts=None)

    def logits(self, weights: Mapping[str, Tensor]) -> Tensor:
        """Logits of all words, `[variable * value, word]`.

        Raises:
            KeyError: The weights are not of an embedding by features.
        """
        bag = torch.nn.functional.embedding_bag
        of_suffixes = bag(self.suffixes, weights[ROWS], mode="sum", padding_idx=0)
        return torch.addmm(of_suffixes, self._all_dense(), weights[DENSE]).T


def word_features(
    words: Sequence[str],
    vectors: Mapping[str, NDArray[np.float64]],
    n_training_words: int,
    counts: LabelCounts | None = None,
) -> WordFeatures:
    """The features of a vocabulary's words.

    Args:
        words: In id order.
        vectors: Vectors `[width]` of some words, all of one width. A word that has none takes
            that of its lower-cased form, or of its form with digits as `@`.
        n_training_words: How many words, the first ones, decide which suffixes have rows.
        counts: Of the labels that go with each word, whose ratios are features too.
    """
    dense = np.concatenate([_vectors(words, vectors), _shapes(words)], axis=1)
    suffixes, n_rows = _suffix_rows(words, words[:n_training_words])
    return WordFeatures(torch.from_numpy(dense), suffixes, n_rows, counts)


def forms_of(word: str) -> tuple[str, str, str]:
    """What to look for among vectors, in this order."""
    return (word, word.lower(), rewrite(word, ("digits",)))


def _vectors(
    words: Sequence[str], vectors: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.float32]:
    """Vectors of one length and whether there is one, `[word, width + 1]`."""
    width = len(next(iter(vectors.values()), ()))
    found = np.zeros((len(words), width + 1), dtype=np.float32)
    for index, word in enumerate(words):
        vector = next((vectors[form] for form in forms_of(word) if form in vectors), None)
        if vector is not None:
            norm = float(np.linalg.norm(vector))
            found[index, :-1] = vector * (VECTOR_NORM / norm if norm else 0.0)
            found[index, -1] = word in vectors
    return found


def _shapes(words: Sequence[str]) -> NDArray[np.float32]:
    return np.array([_shape(word) for word in words], dtype=np.float32)


def _shape(word: str) -> tuple[bool, ...]:
    """Letter case, digits, punctuation, length; and which of the special words it is."""
    special = [word == known for known in (PAD, UNK, BOS, EOS)]
    if any(special):
        return (*[False] * 15, *special)
    digits = any(letter.isdigit() or letter == "@" for letter in word)
    return (
        word[:1].isupper(),
        word.isupper(),
        word.islower(),
        any(letter.isupper() for letter in word[1:]),
        word[:1].isupper() and word.endswith("."),
        digits,
        all(letter.isdigit() or letter in "@.,-:/" for letter in word),
        "-" in word,
        "'" in word,
        not digits and not any(letter.isalnum() for letter in word),
        len(word) <= 1,
        len(word) == 2,
        len(word) == 3,
        4 <= len(word) <= 6,
        len(word) > 6,
        *special,
    )


def _suffix_rows(words: Sequence[str], training: Sequence[str]) -> tuple[Tensor, int]:
    """Rows of each word's suffixes, `[word, 3]`, and how many rows there are."""
    columns, n_rows = [], 1
    for length, n_most in N_SUFFIXES:
        counts = Counter(word[-length:] for word in training if len(word) > length)
        rows = {suffix: n_rows + i for i, (suffix, _) in enumerate(counts.most_common(n_most))}
        n_rows += len(rows)
        columns.append([rows.get(word[-length:], 0) if len(word) > length else 0 for word in words])
    return torch.tensor(columns).T.contiguous(), n_rows


@dataclass(frozen=True)
class WordValues:
    """Embeddings of which only the values are kept: one for each variable and word.

    Attributes:
        n_vars: Variables.
        n_values: Values of each.
        n_words: Words.
    """

    n_vars: int
    n_values: int
    n_words: int

    NAME = "embed.values"

    @property
    def names(self) -> tuple[str, ...]:
        """The trained tensors."""
        return (self.NAME,)

    def shapes(self, _: int) -> dict[str, tuple[int, ...]]:
        """Of the trained tensors."""
        return {self.NAME: (self.n_vars, self.n_words)}

    def initial_weights(self, _: int, __: torch.Generator) -> dict[str, Tensor]:
        """All words alike."""
        return {self.NAME: torch.zeros(self.n_vars, self.n_words)}

    def logits(self, weights: Mapping[str, Tensor]) -> Tensor:
        """Logits of all words, `[variable * value, word]`."""
        found = torch.full((self.n_vars, self.n_values, self.n_words), -FIXED_LOGIT)
        values = weights[self.NAME].long().unsqueeze(1)
        return found.scatter_(1, values, FIXED_LOGIT).flatten(0, 1)


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
        values: Where embeddings are kept as values alone.
        words: Ids of the words that embeddings are made of; all, if there are none.
    """

    shapes: dict[str, tuple[int, ...]]
    fixed: dict[str, Tensor]
    features: WordFeatures | None = None
    words: Tensor | None = None
    values: WordValues | None = None

    @staticmethod
    def of(
        config: Architecture,
        features: WordFeatures | None = None,
        values: WordValues | None = None,
    ) -> ParameterSpace:
        """The space of a configuration's networks."""
        shapes = weight_shapes(config)
        initial = initial_weights(config, torch.Generator().manual_seed(0))
        trained = {name: shape for name, shape in shapes.items() if is_trained(config, name)}
        made = values or features
        if made is not None:
            assert isinstance(config, ModelConfig), "an ordinary Transformer has no values"
            width = trained.pop(EMBEDDING)[0]
            trained |= made.shapes(width)
        fixed = {name: tensor for name, tensor in initial.items() if not is_trained(config, name)}
        return ParameterSpace(trained, fixed, features, values=values)

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
        return torch.cat([(self.parts(vector) | {name: tensor})[n].flatten() for n in self.shapes])

    def unpack(self, vector: Tensor) -> dict[str, Tensor]:
        """All weights by name: views of the vector `[..., parameters]`, and the fixed tensors."""
        return self._embedded(self.parts(vector))

    def on_words(self, words: Tensor) -> ParameterSpace:
        """The space whose weights have embeddings of the words of these ids alone.

        That takes less time, where embeddings are made of features.
        """
        assert self.features is not None, "a table of embeddings is whole"
        return replace(self, features=self.features.of(words), words=words)

    def without(self, ids: Tensor, tags: Tensor) -> ParameterSpace:
        """The space whose features of words know nothing of the labels of these rows."""
        assert self.features is not None, "a table of embeddings has no features"
        return replace(self, features=self.features.without(ids, tags))

    def dropped(self, share: float, generator: torch.Generator) -> ParameterSpace:
        """The space whose embeddings miss a random share of each word's features."""
        if self.features is None or not share:
            return self
        return replace(self, features=self.features.dropped(share, generator))

    def _embedded(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        made = self.values or self.features
        if made is None:
            return weights
        weights[EMBEDDING] = made.logits(weights)
        if self.words is not None:
            weights[NUMERICAL_EMBEDDING] = weights[NUMERICAL_EMBEDDING][self.words]
        return {name: weights[name] for name in weights if name not in made.names}

    def parts(self, vector: Tensor) -> dict[str, Tensor]:
        """The trained tensors by name, and the fixed ones."""
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
