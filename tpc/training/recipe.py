"""What a training run does, apart from its data and its architecture: the paper's recipe."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np

from tpc.diagnostics import TpcError
from tpc.model.config import SampleFunction

TauSchedule = Literal["geomspace", "linspace"]
LossAggregation = Literal["per_token", "per_seq"]
Embedding = Literal["table", "features"]
LrSchedule = Literal["constant", "linear"]
InitialHeads = Literal["random", "neighbours"]

LARGEST_SEED = 2**32 - 1
LARGEST_FLOAT = 1e30
"""Beyond this the steps of a binary32 optimiser overflow at once."""
SMALLEST_STEP = 0.05
"""Of the first step size, what is left of it at the end of the linear schedule."""
LATER_OPTIONS: Mapping[str, object] = MappingProxyType(
    {
        "dropout": 0.0,
        "search": 0,
        "embedding": "table",
        "embed_lr": 5e-3,
        "embed_dropout": 0.0,
        "lr_schedule": "constant",
        "initial_heads": "random",
        "hard_reads": 1.0,
        "refit": False,
        "whole_offsets": False,
    }
)
"""Options that the first run directories do not have, and what they did."""

RECIPES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"paper": {}, "default": {"n_epochs": 0, "search": 60}}
)
"""Recipes by name, where they differ from the paper's."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The options of the training loop, under upstream's names; the defaults are the paper's.

    Attributes:
        seed: Seeds the initial weights, the order of the rows and the noise.
        n_epochs: Passes over the training rows.
        batch_size: Rows a step.
        lr: Adam's step size.
        sample_fn: How choices are relaxed: soft or straight-through Gumbel samples, or no noise.
        gumbel_samples: Forward passes a step, whose losses are averaged.
        tau_init: Temperature of the first epoch.
        tau_end: Temperature of the last epoch.
        tau_schedule: Whether it falls by equal ratios or by equal differences.
        loss_agg: The mean over a sequence's scored positions, or their sum; then the mean over
            sequences.
        max_grad_norm: Gradients longer than this are scaled down to it.
        dropout: Share of the outputs of heads and MLPs, and of hidden units, that a training step
            leaves out.
        embedding: Whether each word has logits of its own, as in the paper, or they are a function
            of its vector and spelling.
        embed_lr: Adam's step size for that function.
        embed_dropout: Share of a word's features that a training step leaves out.
        lr_schedule: Whether step sizes stay, or fall by equal differences to a twentieth.
        initial_heads: Whether categorical heads start at random, or at the words next to theirs.
        hard_reads: Share of the epochs after which heads and MLPs read one variable in training
            too, straight-through, and no mixture: 0 from the start, 1 never.
        refit: Whether the classifier is fitted anew to the discretised network after the epochs.
        whole_offsets: Whether heads from position to position that look equally far from most
            positions do so from all before the classifier is fitted anew; that network is kept.
        search: Rounds of the search over discrete choices that follow the epochs, at most.
        threads: Threads that compute; rounding depends on their number. More than one helps
            little at the size of these networks, and hurts on a machine that is busy.
    """

    seed: int = 0
    n_epochs: int = 250
    batch_size: int = 512
    lr: float = 5e-2
    sample_fn: SampleFunction = "gumbel_soft"
    gumbel_samples: int = 1
    tau_init: float = 3.0
    tau_end: float = 0.01
    tau_schedule: TauSchedule = "geomspace"
    loss_agg: LossAggregation = "per_token"
    max_grad_norm: float | None = None
    dropout: float = 0.0
    embedding: Embedding = "table"
    embed_lr: float = 5e-3
    embed_dropout: float = 0.0
    lr_schedule: LrSchedule = "constant"
    initial_heads: InitialHeads = "random"
    hard_reads: float = 1.0
    refit: bool = False
    whole_offsets: bool = False
    search: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("batch_size", "gumbel_samples", "threads"):
            if getattr(self, name) < 1:
                raise TpcError(f"{name} is {getattr(self, name)}; it must be at least 1")
        self._check_search()
        if self.n_epochs < (0 if self.search else 1):
            raise TpcError(
                f"n_epochs is {self.n_epochs}; it must be at least 1",
                hint="0 only before a search (--search)",
            )
        for name in ("lr", "embed_lr", "tau_init", "tau_end", "max_grad_norm"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= LARGEST_FLOAT:
                raise TpcError(f"{name} is {value}; it must be a positive number")
        for name in ("dropout", "embed_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise TpcError(
                    f"{name} is {getattr(self, name)}; it must be at least 0 and less than 1"
                )
        if not 0 <= self.hard_reads <= 1:
            raise TpcError(f"hard_reads is {self.hard_reads}; it must be between 0 and 1")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise TpcError(f"the seed is {self.seed}; it must be between 0 and {LARGEST_SEED}")
        for name, choices in (
            ("sample_fn", get_args(SampleFunction)),
            ("tau_schedule", get_args(TauSchedule)),
            ("loss_agg", get_args(LossAggregation)),
            ("embedding", get_args(Embedding)),
            ("lr_schedule", get_args(LrSchedule)),
            ("initial_heads", get_args(InitialHeads)),
        ):
            if getattr(self, name) not in choices:
                raise TpcError(
                    f"{name} is {getattr(self, name)!r}", hint=f"choose from {', '.join(choices)}"
                )

    def _check_search(self) -> None:
        if self.whole_offsets and not self.refit:
            raise TpcError(
                "whole_offsets goes with refit: the classifier has to follow the heads",
                hint="add --refit, or leave --whole-offsets out",
            )
        if self.search < 0:
            raise TpcError(f"search is {self.search}; it cannot be negative")
        if self.refit and self.search:
            raise TpcError(
                "refit goes with epochs alone: a search fits the classifier after each change",
                hint="leave --refit out, or --search 0",
            )

    def temperatures(self, epoch: int, n_steps: int) -> list[float]:
        """The temperature of every step of an epoch, counted from 0.

        Each epoch has its own by the schedule; within an epoch the temperature falls by equal
        ratios to that of the next one, whatever the schedule. The last epoch stays at the end.
        """
        schedule = np.geomspace if self.tau_schedule == "geomspace" else np.linspace
        by_epoch = schedule(self.tau_init, self.tau_end, self.n_epochs)
        if epoch + 1 == self.n_epochs:
            return [float(by_epoch[epoch])] * n_steps
        return [float(t) for t in np.geomspace(by_epoch[epoch], by_epoch[epoch + 1], n_steps)]

    def step_scales(self, epoch: int, n_steps: int) -> list[float]:
        """What the step size is multiplied by at every step of an epoch, counted from 0."""
        if self.lr_schedule == "constant":
            return [1.0] * n_steps
        done = [epoch + step / n_steps for step in range(n_steps)]
        return [max(SMALLEST_STEP, 1 - epochs / self.n_epochs) for epochs in done]

    def reads_hard(self, epoch: int) -> bool:
        """Whether reads are of one variable in an epoch, counted from 0."""
        return epoch >= self.hard_reads * self.n_epochs

    @property
    def n_rounds(self) -> int:
        """Epochs, the fit of the classifier if there is one, and rounds of search, at most."""
        return self.n_epochs + self.refit + self.search

    def to_json(self) -> dict[str, object]:
        """The options as JSON values; `from_json` reads them back."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_json(options: Mapping[str, object], source: str) -> Recipe:
        """The recipe in a run directory's options.

        Raises:
            TpcError: An option is missing, unknown or of the wrong type.
        """
        names = {field.name for field in dataclasses.fields(Recipe)}
        options = {**LATER_OPTIONS, **options}
        if set(options) != names:
            wrong = ", ".join(sorted(names.symmetric_difference(options)))
            raise TpcError(f"{source}: training options are missing or unknown: {wrong}")
        try:
            return Recipe(**options)  # type: ignore[arg-type]
        except TypeError as error:
            raise TpcError(f"{source}: a training option has the wrong type: {error}") from error
