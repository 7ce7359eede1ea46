"""Which network a user's own data are searched with."""

from __future__ import annotations

import csv
import random
import shlex
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import torch

from tests.cli.conftest import Tpc, tpc
from tpc.ir.words import BOS, EOS, PAD, UNK
from tpc.model.config import ModelConfig
from tpc.training import trial
from tpc.training.loss import Score
from tpc.training.plan import Plan, read_plan
from tpc.training.planning import plan_training
from tpc.training.session import resume_run, start_run
from tpc.training.state import Best, EpochMetrics, Training, TrainingState, silent
from tpc.training.trial import best_trial, is_closed_set

__all__ = ["tpc"]

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


def seen_before_or_chance(letters: Sequence[str]) -> list[str]:
    """What no search gets right altogether."""
    chance = zlib.crc32("".join(letters).encode()) % 10 == 0
    found = seen_before(letters)
    return ["chance", *found[1:]] if chance else found


def is_alone(letters: Sequence[str]) -> list[str]:
    return ["alone" if letters.count(letter) == 1 else "among" for letter in letters]


def vowel(letters: Sequence[str]) -> list[str]:
    return ["vowel" if letter == "a" else "consonant" for letter in letters]


def options(path: Path, **given: Any) -> dict[str, Any]:
    return {"data": str(path), "kind": "tagging", **TINY, **given}


def planned(path: Path, **given: Any) -> Plan:
    plan = plan_training(None, options(path, **given))
    assert len(plan.alternatives) == 2
    return plan


@pytest.mark.parametrize(
    ("tokens", "longest", "closed"), [(128, 64, True), (129, 64, False), (128, 65, False)]
)
def test_closed_sets_have_few_tokens_and_short_rows(
    tmp_path: Path, tokens: int, longest: int, closed: bool
) -> None:
    data = planned(write_rows(tmp_path / "d.csv", vowel)).dataset
    words = (PAD, UNK, BOS, EOS, *(f"w{number}" for number in range(tokens)))
    assert is_closed_set(replace(data, vocabulary=words, max_length=longest)) == closed


def heads(model: ModelConfig) -> tuple[int, bool]:
    return (model.n_heads_num, model.autoregressive)


PLANNED, CAUSAL, COUNTING = (0, False), (2, True), (2, False)


def rounds_of(
    monkeypatch: pytest.MonkeyPatch, merits: dict[tuple[int, bool], float], errors: int = 1
) -> list[tuple[int, bool]]:
    """Networks come as far as they are said to, without a search; whose rounds there are."""
    rounds = []

    def advanced(training: Training, state: TrainingState) -> None:
        rounds.append(heads(training.program))
        accuracy = merits.get(rounds[-1], 0.5)
        score = Score(1.0, accuracy, accuracy, 1, 1)
        state.epoch += 1
        state.best = Best(state.epoch, state.parameters, score)
        state.history.append(EpochMetrics(state.epoch, None, 1.0, score, score, errors))

    monkeypatch.setattr(trial, "advance", advanced)
    return rounds


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [PLANNED, CAUSAL, COUNTING]),
        ({"autoregressive": True}, [(0, True), CAUSAL]),
        ({"autoregressive": False}, [PLANNED, COUNTING]),
        ({"n_heads_num": 0}, [PLANNED]),
        ({"n_heads_num": 1}, [(1, False)]),
        ({"n_epochs": 2}, [PLANNED]),
        ({"search": 0}, [PLANNED]),
    ],
    ids=str,
)
def test_what_was_asked_for_stays(
    tmp_path: Path, given: dict[str, Any], expected: list[tuple[int, bool]]
) -> None:
    plan = plan_training(None, options(write_rows(tmp_path / "d.csv", vowel), **given))
    assert isinstance(plan.model, ModelConfig)
    assert [heads(model) for model in (plan.model, *plan.alternatives)] == expected
    for model in plan.alternatives:
        same = replace(model, n_heads_num=plan.model.n_heads_num)
        assert replace(same, autoregressive=plan.model.autoregressive) == plan.model


