"""Every option of `tpc train` changes what its help says it changes: one row an option."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.cli.conftest import Tpc, tpc
from tests.cli.test_bad_input import assert_polite
from tests.training.test_text import write_classified, write_tagged
from tpc.data.splits import SPLIT_NAMES
from tpc.model.architecture import FIXED_LOGIT, is_trained
from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork
from tpc.model.layout import weight_shapes
from tpc.model.standard import StandardConfig
from tpc.training.loop import finish_epoch, run_epoch
from tpc.training.loss import Score
from tpc.training.options import OPTIONS
from tpc.training.parameters import DENSE, ROWS, ParameterSpace
from tpc.training.plan import Plan, read_plan
from tpc.training.state import Training, TrainingState, initial_state

__all__ = ["tpc"]

SORT = [
    *("sort", "--vocab-size", "6", "--dataset-size", "80", "--max-length", "5"),
    *("--n-layers", "1", "--n-heads-cat", "2", "--d-mlp", "8"),
    *("--recipe", "paper", "--n-epochs", "3", "--batch-size", "32"),
]
TEXT = [
    *("--data", "DATA", "--kind", "tagging", "--n-layers", "1", "--n-heads-cat", "2"),
    *("--n-vars-cat", "2", "--d-var", "12", "--recipe", "paper", "--n-epochs", "1"),
]
STANDARD = [
    *("sort", "--dataset-size", "80", "--model", "standard"),
    *("--n-layers", "1", "--d-model", "16", "--n-heads", "2", "--n-epochs", "1"),
]


@dataclass(frozen=True)
class Made:
    """A run that the command made."""

    path: Path

    @cached_property
    def plan(self) -> Plan:
        return read_plan(self.path)

    @cached_property
    def program(self) -> ModelConfig:
        assert isinstance(self.plan.model, ModelConfig)
        return self.plan.model

    @cached_property
    def standard(self) -> StandardConfig:
        assert isinstance(self.plan.model, StandardConfig)
        return self.plan.model

    @cached_property
    def weights(self) -> dict[str, Tensor]:
        return load_file(self.path / "model.safetensors")

    def shape(self, name: str) -> tuple[int, ...]:
        return tuple(self.weights[name].shape)

    @cached_property
    def start(self) -> TrainingState:
        return initial_state(self.plan, Training.of(self.plan).space)

    def start_weights(self) -> dict[str, Tensor]:
        """The network before training."""
        return Training.of(self.plan).space.unpack(self.start.parameters)

    def after_an_epoch(self) -> TrainingState:
        """The state after one epoch from the start."""
        space = Training.of(self.plan).space
        state = initial_state(self.plan, space)
        run_epoch(Training.of(self.plan), state)
        return state

    @cached_property
    def metrics(self) -> list[dict[str, str]]:
        with (self.path / "metrics.csv").open() as stream:
            return list(csv.DictReader(stream))

    @property
    def taus(self) -> list[float]:
        return [float(line["tau"]) for line in self.metrics[1:]]

    def rows(self) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        return [row for name in SPLIT_NAMES for row in self.plan.dataset.splits.named(name)]

    def words(self) -> set[str]:
        return {word for tokens, _ in self.rows() for word in tokens}


Check = Callable[[Made, Made], bool]
"""Whether a run with the option, and one without, differ as the help says."""


@dataclass(frozen=True)
class Case:
    """One option: how it is given, beside which others, and what it changes."""

    given: tuple[str, ...]
    check: Check
    base: tuple[str, ...] = tuple(SORT)


def on_sort(*given: str, beside: tuple[str, ...] = ()) -> Callable[[Check], Case]:
    return lambda check: Case(given, check, (*SORT, *beside))


def on_text(*given: str) -> Callable[[Check], Case]:
    return lambda check: Case(given, check, tuple(TEXT))


def on_text_of_ours(*given: str, beside: tuple[str, ...] = ()) -> Callable[[Check], Case]:
    """On text by the default recipe."""
    base = tuple(word for word in TEXT if word not in ("--recipe", "paper"))
    return lambda check: Case(given, check, (*base, *beside))


def on_graded_text(*given: str, beside: tuple[str, ...] = ()) -> Callable[[Check], Case]:
    """On tags of text by the default recipe, at whatever sizes it has."""
    base = ("--data", "DATA", "--kind", "tagging", "--n-epochs", "2", "--search", "0")
    return lambda check: Case(given, check, (*base, *beside))


def space_of(made: Made) -> ParameterSpace:
    return Training.of(made.plan).space


def smallest_step(made: Made) -> float:
    """How far the first step of Adam moves the weights of words' features."""
    space = space_of(made)
    state = initial_state(made.plan, space)
    before = state.parameters.clone()
    gradient = torch.ones_like(before)
    state.adam_step(gradient, made.plan.recipe.lr, space.rates(made.plan.recipe))
    return float((state.parameters - before).abs().min())


