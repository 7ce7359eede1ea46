"""Which network a user's own data are searched with."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.model.config import ModelConfig
from tpc.training import trial
from tpc.training.loss import Score
from tpc.training.plan import Plan, read_plan
from tpc.training.planning import plan_training
from tpc.training.session import resume_run, start_run
from tpc.training.state import Best, EpochMetrics, Training, initial_state, silent
from tpc.training.trial import best_network, is_closed_set

TINY: dict[str, Any] = {"n_layers": 1, "n_heads_cat": 1, "n_cat_mlps": 0, "search": 6}
"""One layer, so that what heads see and do decides what can be said."""


def write_rows(path: Path, labels: Callable[[Sequence[str]], list[str]], rows: int = 150) -> Path:
    stream = random.Random(3)
    with path.open("w") as file:
        table = csv.writer(file)
        table.writerow(["text", "tags"])
        for _ in range(rows):
            letters = stream.choices("abcd", k=stream.randint(2, 8))
            table.writerow([" ".join(letters), " ".join(labels(letters))])
    return path


def seen_before(letters: Sequence[str]) -> list[str]:
    return ["old" if letter in letters[:at] else "new" for at, letter in enumerate(letters)]


def is_alone(letters: Sequence[str]) -> list[str]:
    return ["alone" if letters.count(letter) == 1 else "among" for letter in letters]


def vowel(letters: Sequence[str]) -> list[str]:
    return ["vowel" if letter == "a" else "consonant" for letter in letters]


def options(path: Path, **given: Any) -> dict[str, Any]:
    return {"data": str(path), "kind": "tagging", **TINY, **given}


def unchosen(path: Path, **given: Any) -> Plan:
    """The plan before anything is tried: one that asks for what cannot be chosen otherwise."""
    plan = plan_training(None, options(path, n_heads_num=0, **given))
    assert isinstance(plan.model, ModelConfig)
    return plan


@pytest.mark.parametrize(
    ("tokens", "longest", "closed"), [(64, 64, True), (65, 64, False), (64, 65, False)]
)
def test_closed_sets_have_few_tokens_and_short_rows(
    tmp_path: Path, tokens: int, longest: int, closed: bool
) -> None:
    data = unchosen(write_rows(tmp_path / "d.csv", vowel)).dataset
    words = (PAD, UNK, BOS, EOS, *(f"w{number}" for number in range(tokens)))
    assert is_closed_set(replace(data, vocabulary=words, max_length=longest)) == closed


def heads(model: ModelConfig) -> tuple[int, bool]:
    return (model.n_heads_num, model.autoregressive)


PLANNED, CAUSAL, COUNTING = (0, False), (2, True), (2, False)


def with_merits(
    monkeypatch: pytest.MonkeyPatch, merits: dict[tuple[int, bool], float], errors: int = 1
) -> list[tuple[int, bool]]:
    """Networks come as far as they are said to, without a search; those tried."""
    tried = []

    def reach(plan: Plan) -> object:
        assert isinstance(plan.model, ModelConfig)
        tried.append(heads(plan.model))
        state = initial_state(plan, Training.of(plan).space)
        accuracy = merits.get(heads(plan.model), 0.5)
        score = Score(1.0, accuracy, accuracy, 1, 1)
        state.best = Best(0, state.parameters, score)
        state.history = [EpochMetrics(0, None, 1.0, score, score, errors)]
        return trial._Tried(plan.model, state)

    monkeypatch.setattr(trial, "_tried", reach)
    return tried


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [PLANNED, CAUSAL, COUNTING]),
        ({"autoregressive": True}, [(0, True), CAUSAL]),
        ({"autoregressive": False}, [PLANNED, COUNTING]),
        ({"n_heads_num": 0}, []),
        ({"n_heads_num": 1}, []),
    ],
    ids=str,
)
def test_what_was_asked_for_stays(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, Any],
    expected: list[tuple[int, bool]],
) -> None:
    tried = with_merits(monkeypatch, {})
    plan = plan_training(None, options(write_rows(tmp_path / "d.csv", vowel), **given))
    assert tried == expected
    assert isinstance(plan.model, ModelConfig)
    assert plan.model.n_heads_num == given.get("n_heads_num", 0)
    assert plan.model.autoregressive == given.get("autoregressive", False)


@pytest.mark.parametrize("best", [PLANNED, CAUSAL, COUNTING])
def test_the_best_on_the_validation_split_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, best: tuple[int, bool]
) -> None:
    plan, said = unchosen(write_rows(tmp_path / "d.csv", vowel)), list[str]()
    with_merits(monkeypatch, {best: 0.75})
    found = best_network(plan, (), said.append)
    assert isinstance(found.model, ModelConfig)
    assert heads(found.model) == best
    assert found == replace(plan, model=found.model)
    descriptions = {
        PLANNED: "heads that see all tokens",
        CAUSAL: "heads that see earlier tokens alone and may count",
        COUNTING: "heads that see all tokens and may count",
    }
    others = [f"{text} (50.00 %)" for one, text in descriptions.items() if one != best]
    assert said == [
        f"after a few rounds on the validation split: {descriptions[best]} (75.00 %) "
        f"rather than {', '.join(others)}"
    ]


def test_of_equals_the_plainest_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = unchosen(write_rows(tmp_path / "d.csv", vowel))
    with_merits(monkeypatch, {})
    assert best_network(plan, (), silent) == plan
    with_merits(monkeypatch, {CAUSAL: 0.75, COUNTING: 0.75})
    found = best_network(plan, (), silent).model
    assert isinstance(found, ModelConfig)
    assert heads(found) == CAUSAL


def test_nothing_more_is_tried_than_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, said = unchosen(write_rows(tmp_path / "d.csv", vowel)), list[str]()
    tried = with_merits(monkeypatch, {}, errors=0)
    assert best_network(plan, (), said.append) == plan
    assert tried == [PLANNED]
    assert said == [
        "after a few rounds on the validation split: heads that see all tokens (50.00 %)"
    ]


@pytest.mark.parametrize(
    ("labels", "best"), [(vowel, PLANNED), (seen_before, CAUSAL), (is_alone, COUNTING)]
)
def test_data_decide(
    tmp_path: Path, labels: Callable[[Sequence[str]], list[str]], best: tuple[int, bool]
) -> None:
    """What a letter is, whether it came before, and how often it comes, take different heads."""
    plan = plan_training(None, options(write_rows(tmp_path / "d.csv", labels)))
    assert isinstance(plan.model, ModelConfig)
    assert heads(plan.model) == best
    outcome = start_run(plan, tmp_path / "run", silent)
    assert outcome.scores["test"].token_accuracy == 1


def test_the_choice_depends_on_the_plan_alone(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "d.csv", seen_before)
    first, second = (plan_training(None, options(path)) for _ in range(2))
    assert first == second


def test_a_run_that_goes_on_keeps_its_network(tmp_path: Path) -> None:
    class KilledError(BaseException):
        pass

    def kill(_: object) -> None:
        raise KilledError

    plan = plan_training(None, options(write_rows(tmp_path / "d.csv", seen_before), search=2))
    assert isinstance(plan.model, ModelConfig)
    assert heads(plan.model) == CAUSAL
    whole = start_run(plan, tmp_path / "whole", silent)
    with pytest.raises(KilledError):
        start_run(plan, tmp_path / "killed", kill)
    assert read_plan(tmp_path / "killed") == plan
    resumed = resume_run(tmp_path / "killed", silent)
    assert torch.equal(whole.best.parameters, resumed.best.parameters)
    for name in ("model.safetensors", "program.tpir", "config.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()