@pytest.mark.parametrize("best", [PLANNED, CAUSAL, COUNTING])
def test_the_best_on_the_validation_split_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, best: tuple[int, bool]
) -> None:
    plan, said = planned(write_rows(tmp_path / "d.csv", vowel)), list[str]()
    rounds = rounds_of(monkeypatch, {best: 0.75})
    found = best_trial(plan, said.append)
    assert heads(found.training.program) == best
    chosen = replace(found.training.plan, asked=plan.asked)
    assert chosen == replace(plan, model=found.training.program, alternatives=())
    second = CAUSAL if best == PLANNED else PLANNED
    assert rounds == [PLANNED, CAUSAL, COUNTING, best, second]
    assert found.state.epoch == 2
    descriptions = {
        PLANNED: "one layer of heads that see all tokens",
        CAUSAL: "one layer of heads that see earlier tokens alone and may count",
        COUNTING: "one layer of heads that see all tokens and may count",
    }
    others = [f"{text} (50.00 %)" for one, text in descriptions.items() if one != best]
    assert said == [
        f"after a few rounds on the validation split: {descriptions[best]} (75.00 %) "
        f"rather than {', '.join(others)}"
    ]


def test_of_equals_the_plainest_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = planned(write_rows(tmp_path / "d.csv", vowel))
    rounds_of(monkeypatch, {})
    assert best_trial(plan, silent).training.program == plan.model
    rounds_of(monkeypatch, {CAUSAL: 0.75, COUNTING: 0.75})
    assert heads(best_trial(plan, silent).training.program) == CAUSAL


def test_nothing_more_is_tried_than_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, said = planned(write_rows(tmp_path / "d.csv", vowel)), list[str]()
    rounds = rounds_of(monkeypatch, {PLANNED: 1.0}, errors=0)
    assert best_trial(plan, said.append).training.program == plan.model
    assert rounds == [PLANNED]
    assert said == [
        "after a few rounds on the validation split: one layer of heads that see all tokens "
        "(100.00 %)"
    ]


def test_other_networks_are_tried_where_training_rows_alone_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(write_rows(tmp_path / "d.csv", vowel))
    rounds = rounds_of(monkeypatch, {COUNTING: 0.75}, errors=0)
    assert heads(best_trial(plan, silent).training.program) == COUNTING
    assert rounds == [PLANNED, CAUSAL, COUNTING]


def test_one_layer_is_tried_before_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = write_rows(tmp_path / "d.csv", vowel)
    plan = plan_training(None, {"data": str(rows)})
    layers = [model.n_layers for model in (plan.model, *plan.alternatives)]
    assert layers == [2, 1, 1, 2, 2]
    small = plan.alternatives[0]
    assert (small.n_num_mlps, heads(small)) == (1, CAUSAL)
    rounds = rounds_of(monkeypatch, {CAUSAL: 0.75})
    assert best_trial(plan, silent).training.program == small
    one_layer, two_layers = [CAUSAL] * 2 + [COUNTING] * 2, [PLANNED, CAUSAL, COUNTING]
    # Of equals the smaller: the causal networks of one layer and of two, which need no more rounds.
    assert rounds == [*one_layer, *two_layers, CAUSAL]
    perfect = rounds_of(monkeypatch, {CAUSAL: 1.0}, errors=0)
    found = best_trial(plan, silent)
    assert (found.training.program, perfect) == (small, [CAUSAL])
    asked = found.training.plan.asked
    assert asked is not None
    assert asked.command().endswith(
        f"--autoregressive --data {rows} --n-heads-num 2 --n-layers 1 --n-num-mlps 1 -o RUN"
    )


@pytest.mark.parametrize("given", [{"n_layers": 2}, {"n_num_mlps": 0}, {"n_num_mlps": 2}])
def test_sizes_that_were_asked_for_stay(tmp_path: Path, given: dict[str, int]) -> None:
    rows = write_rows(tmp_path / "d.csv", vowel)
    plan = plan_training(None, {"data": str(rows), **given})
    for model in (plan.model, *plan.alternatives):
        assert isinstance(model, ModelConfig)
        assert {name: getattr(model, name) for name in given} == given
        assert model.n_layers == 2


def test_with_many_values_a_round_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(write_rows(tmp_path / "d.csv", vowel), d_var=trial.FEW_VALUES + 1)
    rounds = rounds_of(monkeypatch, {})
    best_trial(plan, silent)
    assert rounds == [PLANNED, CAUSAL, COUNTING]