def looks_left(weights: dict[str, Tensor]) -> bool:
    """Whether the first head of the first layer takes the position before its own."""
    predicate = weights["blocks.0.cat_attn.W_pred.W"][0]
    reads = [weights[f"blocks.0.cat_attn.{read}.W"][0].argmax() for read in ("W_Q", "W_K")]
    return [int(read) for read in reads] == [1, 1] and [
        int(row.argmax()) for row in predicate[1:4]
    ] == [0, 1, 2]


def written_out(weights: dict[str, Tensor]) -> Tensor:
    """Which predicates of the first layer match one key and nothing else, `[head, query value]`."""
    return weights["blocks.0.cat_attn.W_pred.W"].amax(-1) == FIXED_LOGIT


def on_standard(*given: str) -> Callable[[Check], Case]:
    return lambda check: Case(given, check, tuple(STANDARD))


def selected(made: Made, tokens: list[int], key: int, bias: float = 0.0) -> int:
    """The position that the first head takes where query 1 matches the key value `key`.

    The head's query is the position, its key the token, and its value the position.
    """
    config = made.program
    weights = {name: torch.zeros(shape) for name, shape in weight_shapes(config).items()}
    weights["embed.W_E"] = made.weights["embed.W_E"]
    weights["num_embed.W_E"] = made.weights["num_embed.W_E"]
    head = "blocks.0.cat_attn"
    weights[f"{head}.W_Q.W"][:, 1] = weights[f"{head}.W_V.W"][:, 1] = 1
    weights[f"{head}.W_K.W"][:, 0] = 1
    weights[f"{head}.W_pred.W"][:, :, key] = 1
    if f"{head}.rel_pos_bias.bias" in weights:
        weights[f"{head}.rel_pos_bias.bias"][:, 2] = bias
    ids = torch.tensor([tokens])
    found = DiscreteNetwork(config, weights, torch.float64).trace(ids, ids != 0)
    return int(found.variables["attn_0_0"][0, 1])


def looks_ahead(made: Made) -> bool:
    """Whether the logits of a position depend on the token behind it."""
    config, weights = made.program, {**made.weights}
    for name, tensor in weights.items():
        if name.startswith("blocks."):
            weights[name] = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(3))
    rows = torch.tensor([[1, 2, 3, 4], [1, 2, 3, 5], [1, 2, 4, 3], [1, 2, 5, 5]])
    logits = DiscreteNetwork(config, weights, torch.float64).logits(rows, rows != 0)
    return not bool((logits[:, :2] == logits[:1, :2]).all())


def noise_of_a_step(made: Made) -> bytes:
    return bytes(made.after_an_epoch().noise.get_state().numpy())


def steps(made: Made) -> int:
    return made.after_an_epoch().steps


def largest_step(made: Made) -> float:
    """How far the first step of Adam moves any weight: by its step size."""
    state = made.after_an_epoch()
    return float((state.parameters - made.start.parameters).abs().max())


