"""The loop: its loss, its optimiser, and that every option of it changes what is learned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.model.test_choices import ARCHITECTURES, network
from tests.training.conftest import MakePlan
from tpc.diagnostics import TpcError
from tpc.model.architecture import initial_weights
from tpc.model.choices import Choices
from tpc.model.config import ModelConfig
from tpc.model.discrete import DiscreteNetwork
from tpc.training.classifier import fit_classifier
from tpc.training.encoding import Encoded, balanced_weights, encode
from tpc.training.loop import (
    DivergedError,
    begun,
    finish_epoch,
    is_done,
    run_epoch,
    run_search,
)
from tpc.training.loss import Score, discrete_score, score, sequence_losses
from tpc.training.parameters import ParameterSpace
from tpc.training.plan import Plan
from tpc.training.search.plain import plain_network
from tpc.training.search.rounds import search_round
from tpc.training.search.settings import DEFAULT, Search, Settings
from tpc.training.state import Best, Training, TrainingState, initial_state, seeded_generator


def trained(plan: Plan, epochs: int = 1) -> TrainingState:
    space, state = ParameterSpace.of(plan.model), None
    state = initial_state(plan, space)
    for _ in range(epochs):
        run_epoch(Training.of(plan), state)
    return state


def test_loss_is_the_mean_over_scored_positions() -> None:
    logits = torch.randn(4, 3, 2)
    tags = torch.tensor([[0, 0], [1, 2], [2, 0], [0, 0]])
    log_probs = logits.log_softmax(1)
    first = -(log_probs[1, 1, 0] + log_probs[2, 2, 0])
    second = -log_probs[1, 2, 1]
    torch.testing.assert_close(
        sequence_losses(logits, tags, "per_token"), torch.stack([first / 2, second])
    )
    torch.testing.assert_close(
        sequence_losses(logits, tags, "per_seq"), torch.stack([first, second])
    )


def test_a_sequence_without_scored_positions_costs_nothing() -> None:
    losses = sequence_losses(
        torch.randn(2, 3, 1), torch.zeros(2, 1, dtype=torch.int64), "per_token"
    )
    assert losses.tolist() == [0.0]


def test_score_counts_tokens_and_sequences() -> None:
    tags = torch.tensor([[1, 1, 0], [2, 2, 0]])
    labels = torch.tensor([[1, 1, 1], [2, 1, 1]])
    logits = functional.one_hot(labels, 3).transpose(1, 2).float()
    found = score(logits, Encoded(tags, tags), "per_token")
    assert (found.token_accuracy, found.tokens) == (0.75, 4)
    assert (found.sequence_accuracy, found.rows) == (pytest.approx(2 / 3), 3)


def test_weighted_classes_count_alike() -> None:
    """Nine labels of a common class, and one of a rare one, that is wrong."""
    tags = torch.tensor([[1] * 9 + [2]])
    weights = balanced_weights(Encoded(tags, tags), 4)
    assert weights.tolist() == pytest.approx([1, 10 / 18, 10 / 2, 1])
    logits = functional.one_hot(torch.ones_like(tags), 4).transpose(1, 2).float()
    found = score(logits, Encoded(tags, tags, class_weights=weights), "per_token")
    assert (found.token_accuracy, found.balanced_accuracy) == (0.9, 0.5)
    assert found.merit[0] == 0.5
    losses = sequence_losses(logits, tags, "per_token")[[0, 9]]
    weighted = sequence_losses(logits, tags, "per_token", weights)[[0, 9]]
    torch.testing.assert_close(weighted, losses * torch.tensor([10 / 18, 5]))


def test_a_rare_class_is_found_where_classes_are_balanced() -> None:
    """The same token has two labels; always saying the common one is right more often."""
    config, weights = network(ARCHITECTURES[0], 0)
    ids = torch.tensor([[1] * 10 + [2] * 10] + [[0] * 20] * 3)
    tags = torch.tensor([[1] * 8 + [2] * 2 + [1] * 10] + [[0] * 20] * 3)
    alike = Encoded(ids, tags)
    split = replace(alike, class_weights=balanced_weights(alike, config.n_classes))
    said = []
    for rows in (split, alike):
        fitted = fit_classifier(config, weights, rows, rows, "per_token")
        found = DiscreteNetwork(config, {**weights, "unembed.W_U": fitted.classifier})
        said.append(found.logits(ids.T, ids.T != 0).argmax(-1)[:, 0].tolist())
    assert said == [[2] * 10 + [1] * 10, [1] * 20]


def test_adam_is_torchs(small_plan: MakePlan) -> None:
    plan = small_plan()
    state = initial_state(plan, ParameterSpace.of(plan.model))
    reference = state.parameters.clone().requires_grad_()
    optimizer = torch.optim.Adam([reference], lr=0.05)
    for step in range(5):
        gradient = torch.sin(torch.arange(len(reference)) * (step + 1.0))
        reference.grad = gradient.clone()
        optimizer.step()
        state.adam_step(gradient, 0.05)
    torch.testing.assert_close(state.parameters, reference.detach())


def test_packing_is_lossless(small_plan: MakePlan) -> None:
    config = small_plan(model={"n_heads_num": 1, "selector_width": True}).model
    weights = initial_weights(config, torch.Generator().manual_seed(5))
    space = ParameterSpace.of(config)
    vector = space.pack(weights)
    assert vector.shape == (space.size,)
    assert {"embed.W_E", "num_embed.W_E", "blocks.0.num_attn.W_V.W"} == set(space.fixed)
    for name, tensor in space.unpack(vector).items():
        assert torch.equal(tensor, weights[name]), name
    both = space.unpack(torch.stack([vector, vector + 1]))
    assert torch.equal(both["unembed.W_U"][1], weights["unembed.W_U"] + 1)


def test_training_lowers_the_loss(small_plan: MakePlan) -> None:
    recipe = {"n_epochs": 30, "batch_size": 8}
    history = trained(small_plan(recipe=recipe), 30).history
    first, last = history[0].train_loss, history[-1].train_loss
    assert first is not None
    assert last is not None
    assert last < 0.75 * first
    assert history[-1].discrete.token_accuracy > history[0].discrete.token_accuracy


def test_a_seed_decides_everything(small_plan: MakePlan) -> None:
    parameters = [trained(small_plan(recipe={"seed": seed}), 2).parameters for seed in (1, 1, 2)]
    assert torch.equal(parameters[0], parameters[1])
    assert not torch.equal(parameters[0], parameters[2])


def test_evaluating_does_not_change_training(small_plan: MakePlan) -> None:
    plan = small_plan()
    training = Training.of(plan)
    states = [initial_state(plan, training.space) for _ in range(2)]
    for index, state in enumerate(states):
        for _ in range(3 * index):
            finish_epoch(training, state, 1.0, None)
        run_epoch(training, state)
    assert torch.equal(states[0].parameters, states[1].parameters)


@pytest.mark.parametrize(
    "option",
    [
        {"batch_size": 16},
        {"lr": 0.01},
        {"sample_fn": "gumbel_hard"},
        {"sample_fn": "softmax"},
        {"gumbel_samples": 2},
        {"tau_init": 2.0},
        {"tau_end": 0.1},
        {"tau_schedule": "linspace"},
        {"loss_agg": "per_seq", "max_grad_norm": 0.01},
        {"max_grad_norm": 1e-3},
    ],
    ids=str,
)
def test_training_options_change_what_is_learned(
    small_plan: MakePlan, option: dict[str, Any]
) -> None:
    usual = trained(small_plan(), 2).parameters
    changed = trained(small_plan(recipe=option), 2).parameters
    assert not torch.allclose(usual, changed, atol=1e-4)


def test_clipping_scales_long_gradients_down(small_plan: MakePlan) -> None:
    """Adam forgets a constant scale, so the first moment shows it."""
    states = [
        trained(small_plan(recipe={"batch_size": 1000, "max_grad_norm": norm}))
        for norm in (None, 1e-3)
    ]
    free, clipped = (torch.linalg.vector_norm(state.first_moment) for state in states)
    assert float(clipped) == pytest.approx(0.1 * 1e-3, rel=1e-3)
    assert float(free) > float(clipped)


@pytest.mark.parametrize(
    "option",
    [
        {"n_heads_num": 1, "n_num_mlps": 1},
        {"one_hot_embed": False, "n_vars_cat": 2, "d_var": 8},
        {"count_only": False, "n_heads_num": 1},
        {"selector_width": True, "n_heads_num": 1},
        {"attention_type": "score"},
        {"rel_pos_bias": "clipped"},
        {"rel_pos_bias": "none"},
        {"autoregressive": True},
        {"mlp_vars_in": 3},
        {"d_mlp": 4},
        {"n_cat_mlps": 0},
        {"n_heads_cat": 0},
    ],
    ids=str,
)
def test_every_architecture_trains(small_plan: MakePlan, option: dict[str, Any]) -> None:
    plan = small_plan(model=option)
    space = ParameterSpace.of(plan.model)
    before = space.unpack(initial_state(plan, space).parameters)
    after = space.unpack(trained(plan, 2).parameters)
    # A read with a single variable to choose from has nothing to learn.
    learned = {name for name, shape in space.shapes.items() if shape[-1] > 1}
    assert {name for name in learned if torch.equal(before[name], after[name])} == set()


def test_dyck_is_causal_whatever_the_options_say(small_plan: MakePlan) -> None:
    assert small_plan(task="dyck1", model={"autoregressive": False}).model.autoregressive
    assert not small_plan().model.autoregressive


@pytest.mark.parametrize("option", [{"attention_type": "both"}, {"pool_outputs": True}])
def test_options_that_make_no_sense(small_plan: MakePlan, option: dict[str, Any]) -> None:
    with pytest.raises(TpcError):
        small_plan(model=option)


def test_divergence_names_epoch_batch_and_weight(small_plan: MakePlan) -> None:
    plan = small_plan()
    space = ParameterSpace.of(plan.model)
    state = initial_state(plan, space)
    position = space.unpack(state.parameters)["unembed.W_U"]
    position[0, 0] = float("nan")
    with pytest.raises(DivergedError, match=r"epoch 1, batch 1: the loss is nan.*unembed\.W_U|W_"):
        run_epoch(Training.of(plan), state)


def test_best_prefers_accuracy_then_loss_then_the_later() -> None:
    def scored(accuracy: float, loss: float) -> Score:
        return Score(loss, accuracy, 0.0, 1, 1)

    best = Best(1, torch.zeros(1), scored(0.5, 1.0))
    assert best.beaten_by(scored(0.6, 9.0))
    assert best.beaten_by(scored(0.5, 0.9))
    assert best.beaten_by(scored(0.5, 1.0))
    assert not best.beaten_by(scored(0.5, 1.1))
    assert not best.beaten_by(scored(0.4, 0.0))


def test_encoding_follows_upstream(small_plan: MakePlan) -> None:
    dataset = small_plan().dataset
    train = encode(dataset, "train")
    assert train.ids.shape == (dataset.max_length, len(dataset.splits.train))
    tokens, tags = dataset.splits.train[0]
    row: list[Tensor] = [train.ids[:, 0], train.tags[:, 0]]
    assert [dataset.vocabulary[i] for i in row[0][: len(tokens)]] == list(tokens)
    assert [dataset.classes[i] for i in row[1][: len(tags)]] == list(tags)
    assert int(row[0][len(tokens) :].sum()) == 0
    assert sum(len(batch) for batch in train.batches(7)) == len(train)
    assert isinstance(train.take(torch.tensor([1, 0])), Encoded)


def test_discrete_score_of_the_right_network_is_perfect(small_plan: MakePlan) -> None:
    """A classifier that reads the token itself is right on the task of copying it."""
    plan = small_plan()
    weights = initial_weights(plan.model, torch.Generator().manual_seed(0))
    rows = torch.zeros_like(weights["unembed.W_U"])
    for token in (1, 2, 3):
        rows[token, token] = 1.0
    weights["unembed.W_U"] = rows
    ids = torch.tensor([[5, 5], [1, 3], [2, 0]])
    tags = torch.tensor([[0, 0], [1, 3], [2, 0]])
    found = discrete_score(plan.model, weights, Encoded(ids, tags), "per_token")
    assert (found.token_accuracy, found.sequence_accuracy, found.tokens) == (1.0, 1.0, 3)


def searched(plan: Plan, rounds: int, settings: Settings = DEFAULT) -> TrainingState:
    training = Training.of(plan)
    state = begun(training)
    for _ in range(rounds):
        run_search(training, state, settings)
    return state


def losses_of(plan: Plan, rounds: int, settings: Settings) -> list[float]:
    return [line.train_loss or 0.0 for line in searched(plan, rounds, settings).history[1:]]


def test_a_search_that_gets_nowhere_restarts(small_plan: MakePlan) -> None:
    settings = replace(DEFAULT, restarts=2, probe_rounds=2, promising_accuracy=2.0)
    plan = small_plan(recipe={"n_epochs": 0, "search": 9})
    assert isinstance(plan.model, ModelConfig)
    train = encode(plan.dataset, "train")
    state = searched(plan, 3, settings)
    # The third round does not depend on the two before.
    search = Search(seeded_generator(0, "search 2"), settings)
    weights = ParameterSpace.of(plan.model).unpack(searched(plan, 0).parameters)
    seen = torch.unique(train.ids)
    plain = plain_network(Choices.of(plan.model, weights), seen[seen != 0], search)
    alone = search_round(plain, train, "per_token", search, "full")
    assert state.history[-1].train_loss == alone.loss
    # The fifth goes on with the best of both restarts.
    best = searched(plan, 4, settings).best
    assert best is not None
    losses = losses_of(plan, 5, settings)
    assert losses[4] <= losses[best.epoch - 1]
    losses = losses_of(plan, 5, replace(settings, promising_accuracy=0.0, little=0.0))
    assert losses == sorted(losses, reverse=True)


def test_a_search_ends_when_nothing_is_wrong(small_plan: MakePlan) -> None:
    plan = small_plan(recipe={"n_epochs": 0, "search": 100})
    state = searched(plan, 1)
    state.history[-1] = replace(state.history[-1], train_errors=3)
    assert not is_done(plan, state)
    state.history[-1] = replace(state.history[-1], train_errors=0)
    assert is_done(plan, state)


def test_training_may_begin_with_an_earlier_network(small_plan: MakePlan) -> None:
    training = Training.of(small_plan())
    drawn = initial_weights(training.plan.model, seeded_generator(1, "weights"))
    weights = {name: tensor + 1 for name, tensor in drawn.items()}
    state = begun(training, start=weights)
    assert torch.equal(state.parameters, training.space.pack(weights))
    assert torch.equal(state.kept.parameters, state.parameters)
    name = next(iter(training.space.shapes))
    for other in ({**weights, name: weights[name][:1]}, {}):
        assert torch.equal(begun(training, start=other).parameters, begun(training).parameters)