def test_what_there_is_no_time_for_is_not_tried(tmp_path: Path) -> None:
    # What a first fit imports is not to be interrupted: it would stay half imported.
    torch.optim.LBFGS([torch.zeros(1, requires_grad=True)])
    plan = planned(write_rows(tmp_path / "d.csv", is_alone))
    cut = start_run(plan, tmp_path / "run", silent, deadline=monotonic())
    assert cut.status == "interrupted"
    assert read_plan(tmp_path / "run").model == plan.model
    resumed = resume_run(tmp_path / "run", silent)
    assert resumed.status == "finished"
    assert resumed.steps >= cut.steps


@pytest.mark.parametrize(
    ("labels", "best"), [(vowel, PLANNED), (seen_before, CAUSAL), (is_alone, COUNTING)]
)
def test_data_decide(
    tmp_path: Path, labels: Callable[[Sequence[str]], list[str]], best: tuple[int, bool]
) -> None:
    """What a letter is, whether it came before, and how often it comes, take different heads."""
    plan, steps = planned(write_rows(tmp_path / "d.csv", labels)), list[int]()
    outcome = start_run(plan, tmp_path / "run", lambda metrics: steps.append(metrics.epoch))
    found = read_plan(tmp_path / "run")
    assert isinstance(found.model, ModelConfig)
    assert heads(found.model) == best
    assert found == replace(plan, model=found.model, alternatives=(), asked=None)
    assert outcome.scores["test"].token_accuracy == 1
    # The rounds of the trial are the run's first.
    assert steps == list(range(outcome.steps - len(steps) + 1, outcome.steps + 1))
    assert len(steps) < outcome.steps


def test_a_run_that_goes_on_keeps_its_network(tmp_path: Path) -> None:
    class KilledError(BaseException):
        pass

    def kill(_: object) -> None:
        raise KilledError

    plan = planned(write_rows(tmp_path / "d.csv", seen_before_or_chance), search=4)
    whole = start_run(plan, tmp_path / "whole", silent)
    with pytest.raises(KilledError):
        start_run(plan, tmp_path / "killed", kill)
    killed = read_plan(tmp_path / "killed")
    assert isinstance(killed.model, ModelConfig)
    assert heads(killed.model) == CAUSAL
    resumed = resume_run(tmp_path / "killed", silent)
    assert torch.equal(whole.best.parameters, resumed.best.parameters)
    for name in ("model.safetensors", "program.tpir", "config.json"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "killed" / name).read_bytes()


def test_the_recorded_command_makes_the_same_run(tpc: Tpc, tmp_path: Path) -> None:
    """Stopped by its time, gone on with, and made again by the command that it records."""
    torch.optim.LBFGS([torch.zeros(1, requires_grad=True)])
    rows, run, again = write_rows(tmp_path / "d.csv", seen_before), tmp_path / "run", tmp_path / "2"
    sizes = ("--n-layers", 1, "--n-heads-cat", 1, "--n-cat-mlps", 0, "--search", 4)
    tpc("train", "--data", rows, *sizes, "--time", "2s", "-o", run)
    if (run / "checkpoint.safetensors").exists():
        tpc("train", "--resume", run)
    name, *words, flag, _ = shlex.split((run / "command.txt").read_text())
    assert (name, flag) == ("tpc", "-o")
    assert "--time" not in words
    assert "--n-heads-num" in words, "what the trial chose is not tried again"
    assert tpc(*words, "-o", again).status == 0
    for file in ("model.safetensors", "program.tpir", "config.json", "command.txt"):
        assert (run / file).read_bytes() == (again / file).read_bytes()


def test_seeds_record_their_command(tpc: Tpc, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "a file.csv", vowel)
    words = ("train", "--data", rows, "--no-one-hot-embed", "--n-epochs", 1, "--d-var", 16)
    assert tpc(*words, "--seeds", "3-4", "-o", tmp_path / "run").status == 0
    command = f"tpc train --data '{rows}' --no-one-hot-embed --n-epochs 1 --d-var 16 --seeds 3-4"
    for folder in ("run", "run/seed-3", "run/seed-4"):
        found = shlex.split((tmp_path / folder / "command.txt").read_text())
        assert sorted(found) == sorted([*shlex.split(command), "-o", "RUN"])
