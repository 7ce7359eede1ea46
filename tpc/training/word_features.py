"""What an embedding can tell of a word it never saw: its vector, and how it is spelled.

The paper gives each word logits of its own, so that only words of the training rows learn anything.
Here a word's logits are a linear function of its features, learned with everything else; what
training ends with is the same table of a value for each word and variable. Words that only the file
of vectors has are in it as well, and take part in what the others learned.
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
    """

    dense: Tensor
    suffixes: Tensor
    n_rows: int

    @property
    def names(self) -> tuple[str, str]:
        """The trained tensors."""
        return (DENSE, ROWS)

    def shapes(self, width: int) -> dict[str, tuple[int, ...]]:
        """Of the trained tensors, for embeddings of `width` logits."""
        return {DENSE: (self.dense.shape[1], width), ROWS: (self.n_rows, width)}

    def initial_weights(self, width: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Random weights, which give logits of about unit variance."""
        return {
            name: torch.randn(shape, generator=generator) / math.sqrt(TYPICAL_FEATURES)
            for name, shape in self.shapes(width).items()
        }

    def of(self, words: Tensor) -> WordFeatures:
        """The features of the words of these ids."""
        return replace(self, dense=self.dense[words], suffixes=self.suffixes[words])

    def dropped(self, share: float, generator: torch.Generator) -> WordFeatures:
        """With a random share of each word's features left out; the others weigh more for it."""
        if not share:
            return self
        kept = torch.rand(self.dense.shape, generator=generator) >= share
        stays = torch.rand(self.suffixes.shape, generator=generator) >= share
        return replace(self, dense=self.dense * kept / (1 - share), suffixes=self.suffixes * stays)

    def logits(self, weights: Mapping[str, Tensor]) -> Tensor:
        """Logits of all words, `[variable * value, word]`.

        Raises:
            KeyError: The weights are not of an embedding by features.
        """
        bag = torch.nn.functional.embedding_bag
        of_suffixes = bag(self.suffixes, weights[ROWS], mode="sum", padding_idx=0)
        return torch.addmm(of_suffixes, self.dense, weights[DENSE]).T


def word_features(
    words: Sequence[str], vectors: Mapping[str, NDArray[np.float64]], n_training_words: int
) -> WordFeatures:
    """The features of a vocabulary's words.

    Args:
        words: In id order.
        vectors: Vectors `[width]` of some words, all of one width. A word that has none takes
            that of its lower-cased form, or of its form with digits as `@`.
        n_training_words: How many words, the first ones, decide which suffixes have rows.
    """
    dense = np.concatenate([_vectors(words, vectors), _shapes(words)], axis=1)
    suffixes, n_rows = _suffix_rows(words, words[:n_training_words])
    return WordFeatures(torch.from_numpy(dense), suffixes, n_rows)


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
