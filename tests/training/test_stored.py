"""Values that are what annotations say, and those that are not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from tpc.training.loss import Score
from tpc.training.search.settings import Schedule
from tpc.training.state import EpochMetrics
from tpc.training.stored import value_of

SCORE = Score(0.5, 1.0, 0.25, 4, 8, f1=0.5)
LINE = EpochMetrics(1, None, 0.5, SCORE, SCORE, 3)
SCHEDULE = Schedule("best", (0.5, 0.25), 1.0, (), 1, 2)


@pytest.mark.parametrize("value", [SCORE, LINE, SCHEDULE])
def test_what_was_stored_comes_back(value: Any) -> None:
    stored = {key: list(x) if isinstance(x, tuple) else x for key, x in asdict(value).items()}
    assert value_of(type(value), stored) == value


def test_what_has_a_default_may_be_missing() -> None:
    assert value_of(Schedule, {}) == Schedule()
    assert value_of(dict[str, object], {"a": 1}) == {"a": 1}
    assert value_of(list[float], [1, 2.5]) == [1, 2.5]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Score, {"loss": 0.5}),
        (Score, {**asdict(SCORE), "loss": "0.5"}),
        (Score, {**asdict(SCORE), "rows": 4.5}),
        (Score, {**asdict(SCORE), "rows": True}),
        (Score, {**asdict(SCORE), "loss": None}),
        (Score, {**asdict(SCORE), "f1": []}),
        (Score, {**asdict(SCORE), "more": 1}),
        (Score, [0.5]),
        (EpochMetrics, {**asdict(LINE), "soft": 1}),
        (Schedule, {"phase": "never"}),
        (Schedule, {"phase": ["best"]}),
        (Schedule, {"losses": 1}),
        (Schedule, {"losses": [None]}),
        (int, 10**400),
        (int, 1.0),
        (float, True),
        (dict[str, object], []),
    ],
)
def test_what_is_something_else_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        value_of(kind, value)
