"""What is drawn, and from what."""

from __future__ import annotations

import dataclasses

from tests.training.search.networks import seeded
from tpc.training.search.settings import DEFAULT


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