CASES: dict[str, Case] = {
    # Data
    "seed": on_sort("--seed", "5")(
        lambda new, old: (
            new.rows() != old.rows() and not torch.equal(new.start.parameters, old.start.parameters)
        )
    ),
    "vocab_size": on_sort("--vocab-size", "7")(
        lambda new, old: len(new.plan.dataset.vocabulary) == len(old.plan.dataset.vocabulary) + 1
    ),
    "dataset_size": on_sort("--dataset-size", "20")(
        # Of 39 sequences there are, 400 draws find all but one.
        lambda new, old: (len(new.rows()), len(old.rows())) == (20, 38)
    ),
    "min_length": on_sort("--min-length", "2")(
        lambda new, old: (
            min(len(tokens) for tokens, _ in new.rows()) == 4
            and min(len(tokens) for tokens, _ in old.rows()) == 3
        )
    ),
    "max_length": on_sort("--max-length", "6")(
        lambda new, old: (new.program.n_ctx, old.program.n_ctx) == (6, 5)
    ),
    "unique": on_sort("--no-unique")(
        lambda new, old: (
            len({t for t, _ in new.rows()}) < len(new.rows()) == 80
            and len({t for t, _ in old.rows()}) == len(old.rows())
        )
    ),
    # Text
    "data": on_text("--data", "OTHER")(
        lambda new, old: len(new.rows()) == 30 and len(old.rows()) == 60
    ),
    "kind": Case(
        ("--kind", "classification"),
        lambda new, _: (
            new.program.pool_outputs and all(set(tags[1:]) == {"<pad>"} for _, tags in new.rows())
        ),
        ("--data", "CLASSES", "--kind", "tagging", "--label-column", "tags", *TEXT[4:]),
    ),
    "val_data": on_text("--val-data", "OTHER")(
        lambda new, old: (
            (len(new.plan.dataset.splits.val), len(new.plan.dataset.splits.train)) == (30, 54)
            and len(old.plan.dataset.splits.train) == 48
        )
    ),
    "test_data": on_text("--test-data", "OTHER")(
        lambda new, _: len(new.plan.dataset.splits.test) == 30
    ),
    "text_column": on_text("--text-column", "tags")(
        lambda new, _: new.words() == {"<s>", "</s>", "B-PER", "O"}
    ),
    "label_column": on_text("--label-column", "tokens")(
        lambda new, _: "Ann" in new.plan.dataset.classes
    ),
    "tokenizer": Case(
        ("--tokenizer", "space"),
        lambda new, old: "isn't" in new.words() and {"is", "n't"} <= old.words(),
        (
            *("--data", "CLASSES", "--kind", "classification", "--label-column", "label"),
            *TEXT[4:],
        ),
    ),
    "do_lower": on_text("--do-lower")(
        lambda new, old: "ann" in new.words() and "Ann" in old.words()
    ),
    "replace_numbers": on_text("--replace-numbers")(
        lambda new, old: "@" in new.words() and {"42", "7"} <= old.words()
    ),
    "long_rows": on_text("--long-rows", "leave_out", "--max-length", "5")(
        lambda new, _: (
            sum(new.plan.dataset.dropped.values()) > 0 and not any(new.plan.dataset.cut.values())
        )
    ),
    "vectors": on_text("--vectors", "VECTORS")(
        lambda new, old: (
            bool((embedding_of(new, "Ann") == 0.5).all())
            and not bool((embedding_of(old, "Ann") == 0.5).any())
        )
    ),
    # Network
    "model": on_sort("--model", "program")(
        lambda new, _: (
            isinstance(new.plan.model, ModelConfig) and (new.path / "program.tpir").exists()
        )
    ),
    "n_layers": on_sort("--n-layers", "3")(
        lambda new, old: (blocks(new), blocks(old)) == ({"0", "1", "2"}, {"0"})
    ),
    "n_heads_cat": on_sort("--n-heads-cat", "3")(
        lambda new, _: new.shape("blocks.0.cat_attn.W_pred.W") == (3, 6, 6)
    ),
    "n_heads_num": on_sort("--n-heads-num", "2")(
        lambda new, old: (
            new.shape("blocks.0.num_attn.W_pred.W") == (2, 6, 6)
            and "blocks.0.num_attn.W_pred.W" not in old.weights
        )
    ),
    "n_cat_mlps": on_sort("--n-cat-mlps", "2")(
        lambda new, old: (
            "blocks.0.cat_mlp.mlps.1.W_in" in new.weights
            and "blocks.0.cat_mlp.mlps.1.W_in" not in old.weights
        )
    ),
    "n_num_mlps": on_sort("--n-num-mlps", "1")(
        lambda new, old: (
            new.shape("blocks.0.num_mlp.mlps.0.W_in") == (8, 2)
            and "blocks.0.num_mlp.mlps.0.W_in" not in old.weights
        )
    ),
    "mlp_vars_in": on_sort("--mlp-vars-in", "3")(
        lambda new, _: (
            new.shape("blocks.0.cat_mlp.mlps.0.W_read.W")[0] == 3
            and new.shape("blocks.0.cat_mlp.mlps.0.W_in") == (8, 18)
        )
    ),
    "d_mlp": on_sort("--d-mlp", "5")(
        lambda new, _: new.shape("blocks.0.cat_mlp.mlps.0.W_in") == (5, 12)
    ),
    "d_var": on_sort("--d-var", "9")(
        lambda new, _: new.shape("blocks.0.cat_attn.W_pred.W") == (2, 9, 9)
    ),
    "n_vars_cat": on_sort("--n-vars-cat", "3", beside=("--no-one-hot-embed",))(
        lambda new, old: (new.shape("embed.W_E"), old.shape("embed.W_E")) == ((18, 6), (6, 6))
    ),
    "n_vars_num": on_sort("--n-vars-num", "2", beside=("--no-count-only",))(
        lambda new, old: (
            (new.shape("num_embed.W_E"), old.shape("num_embed.W_E")) == ((6, 2), (6, 1))
        )
    ),
    "one_hot_embed": on_sort("--no-one-hot-embed")(
        lambda new, old: (
            is_trained(new.program, "embed.W_E")
            and not torch.equal(new.weights["embed.W_E"].sign(), old.weights["embed.W_E"].sign())
        )
    ),
    "count_only": on_sort("--no-count-only")(
        lambda new, old: (
            bool((old.weights["num_embed.W_E"] == 1).all())
            and not bool((new.weights["num_embed.W_E"] == 1).any())
        )
    ),
    "selector_width": on_sort(
        "--selector-width", beside=("--n-heads-num", "1", "--n-vars-num", "3")
    )(
        lambda new, old: (
            new.weights["blocks.0.num_attn.W_V.W"].tolist() == [[10, -10, -10]]
            and old.weights["blocks.0.num_attn.W_V.W"].abs().max() < 10
        )
    ),
    "attention_type": on_sort("--attention-type", "score")(
        # Scores take the first of equally good keys; by predicate the nearest, itself last.
        lambda new, old: (
            (selected(new, [4, 2, 2, 4], key=2), selected(old, [4, 2, 2, 4], key=2)) == (1, 2)
        )
    ),
    "rel_pos_bias": on_sort("--rel-pos-bias", "clipped")(
        lambda new, old: (
            (
                selected(new, [2, 4, 2, 2], key=2, bias=1.0),  # offset +2 is preferred
                selected(old, [2, 4, 2, 2], key=2),
            )
            == (3, 0)
            and new.shape("blocks.0.cat_attn.rel_pos_bias.bias") == (2, 10)
        )
    ),
    "autoregressive": on_sort("--autoregressive")(
        lambda new, old: (looks_ahead(new), looks_ahead(old)) == (False, True)
    ),
    "unembed_mask": on_sort("--no-unembed-mask")(
        lambda new, old: (new.program.masked_classes, old.program.masked_classes) == ((), (0,))
    ),
    "d_model": on_standard("--d-model", "8")(
        lambda new, old: (
            (new.shape("embed.W_E")[1], old.shape("embed.W_E")[1]) == (8, 16)
            and new.shape("blocks.0.mlp.W_in") == (32, 8)
        )
    ),
    "n_heads": on_standard("--n-heads", "4")(
        lambda new, old: (
            (new.standard.n_heads, old.standard.n_heads) == (4, 2)
            and not torch.equal(new.weights["unembed.W_U"], old.weights["unembed.W_U"])
        )
    ),
    "data_seed": on_sort("--data-seed", "3")(
        lambda new, old: (
            new.rows() != old.rows()
            and torch.equal(new.start.parameters, old.start.parameters)
            and (new.plan.recipe.seed, old.plan.recipe.seed) == (0, 0)
        )
    ),
    # Training
    "n_epochs": on_sort("--n-epochs", "5")(
        lambda new, old: (len(new.metrics), len(old.metrics)) == (6, 4)
    ),
    "recipe": Case(
        ("--recipe", "default"),
        lambda new, old: (
            (new.plan.recipe.n_epochs, new.plan.recipe.search) == (0, 60)
            and (old.plan.recipe.n_epochs, old.plan.recipe.search) == (250, 0)
            and 0 < len(new.metrics) - 1 <= 60
        ),
        tuple(SORT[: SORT.index("--n-epochs")]),
    ),
    "search": on_sort("--search", "2")(
        lambda new, old: (
            (len(new.metrics), len(old.metrics)) == (6, 4)
            and float(new.metrics[-1]["train_loss"]) < float(old.metrics[-1]["train_loss"])
        )
    ),
    "patience": on_sort("--patience", "1", beside=("--search", "4"))(
        # No round is better than the first of those that find nothing.
        lambda new, old: (
            len(new.metrics) < len(old.metrics)
            and new.metrics == old.metrics[: len(new.metrics)]
            and merits(new)[-1] <= merits(new)[-2]
        )
    ),
    "batch_size": on_sort("--batch-size", "10")(
        lambda new, old: (
            (steps(new), steps(old))
            == tuple(
                math.ceil(len(m.plan.dataset.splits.train) / b) for m, b in ((new, 10), (old, 32))
            )
        )
    ),
    "lr": on_sort("--lr", "0.001", beside=("--batch-size", "512"))(
        lambda new, old: (
            (largest_step(new), largest_step(old))
            == (pytest.approx(0.001, rel=0.01), pytest.approx(0.05, rel=0.01))
        )
    ),
    "sample_fn": on_sort("--sample-fn", "softmax")(
        lambda new, old: (
            noise_of_a_step(new) == bytes(new.start.noise.get_state().numpy())
            and noise_of_a_step(old) != bytes(old.start.noise.get_state().numpy())
        )
    ),
    "gumbel_samples": on_sort("--gumbel-samples", "2", beside=("--batch-size", "512"))(
        lambda new, old: noise_of_a_step(new) == noise_twice(old) != noise_of_a_step(old)
    ),
    "tau_init": on_sort("--tau-init", "2")(
        lambda new, old: (float(new.metrics[0]["tau"]), float(old.metrics[0]["tau"])) == (2, 3)
    ),
    "tau_end": on_sort("--tau-end", "0.5")(
        lambda new, old: (new.taus[-1], old.taus[-1]) == (0.5, 0.01)
    ),
    "tau_schedule": on_sort("--tau-schedule", "linspace")(
        lambda new, old: (
            new.taus == pytest.approx([3, 1.505, 0.01], rel=1e-4)
            and old.taus == pytest.approx([3, 0.173205, 0.01], rel=1e-4)
        )
    ),
    "loss_agg": on_sort("--loss-agg", "per_seq")(
        # The same network before training: a mean over up to three positions, and their sum.
        lambda new, old: float(new.metrics[0]["val_loss"]) > 1.3 * float(old.metrics[0]["val_loss"])
    ),
    "class_weights": on_sort("--class-weights", "balanced")(
        lambda new, old: (
            soft_loss(new) != soft_loss(old)
            and before_training(new).balanced_accuracy is not None
            and before_training(old).balanced_accuracy is None
        )
    ),
    "max_grad_norm": on_sort("--max-grad-norm", "0.001", beside=("--batch-size", "512"))(
        lambda new, old: (
            gradient_norm(new) == pytest.approx(0.001, rel=0.01) and gradient_norm(old) > 0.01
        )
    ),
    "dropout": on_sort("--dropout", "0.5")(
        lambda new, old: (
            not torch.equal(new.after_an_epoch().parameters, old.after_an_epoch().parameters)
            and soft_loss(new) == soft_loss(old)
        )
    ),
    "embedding": on_text_of_ours("--embedding", "features", beside=("--embedding", "table"))(
        lambda new, old: (
            {DENSE, ROWS} <= set(space_of(new).shapes)
            and not {DENSE, ROWS} & set(space_of(old).shapes)
        )
    ),
    "embed_lr": on_text_of_ours("--embed-lr", "0.001")(
        lambda new, old: (
            (smallest_step(new), smallest_step(old))
            == (pytest.approx(0.001, rel=0.01), pytest.approx(0.005, rel=0.01))
        )
    ),
    "embed_dropout": on_text_of_ours("--embed-dropout", "0.5", beside=("--embed-dropout", "0"))(
        lambda new, old: (
            not torch.equal(new.after_an_epoch().parameters, old.after_an_epoch().parameters)
            and soft_loss(new) == soft_loss(old)
        )
    ),
    "label_counts": on_text_of_ours("--label-counts", beside=("--no-label-counts",))(
        # A feature for each class that is not padding.
        lambda new, old: (
            space_of(new).shapes[DENSE][0] - space_of(old).shapes[DENSE][0]
            == len(old.plan.dataset.classes) - 1
        )
    ),
    "lr_schedule": on_sort("--lr-schedule", "linear", beside=("--batch-size", "8"))(
        lambda new, old: (
            new.plan.recipe.step_scales(1, 2) == pytest.approx([2 / 3, 1 / 2])
            and old.plan.recipe.step_scales(1, 2) == [1, 1]
            and not torch.equal(new.after_an_epoch().parameters, old.after_an_epoch().parameters)
        )
    ),
    "initial_heads": on_sort("--initial-heads", "neighbours")(
        lambda new, old: looks_left(new.start_weights()) and not looks_left(old.start_weights())
    ),
    "hard_reads": on_sort("--hard-reads", "0", beside=("--sample-fn", "softmax"))(
        lambda new, old: (
            soft_loss(new) != soft_loss(old)
            and torch.equal(new.start.parameters, old.start.parameters)
            and not torch.equal(new.after_an_epoch().parameters, old.after_an_epoch().parameters)
        )
    ),
    "refit": on_sort("--refit", beside=("--sample-fn", "softmax"))(
        lambda new, old: (
            new.metrics[:-1] == old.metrics
            and float(new.metrics[-1]["train_loss"]) < float(old.metrics[-1]["train_loss"])
        )
    ),
    "grades": on_graded_text("--grades", "3")(
        lambda new, old: (
            new.program.n_heads_cat == 4 * new.program.n_vars_cat // 5
            and (old.plan.recipe.n_rounds > new.plan.recipe.n_rounds == 1)
        )
    ),
    "window": on_graded_text("--window", "1", beside=("--grades", "3"))(
        lambda new, old: 5 * new.program.n_vars_cat == 3 * old.program.n_vars_cat
    ),
    "whole_offsets": on_sort(
        "--whole-offsets",
        beside=("--sample-fn", "softmax", "--initial-heads", "neighbours", "--refit"),
    )(
        lambda new, old: (
            new.metrics[:-1] == old.metrics[:-1]
            and bool(written_out(new.weights).any())
            and not bool(written_out(old.weights).any())
        )
    ),
    "threads": on_sort("--threads", "2")(
        # The run with the option was the last.
        lambda new, old: (
            (new.plan.recipe.threads, old.plan.recipe.threads) == (2, 1)
            and torch.get_num_threads() == 2
        )
    ),
}


