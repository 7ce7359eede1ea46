"""What a training run does, apart from its data and its architecture."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from tpc.diagnostics import TpcError
from tpc.model.config import SampleFunction
from tpc.training import no_effect
from tpc.training.option import Rule, option, options_of

LossAggregation = Literal["per_token", "per_seq"]

LARGEST_SEED = 2**32 - 1
LARGEST_FLOAT = 1e30
"""Beyond this the steps of a binary32 optimiser overflow at once."""
SMALLEST_STEP = 0.05
"""Of the first step size, what is left of it at the end of the linear schedule."""

_FIRST = frozenset(
    {
        *("seed", "n_epochs", "batch_size", "lr", "sample_fn", "gumbel_samples", "tau_init"),
        *("tau_end", "tau_schedule", "loss_agg", "max_grad_norm", "threads"),
    }
)
"""Options that every run directory has. Older ones lack others: they did what the default does."""

_AT_LEAST_1 = Rule(lambda number: number >= 1, "it must be at least 1")
_NOT_NEGATIVE = Rule(lambda number: number >= 0, "it cannot be negative")
_POSITIVE = Rule(lambda number: 0 < number <= LARGEST_FLOAT, "it must be a positive number")
_SHARE = Rule(lambda share: 0 <= share <= 1, "it must be between 0 and 1")
_LOST = Rule(lambda share: 0 <= share < 1, "it must be at least 0 and less than 1")
_SEED = Rule(lambda seed: 0 <= seed <= LARGEST_SEED, f"it must be between 0 and {LARGEST_SEED}")

_option = partial(option, panel="Training")
_of_program = partial(_option, only="program")
_of_gradients = partial(_option, no_effect=(no_effect.NO_GRADIENTS,))
_of_sampling = partial(_of_program, no_effect=(no_effect.NO_GRADIENTS, no_effect.GRADED))


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The options of the training loop, under upstream's names; the defaults are the paper's."""

    seed: int = option(0, "Of data, weights, noise, order.", "Data", range=_SEED)
    n_epochs: int = _option(
        250,
        "Passes over the training rows; 0 only before a search.",
        by={
            "default generated": 0,
            "tagging": 50,
            "classification": 10,
            "default tagging": 25,
            "default classification": 15,
            "standard generated": 100,
            "graded tagging": 20,
            "graded classification": 10,
        },
    )
    batch_size: int = _of_gradients(
        512,
        "Rows a step.",
        by={"tagging": 32, "classification": 128, "standard generated": 50},
        range=_AT_LEAST_1,
    )
    lr: float = _of_gradients(
        5e-2,
        "Adam's step size.",
        by={
            "tagging": 1e-2,
            "default classification": 2e-2,
            "graded text": 5e-3,
            "standard generated": 3e-4,
            "standard text": 1e-3,
        },
        range=_POSITIVE,
    )
    sample_fn: SampleFunction = _of_sampling(
        "gumbel_soft",
        "How choices are relaxed: by soft or straight-through samples, or without noise: "
        "gumbel_soft, gumbel_hard or softmax.",
        by={"default text": "softmax"},
    )
    gumbel_samples: int = _of_sampling(
        1,
        "Forward passes a step, whose losses are averaged.",
        range=_AT_LEAST_1,
        no_effect=(no_effect.GRADED, no_effect.SAME_SAMPLES, no_effect.NO_GRADIENTS),
    )
    tau_init: float = _of_sampling(
        3.0, "Temperature of the first epoch.", by={"default text": 1.0}, range=_POSITIVE
    )
    tau_end: float = _of_sampling(
        0.01,
        "Temperature of the last epoch.",
        range=_POSITIVE,
        no_effect=(no_effect.GRADED, no_effect.NO_GRADIENTS, no_effect.ONE_EPOCH),
    )
    tau_schedule: Literal["geomspace", "linspace"] = _of_sampling(
        "geomspace",
        "Whether it falls by equal ratios or by equal differences: geomspace or linspace.",
        no_effect=(no_effect.GRADED, no_effect.NO_GRADIENTS, no_effect.TWO_EPOCHS),
    )
    loss_agg: LossAggregation = _option(
        "per_token",
        "The mean over a sequence's scored positions, or their sum; then the mean over "
        "sequences: per_token or per_seq.",
        by={"graded": "per_seq"},
        no_effect=(no_effect.ONE_LABEL,),
    )
    class_weights: Literal["none", "balanced"] = _option(
        "none",
        "balanced: labels count by how rare their class is, and the network kept is the one of "
        "the best mean over the classes.",
    )
    max_grad_norm: float | None = _of_gradients(
        None, "Scale longer gradients down to this length.", range=_POSITIVE, default_text="never"
    )
    dropout: float = _of_gradients(
        0.0,
        "Share of the outputs of heads and MLPs, and of hidden units, left out of a training step.",
        by={"default text": 0.3},
        range=_LOST,
    )
    embedding: Literal["table", "features"] = _of_sampling(
        "table",
        "table: each word learns values of its own; features: a function of its vector and "
        "spelling decides them, for words that only --vectors has too.",
        by={"default text": "features"},
        no_effect=(no_effect.NO_GRADIENTS, no_effect.ONE_HOT),
    )
    embed_lr: float = _of_sampling(
        5e-3,
        "Adam's step size for that function.",
        range=_POSITIVE,
        no_effect=(no_effect.GRADED, no_effect.NO_GRADIENTS, no_effect.NO_FEATURES),
    )
    embed_dropout: float = _of_sampling(
        0.0,
        "Share of a word's features left out of a training step.",
        by={"default text": 0.3},
        range=_LOST,
        no_effect=(no_effect.NO_GRADIENTS, no_effect.NO_FEATURES),
    )
    label_counts: bool = _of_sampling(
        False,
        "How often each word occurs in rows of each label is a feature of it too.",
        by={"default classification": True},
        no_effect=(no_effect.NO_GRADIENTS, no_effect.NO_FEATURES),
    )
    lr_schedule: Literal["constant", "linear"] = _of_gradients(
        "constant",
        "Whether step sizes stay, or fall by equal differences to a twentieth: constant or linear.",
        by={"default text": "linear"},
    )
    initial_heads: Literal["random", "neighbours"] = _of_sampling(
        "random",
        "Where categorical heads start: random, or neighbours: at words next to theirs.",
        by={"default tagging": "neighbours"},
        no_effect=(no_effect.GRADED, no_effect.NO_GRADIENTS, no_effect.NO_CATEGORICAL_HEADS),
    )
    hard_reads: float = _of_sampling(
        1.0,
        "Share of the epochs after which heads and MLPs read one variable in training too, no "
        "mixture; 1 is never.",
        by={"default tagging": 0.0, "default classification": 0.5},
        range=_SHARE,
        no_effect=(no_effect.GRADED, no_effect.NO_GRADIENTS, no_effect.HARD_SAMPLES),
    )
    refit: bool = _of_program(
        False,
        "Fit the classifier anew to the discretised network after the epochs, with a penalty "
        "chosen on the validation split.",
        by={"default text": True, "searched": False, "graded": False},
    )
    whole_offsets: bool = _of_program(
        False,
        "Before that fit, heads that look equally far from most positions do so from all: a "
        "shorter program, which may score a little less.",
        no_effect=(no_effect.NO_CATEGORICAL_HEADS, no_effect.NO_PREDICATES),
    )
    grades: int = _of_program(
        0,
        "Words have grades for each label, so many at most, and those around a position vote: a "
        "program that can be read, of a window of words.",
        range=_NOT_NEGATIVE,
    )
    window: int = _of_program(
        0,
        "How many words to either side vote; of sentences with one label, all of whose words do, "
        "how many of the first ones vote once more by themselves.",
        by={"graded tagging": 2},
        range=_NOT_NEGATIVE,
        no_effect=(no_effect.NO_GRADES,),
    )
    search: int = _of_program(
        0,
        "Rounds of search over reads, predicates and tables after the last epoch, at most.",
        by={"default generated": 60},
        range=_NOT_NEGATIVE,
    )
    patience: int = _of_program(
        0,
        "Rounds of search without a better score on the validation split, after which it ends; 0: "
        "only where nothing is left to gain.",
        default_text="0; 8 or 2 for your own data",
        range=_NOT_NEGATIVE,
        no_effect=(no_effect.NO_SEARCH,),
    )
    threads: int = _option(1, "Threads to compute with; decides the last bits.", range=_AT_LEAST_1)

    def __post_init__(self) -> None:
        for name, known in options_of(Recipe).items():
            known.check(getattr(self, name))
        if self.n_epochs < (0 if self.search else 1):
            raise TpcError(
                f"n_epochs is {self.n_epochs}; it must be at least 1",
                hint="0 only before a search (--search)",
            )
        if self.whole_offsets and not self.refit:
            raise TpcError(
                "whole_offsets goes with refit: the classifier has to follow the heads",
                hint="add --refit, or leave --whole-offsets out",
            )
        if self.grades and (self.refit or self.search or self.embedding != "features"):
            raise TpcError(
                "grades are made of words' features, with neither refit nor search",
                hint="leave --refit, --search and --embedding out, or --grades",
            )
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
        import numpy as np  # not for `tpc train --help`

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
        """Epochs, the fit of the classifier if there is one, and rounds of search, at most.

        Words are graded in one.
        """
        if self.grades:
            return 1
        return self.n_epochs + self.refit + self.search

    def rounds_of_search(self, steps: int) -> int:
        """How many of a run's first steps, as `n_rounds` counts them, are rounds of search."""
        return 0 if self.refit else max(0, steps - self.n_epochs)

    def done(self, steps: int) -> str:
        """A run's first steps in words, such as `3 epochs and a fit of the classifier`."""
        if self.grades:
            return "words graded" if steps else "nothing"
        epochs, rounds = min(steps, self.n_epochs), self.rounds_of_search(steps)
        done = [_counted(epochs, "epoch")] if epochs or not rounds else []
        done += [f"{_counted(rounds, 'round')} of search"] if rounds else []
        done += ["a fit of the classifier"] if steps > epochs + rounds else []
        return " and ".join(done)

    def step(self, number: int) -> str:
        """A step in words, counted from 1, such as `epoch 3`."""
        if self.grades:
            return "the grading of words"
        if number <= self.n_epochs:
            return f"epoch {number}"
        if self.refit:
            return "the fit of the classifier"
        return f"round {number - self.n_epochs} of the search"

    def to_json(self) -> dict[str, object]:
        """The options as JSON values; `from_json` reads them back."""
        return dataclasses.asdict(self)

    @staticmethod
    def from_json(options: Mapping[str, object], source: str) -> Recipe:
        """The recipe in a run directory's options.

        Raises:
            TpcError: An option is missing, unknown or of the wrong type.
        """
        wrong = (_FIRST - options.keys()) | (options.keys() - options_of(Recipe).keys())
        if wrong:
            names = ", ".join(sorted(wrong))
            raise TpcError(f"{source}: training options are missing or unknown: {names}")
        for name, value in options.items():
            if not options_of(Recipe)[name].takes_type(value):
                raise TpcError(f"{source}: the training option {name} has the wrong type")
        return Recipe(**options)  # type: ignore[arg-type]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
