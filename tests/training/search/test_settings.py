"""What is drawn, and from what."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

from tests.training.search.networks import seeded
from tpc.training.search.settings import DEFAULT, Schedule, Settings


def test_a_seed_decides_what_is_drawn() -> None:
    letters = "abcdefgh"
    assert seeded(3).some(letters) == seeded(3).some(letters)
    assert seeded(3).some(letters) != seeded(4).some(letters)
    assert sorted(seeded().some(letters)) == list(letters)
    assert len(seeded().some(letters, 3)) == 3
    assert seeded().some(letters, 100) == seeded().some(letters)


def test_some_in_order_are_the_same_ones() -> None:
    for seed in range(5):
        found = seeded(seed).some_in_order(range(20), 6)
        assert found == sorted(seeded(seed).some(range(20), 6))


def test_one_in_so_many_times() -> None:
    search = seeded()
    hits = sum(search.one_in(4) for _ in range(400))
    assert 60 < hits < 140
    assert {search.below(3) for _ in range(50)} == {0, 1, 2}
    assert {search.one_of("xy") for _ in range(50)} == {"x", "y"}


def test_all_settings_are_positive_numbers() -> None:
    assert all(value > 0 for value in dataclasses.asdict(DEFAULT).values())


Rounds = list[tuple[float, float]]
PATIENCE = DEFAULT.patience
LOST = [(1.0, 0.5)] * (DEFAULT.restarts * DEFAULT.probe_rounds)
"""Losses and accuracies of rounds that use up all restarts."""


def after(rounds: Rounds, settings: Settings = DEFAULT) -> Schedule:
    schedule = Schedule()
    for loss, accuracy in rounds:
        schedule = schedule.after(loss, accuracy, settings)
    return schedule


def starts(rounds: Rounds, settings: Settings = DEFAULT, trained: bool = False) -> list[str]:
    return [after(rounds[:n], settings).start(trained) for n in range(len(rounds) + 1)]


def is_over(rounds: Rounds) -> bool:
    return after(rounds).phase == "over"


def test_rounds_start_where_the_schedule_says() -> None:
    settings = replace(DEFAULT, restarts=3, probe_rounds=2, promising_accuracy=0.9)
    lost = [(1.0, 0.5)] * 8
    begun = ["empty", "last", "full", "last", "empty", "last", "best", "last", "last"]
    assert starts(lost, settings) == begun
    assert starts(lost, settings, trained=True) == ["trained", *begun[1:]]
    falling = [(0.5**number, 0.95) for number in range(5)]
    assert starts(falling, settings) == ["empty", *["last"] * 5]
    # What is promising has as long as it gains something, and then the next start.
    flat = [*falling, (0.06, 0.95), (0.06, 0.95), *lost[:2]]
    assert starts(flat, settings) == ["empty", *["last"] * 6, "full", "last", "empty"]
    behind = [*lost[:2], (1.3, 0.5), *lost[:1]]
    assert starts(behind, settings) == ["empty", "last", "full", "empty", "last"]


def flat(loss: float, rounds: int = PATIENCE) -> Rounds:
    return [(loss, 0.99)] * rounds


def test_where_the_best_start_gains_nothing_it_is_simplified() -> None:
    rounds = [*LOST, *flat(0.5, 1), *flat(0.3, 1 + PATIENCE)]
    assert starts(rounds)[len(LOST) :] == ["best", *["last"] * (1 + PATIENCE), "simplified"]


def test_a_search_ends_when_simplifying_gains_nothing() -> None:
    first = [*LOST, *flat(0.5, PATIENCE + 1)]
    assert starts(first)[-1] == "simplified"
    assert not is_over(first)
    assert is_over([*first, *flat(0.6, PATIENCE - 1), *flat(0.495, 1)])
    assert not is_over([*first, *flat(0.6, PATIENCE - 1)])
    # What gains goes on, and ends when the next phase does not.
    gained = [*first, *flat(0.6, PATIENCE - 1), *flat(0.48, 1)]
    assert not is_over(gained)
    assert starts(gained)[-1] == "simplified"
    assert is_over([*gained, *flat(0.475)])
    assert not is_over(flat(0.5, 3 * PATIENCE))


def test_the_phase_is_a_value() -> None:
    assert after(LOST[:-1]).phase == "restarts"
    assert after(LOST) == Schedule("best", first_losses=(1.0,) * DEFAULT.restarts)
    best = after([*LOST, *flat(0.5, PATIENCE + 1)])
    assert (best.phase, best.simplified, best.since) == ("best", 1, 0)