def merits(made: Made) -> list[float]:
    return [float(line["discrete_val_accuracy"]) for line in made.metrics]


def embedding_of(made: Made, word: str) -> Tensor:
    space = Training.of(made.plan).space
    table = space.unpack(made.start.parameters)["embed.W_E"]
    return table[:, made.plan.dataset.vocabulary.index(word)]


def blocks(made: Made) -> set[str]:
    return {name.split(".")[1] for name in made.weights if name.startswith("blocks.")}


def noise_twice(made: Made) -> bytes:
    """The state of the noise after two epochs of one step each, as after one of two samples."""
    space = Training.of(made.plan).space
    state = initial_state(made.plan, space)
    for _ in range(2):
        run_epoch(Training.of(made.plan), state)
    return bytes(state.noise.get_state().numpy())


def gradient_norm(made: Made) -> float:
    """Adam's first moment after one step is a tenth of the gradient."""
    return float(torch.linalg.vector_norm(made.after_an_epoch().first_moment)) / 0.1


def before_training(made: Made) -> Score:
    """Of the network before training: dropout is off when it is only evaluated."""
    return finish_epoch(Training.of(made.plan), made.start, 1.0, None).soft


def soft_loss(made: Made) -> float:
    return before_training(made).loss


OF_MANY_SEEDS = {"seeds", "stop_hopeless", "device"}
"""Which tests/training/test_seeds.py tests."""


