"""Where rounds of search start from, and when a search is over."""

from __future__ import annotations

import pytest

from tpc.training.search import schedule
from tpc.training.search.schedule import PATIENCE, PROBE, STARTS, Round, is_over, start_of

LOST = [Round(1.0, 0.5)] * (STARTS * PROBE)
"""What uses up all beginnings."""


def starts(rounds: list[Round], n_epochs: int = 0) -> list[str]:
    return [start_of(rounds[:number], n_epochs) for number in range(len(rounds) + 1)]


def test_rounds_start_where_the_schedule_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("STARTS", 3), ("PROBE", 2), ("PROMISING", 0.9)):
        monkeypatch.setattr(schedule, name, value)
    lost = [Round(1.0, 0.5)] * 8
    begun = ["empty", "last", "full", "last", "empty", "last", "best", "last", "last"]
    assert starts(lost) == begun
    assert starts(lost, 20) == ["trained", *begun[1:]]
    falling = [Round(0.5**number, 0.95) for number in range(5)]
    assert starts(falling) == ["empty", *["last"] * 5]
    # What is promising has as long as it gains something, and then the next start.
    flat = [*falling, Round(0.06, 0.95), Round(0.06, 0.95), *lost[:2]]
    assert starts(flat) == ["empty", *["last"] * 6, "full", "last", "empty"]
    behind = [*lost[:2], Round(1.3, 0.5), *lost[:1]]
    assert starts(behind) == ["empty", "last", "full", "empty", "last"]


def flat(loss: float, rounds: int = PATIENCE) -> list[Round]:
    return [Round(loss, 0.99)] * rounds


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
