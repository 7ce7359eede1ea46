"""Everything that changes while a network trains, in one place: what a checkpoint has to hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from tpc.data.splits import SPLIT_NAMES, SplitName
from tpc.data.vectors import initial_vectors, read_vectors
from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.model.architecture import initial_weights
from tpc.model.config import ModelConfig
from tpc.model.standard import StandardConfig
from tpc.training.encoding import Encoded, balanced_weights, encode
from tpc.training.loss import Score
from tpc.training.offsets import look_at_neighbours
from tpc.training.parameters import ParameterSpace, WordValues, forms_of, word_features
from tpc.training.plan import Plan
from tpc.training.search.settings import Schedule
from tpc.training.word_counts import LabelCounts


class Spent(NamedTuple):
    """Seconds of the clock, and of the processor."""

    wall: float = 0.0
    processor: float = 0.0


NOTHING = Spent()


class Clock:
    """Runs from now on.

    Args:
        earlier: What sessions before this one took.
    """

    def __init__(self, earlier: Spent = NOTHING) -> None:
        self._wall = time.monotonic() - earlier.wall
        self._processor = time.process_time() - earlier.processor

    def spent(self) -> Spent:
        """What the run took so far."""
        return Spent(time.monotonic() - self._wall, time.process_time() - self._processor)


Say = Callable[[str], None]
"""Takes what is said to people while a run begins."""

ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-8


@dataclass(frozen=True)
class EpochMetrics:
    """One line of `metrics.csv`.

    Attributes:
        epoch: Finished epochs; 0 is before training.
        tau: Temperature at the end of the epoch; None for a network that is not relaxed.
        train_loss: Mean over the epoch's sequences as they were trained on; None before training.
        soft: The relaxed network on the validation split, at that temperature.
        discrete: The discretised network on the validation split; for an ordinary Transformer the
            same as `soft`.
        train_errors: After a round of search, the wrong labels of the training rows.
    """

    epoch: int
    tau: float | None
    train_loss: float | None
    soft: Score
    discrete: Score
    train_errors: int | None = None


@dataclass(frozen=True)
class Best:
    """The network that a run keeps: by validation accuracy or F1, then by loss, discretised."""

    epoch: int
    parameters: Tensor
    score: Score

    def beaten_by(self, score: Score) -> bool:
        """Whether a later network is at least as good; the later of equals is kept."""
        return score.merit >= self.score.merit


@dataclass
class TrainingState:
    """The state of a run between two epochs.

    Attributes:
        parameters: All trained weights as one vector.
        first_moment: Adam's running mean of the gradients.
        second_moment: Adam's running mean of their squares.
        steps: Optimiser steps taken.
        epoch: Epochs finished.
        noise: Source of the Gumbel noise.
        order: Source of the order of the rows.
        best: The best network so far.
        history: Metrics of every epoch.
        schedule: Where the search is, if there is one.
        spent: What the epochs so far took.
    """

    parameters: Tensor
    first_moment: Tensor
    second_moment: Tensor
    steps: int
    epoch: int
    noise: torch.Generator
    order: torch.Generator
    best: Best | None = None
    history: list[EpochMetrics] = field(default_factory=list)
    schedule: Schedule = field(default_factory=Schedule)
    spent: Spent = NOTHING

    @property
    def kept(self) -> Best:
        """The best network so far.

        Raises:
            ValueError: None has been evaluated.
        """
        if self.best is None:
            raise ValueError("there is no best network before the first evaluation")
        return self.best

    def adam_step(self, gradient: Tensor, lr: float, rates: Tensor | None = None) -> None:
        """One step of Adam (Kingma and Ba 2015, with bias correction) on the whole vector."""
        self.steps += 1
        first, second = self.first_moment, self.second_moment
        adam_update(self.parameters, first, second, gradient, self.steps, lr, rates)


def adam_update(
    parameters: Tensor,
    first_moment: Tensor,
    second_moment: Tensor,
    gradient: Tensor,
    steps: int,
    lr: float,
    rates: Tensor | None = None,
) -> None:
    """Adam's change of parameters and moments, in place, at its step of this number.

    `rates` multiply the step size of each parameter.
    """
    beta1, beta2 = ADAM_BETAS
    first_moment.lerp_(gradient, 1 - beta1)
    second_moment.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    scale = second_moment.div(1 - beta2**steps).sqrt_().add_(ADAM_EPSILON)
    with torch.no_grad():
        moment = first_moment if rates is None else first_moment * rates
        parameters.addcdiv_(moment, scale, value=-lr / (1 - beta1**steps))


def silent(_: object) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Training:
    """What stays as it is from epoch to epoch.

    Attributes:
        plan: Architecture and recipe.
        space: What is trained.
        data: The rows of each split.
    """

    plan: Plan
    space: ParameterSpace
    data: Mapping[SplitName, Encoded]

    @staticmethod
    def of(plan: Plan, say: Say = silent) -> Training:
        """What a plan says.

        Raises:
            TpcError: A row is too long, or the word vectors cannot be read.
        """
        data = {name: encode(plan.dataset, name) for name in SPLIT_NAMES}
        if plan.recipe.class_weights == "balanced":
            weights = balanced_weights(data["train"], len(plan.dataset.classes))
            data = {name: replace(split, class_weights=weights) for name, split in data.items()}
        return Training(plan, parameter_space(plan, data["train"], say), data)

    @property
    def train(self) -> Encoded:
        """The training rows."""
        return self.data["train"]

    @property
    def val(self) -> Encoded:
        """The validation rows."""
        return self.data["val"]

    @property
    def program(self) -> ModelConfig:
        """The architecture, of a Transformer Program."""
        assert isinstance(self.plan.model, ModelConfig), "ordinary Transformers choose nothing"
        return self.plan.model


def parameter_space(plan: Plan, train: Encoded, say: Say = silent) -> ParameterSpace:
    """What a plan trains; says how many words have vectors, if embeddings are made of them.

    Raises:
        TpcError: The word vectors cannot be read.
    """
    if plan.recipe.embedding == "table":
        return ParameterSpace.of(plan.model)
    words = plan.vocabulary.words
    forms = {form for word in words for form in forms_of(word)}
    vectors = {} if plan.vectors is None else read_vectors(Path(plan.vectors), forms)
    if plan.vectors is not None:
        trained = words[: plan.n_training_words]
        found = sum(not vectors.keys().isdisjoint(forms_of(word)) for word in trained)
        say(_have_vectors(found, trained, plan.vectors))
    counts = None
    if plan.recipe.label_counts:
        counts = LabelCounts.of(train.ids, train.tags, len(words), len(plan.vocabulary.classes))
    features = word_features(words, vectors, plan.n_training_words, counts)
    values = None
    if plan.recipe.grades:
        model = plan.model
        assert isinstance(model, ModelConfig), "an ordinary Transformer has no values"
        values = WordValues(model.n_vars_cat, model.d_var, len(words))
    return ParameterSpace.of(plan.model, features, values)


def initial_state(plan: Plan, space: ParameterSpace, say: Say = silent) -> TrainingState:
    """The state of a run that has not begun: its seed decides weights, order and noise.

    Says how many words have vectors, if embeddings start from them.

    Raises:
        TpcError: The word vectors that embeddings start from cannot be read.
    """
    weights = initial_weights(plan.model, seeded_generator(plan.recipe.seed, "weights"))
    made = space.values or space.features
    if made is not None:
        width = len(weights.pop("embed.W_E"))
        stream = seeded_generator(plan.recipe.seed, "embedding")
        weights |= made.initial_weights(width, stream)
    elif plan.vectors is not None:
        weights["embed.W_E"] = _from_vectors(plan, plan.vectors, say)
    if plan.recipe.initial_heads == "neighbours":
        assert isinstance(plan.model, ModelConfig), "an option of Transformer Programs"
        look_at_neighbours(plan.model, weights)
    parameters = space.pack(weights)
    return TrainingState(
        parameters=parameters,
        first_moment=torch.zeros_like(parameters),
        second_moment=torch.zeros_like(parameters),
        steps=0,
        epoch=0,
        noise=seeded_generator(plan.recipe.seed, "noise"),
        order=seeded_generator(plan.recipe.seed, "order"),
    )


def _from_vectors(plan: Plan, path: str, say: Say) -> Tensor:
    """An embedding of word vectors.

    `[variables * values, word]`, cut into the variables' logits; `[word, d_model]` for an ordinary
    Transformer.
    """
    model, ordinary = plan.model, False
    if isinstance(model, StandardConfig):
        width, ordinary = model.d_model, True
    else:
        width = model.n_vars_cat * model.d_var
    words = plan.vocabulary.words
    found = initial_vectors(Path(path), words, width, plan.recipe.seed)
    say(_have_vectors(found.found, words, path))
    matrix = found.matrix if ordinary else found.matrix.T
    return torch.tensor(matrix, dtype=torch.float32).contiguous()


def _have_vectors(found: int, words: Sequence[str], path: str) -> str:
    n_words = sum(word not in (PAD, UNK, BOS, EOS) for word in words)
    return f"{found:,} of {n_words:,} words have vectors in {path}"


def seeded_generator(seed: int, purpose: str) -> torch.Generator:
    """A generator whose stream is independent of those for other seeds and other purposes."""
    return torch.Generator().manual_seed(derived_seed(seed, purpose))


def derived_seed(seed: int, purpose: str) -> int:
    """A number that this seed has for this purpose alone."""
    entropy = np.random.SeedSequence([seed, *purpose.encode()])
    return int(entropy.generate_state(1, np.uint64)[0] >> 1)