def test_no_option_is_forgotten() -> None:
    """An option of `tpc train` needs a row in CASES that shows what it changes."""
    assert set(CASES) == set(OPTIONS) - OF_MANY_SEEDS


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    vectors = tmp_path / "vectors.txt"
    vectors.write_text(f"Ann {' '.join(['0.5'] * 24)}\n")
    classes = write_classified(tmp_path / "c.csv")
    # Read as tagging too: as many labels as words.
    one_word = [line.split(",") for line in classes.read_text().splitlines()[1:]]
    tagged = [f"{text},{' '.join([label] * len(text.split()))}" for text, label in one_word]
    both = tmp_path / "both.csv"
    both.write_text(
        "\n".join(
            ["text,tags,label", *(f"{t},{r[1]}" for t, r in zip(tagged, one_word, strict=True))]
        )
    )
    return {
        "DATA": str(write_tagged(tmp_path / "d.jsonl")),
        "OTHER": str(write_tagged(tmp_path / "o.jsonl", rows=30)),
        "CLASSES": str(both),
        "VECTORS": str(vectors),
    }


def made_by(tpc: Tpc, files: dict[str, str], words: tuple[str, ...], path: Path) -> Made:
    outcome = tpc("train", *(files.get(word, word) for word in words), "-o", path)
    assert outcome.status == 0, outcome.err
    return Made(path)


