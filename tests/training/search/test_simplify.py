"""What is not needed is left out at the end of a search, and nothing gets worse."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.model.test_choices import ARCHITECTURES
from tests.training.conftest import MakePlan
from tests.training.search.networks import evaluation, some_rows
from tpc.model.choices import Choices
from tpc.training.loop import (
    advance,
    begun,
    is_done,
    run_search,
    simplify,
)
from tpc.training.loss import discrete_score
from tpc.training.search import rounds
from tpc.training.search.evaluation import Evaluation, classified, live
from tpc.training.search.proposal import Entries, entries_of
from tpc.training.search.refit import refitted
from tpc.training.search.rounds import search_round
from tpc.training.search.rows import Rows
from tpc.training.search.settings import DEFAULT, Schedule, Search
from tpc.training.search.simplify import pruned, simplified
from tpc.training.state import Training, seeded_generator


def n_unusual(one: Evaluation) -> int:
    choices = {**one.choices.heads, **one.choices.mlps}
    return sum(
        len(Entries.of(choice, one.values).unusual(entries_of(choice)))
        for name, choice in choices.items()
        if name in live(one.choices)
    )


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_no_more_labels_are_wrong(architecture: dict[str, Any]) -> None:
    before = refitted(evaluation(architecture, 3), 30, tuple(evaluation(architecture).choices.mlps))
    val = Rows.of(before.choices.config, some_rows(9), "per_token")
    after = simplified(before, val)
    assert after.errors <= before.errors
    again = Evaluation.of(after.choices, before.rows)
    assert again.errors == after.errors
    on_val = [Evaluation.of(one.choices, val).errors for one in (after, before)]
    assert on_val[0] <= on_val[1]
    assert set(classified(after.choices)) <= set(classified(before.choices))
    assert live(after.choices) <= live(before.choices)
    assert n_unusual(after) <= n_unusual(before)


def test_what_says_nothing_is_left_out() -> None:
    """Tags that follow from the token: its rows are enough, whatever else has some."""
    start = evaluation({"n_heads_num": 1, "n_num_mlps": 1}, 1)
    config = start.choices.config
    split = some_rows(1)
    split = replace(split, tags=torch.where(split.ids != 0, split.ids.clamp(max=3), 0))
    rows = Rows.of(config, split, "per_token")
    full = refitted(Evaluation.of(start.choices, rows), 60, tuple(start.choices.components))
    assert len(classified(full.choices)) > 3
    assert full.errors == 0
    after = simplified(full, rows)
    assert classified(after.choices) == ("tokens",)
    assert not live(after.choices)
    assert after.errors == 0


def test_what_gains_less_than_its_description_is_long_is_pruned() -> None:
    start = evaluation({"n_heads_num": 1, "n_num_mlps": 1}, 1)
    split = some_rows(1)
    split = replace(split, tags=torch.where(split.ids != 0, split.ids.clamp(max=3), 0))
    rows = Rows.of(start.choices.config, split, "per_token")
    full = refitted(Evaluation.of(start.choices, rows), 60, tuple(start.choices.components))
    assert len(live(full.choices)) > 1
    after = pruned(full)
    assert not live(after.choices)
    # Inputs take no slot, and keep their rows.
    assert "positions" in classified(after.choices)


def test_some_rounds_that_do_not_grow_prune(monkeypatch: pytest.MonkeyPatch) -> None:
    choices, split = evaluation({"n_heads_num": 1, "n_num_mlps": 1}, 1).choices, some_rows(1)
    asked: list[Evaluation] = []
    monkeypatch.setattr(rounds, "pruned", lambda one, _: asked.append(one) or one)
    monkeypatch.setattr(rounds, "_grown", lambda one, _: one)
    for seed in range(8):
        search = Search(torch.Generator().manual_seed(seed))
        search_round(choices, split, "per_token", search, "last")
    assert 0 < len(asked) < 8


def test_the_end_of_a_search_keeps_what_is_best(small_plan: MakePlan) -> None:
    plan = small_plan(model={"n_layers": 2}, recipe={"n_epochs": 0, "search": 6}, task="hist")
    training = Training.of(plan)
    space, val, state = training.space, training.val, begun(training)
    while not is_done(plan, state):
        advance(training, state)
    assert state.best is not None
    before = state.best
    simplify(training, state)
    after = state.best
    assert after.epoch == before.epoch
    assert after.score.token_accuracy >= before.score.token_accuracy
    weights = [space.unpack(one.parameters) for one in (after, before)]
    assert after.score == discrete_score(plan.model, weights[0], val, "per_token")
    rows = [classified(Choices.of(plan.model, one)) for one in weights]  # type: ignore[arg-type]
    assert len(rows[0]) < len(rows[1])


def test_a_round_after_simplifying_starts_from_it(small_plan: MakePlan) -> None:
    plan = small_plan(model={"n_layers": 2}, recipe={"n_epochs": 0, "search": 3}, task="hist")
    # The first two rounds go on with the network as it is, and gain too little whatever they do.
    settings = replace(DEFAULT, patience=1, little=1.0)
    training = Training.of(plan)
    space, state = training.space, begun(training)
    state.schedule = Schedule("best")
    for _ in range(2):
        run_search(training, state, settings)
    alike = copy.deepcopy(state)
    simplify(training, alike)
    assert alike.best is not None
    assert state.best is not None
    assert not torch.equal(alike.best.parameters, state.best.parameters)
    choices = Choices.of(plan.model, space.unpack(alike.best.parameters))  # type: ignore[arg-type]
    search = Search(seeded_generator(plan.recipe.seed, "search 2"))
    alone = search_round(choices, training.train, plan.recipe.loss_agg, search, "simplified")
    assert run_search(training, state, settings).train_loss == alone.loss