@pytest.mark.parametrize("option", CASES)
def test_option(tpc: Tpc, files: dict[str, str], tmp_path: Path, option: str) -> None:
    case = CASES[option]
    old = made_by(tpc, files, case.base, tmp_path / "old")
    new = made_by(tpc, files, (*case.base, *case.given), tmp_path / "new")
    assert case.check(new, old)
    assert json.loads((new.path / "config.json").read_text())


WITHOUT_EFFECT = (
    (("--attention-type", "score", "--rel-pos-bias", "none"), "no position bias"),
    (("--n-heads-cat", "0", "--rel-pos-bias", "none"), "no categorical heads"),
    (("--n-heads-cat", "0", "--attention-type", "score"), "no categorical heads"),
    (("--n-heads-cat", "0", "--autoregressive"), "no position sees another"),
    (("--n-cat-mlps", "0", "--d-mlp", "4"), "there are no MLPs"),
    (("--search", "0", "--n-epochs", "1", "--patience", "2"), "there is no search"),
    (("--n-cat-mlps", "0", "--mlp-vars-in", "3"), "there are no MLPs"),
    (("--selector-width",), "no numerical heads"),
    (("--n-vars-num", "0", "--no-count-only"), "no numerical variables"),
    (("--sample-fn", "softmax", "--gumbel-samples", "2"), "all samples are the same"),
    (("--n-epochs", "1", "--tau-end", "0.1"), "stays at tau_init"),
    (("--n-epochs", "2", "--tau-schedule", "linspace"), "between the first and the last"),
    (("--lr", "0.1"), "nothing follows gradients"),
    (("--window", "2"), "words have no grades"),
    (("--n-epochs", "3", "--embedding", "features"), "one-hot embeddings learn nothing"),
    (("--n-epochs", "3", "--no-one-hot-embed", "--embed-lr", "0.1"), "embedding is a table"),
    (("--n-epochs", "3", "--sample-fn", "gumbel_hard", "--hard-reads", "0"), "all choices are"),
    (("--search", "0", "--refit", "--whole-offsets", "--n-heads-cat", "0"), "no categorical"),
    (
        ("--search", "0", "--refit", "--whole-offsets", "--attention-type", "score"),
        "have no predicates",
    ),
)


def test_no_rule_is_forgotten() -> None:
    """An option that changes nothing where a rule says so needs a row in WITHOUT_EFFECT."""
    tested = [why for _, why in WITHOUT_EFFECT] + ["its mean is its sum", *OF_SENTENCES]
    rules = {rule.text for option in OPTIONS.values() for rule in option.no_effect}
    assert [rule for rule in rules if not any(why in rule for why in tested)] == []


@pytest.mark.parametrize(("words", "why"), WITHOUT_EFFECT, ids=str)
def test_options_without_effect_are_refused(
    tpc: Tpc, tmp_path: Path, words: tuple[str, ...], why: str
) -> None:
    base = ("sort", "--vocab-size", "6", "--dataset-size", "80", "--max-length", "5")
    outcome = tpc("train", *base, *words, "-o", tmp_path / "run")
    assert_polite(outcome, "changes nothing", why)
    assert not (tmp_path / "run").exists()


def test_causal_tasks_and_fixed_vocabularies(tpc: Tpc, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert_polite(tpc("train", "dyck1", "--no-autoregressive", "-o", run), "whose networks are")
    assert_polite(tpc("train", "dyck1", "--vocab-size", "9", "-o", run), "dyck1 always has 1")
    assert not run.exists()


OF_SENTENCES = {
    "grades of words are not sampled": ("--tau-init", "2"),
}


@pytest.mark.parametrize("why", OF_SENTENCES)
def test_grades_are_not_sampled(tpc: Tpc, tmp_path: Path, why: str) -> None:
    words = ["--data", write_classified(tmp_path / "c.csv"), "--kind", "classification"]
    run = tmp_path / "run"
    assert_polite(tpc("train", *words, "--grades", "3", *OF_SENTENCES[why], "-o", run), why)


def test_one_label_has_no_mean(tpc: Tpc, tmp_path: Path) -> None:
    words = ["--data", write_classified(tmp_path / "c.csv"), "--kind", "classification"]
    outcome = tpc("train", *words, "--loss-agg", "per_seq", "-o", tmp_path / "run")
    assert_polite(outcome, "its mean is its sum")
