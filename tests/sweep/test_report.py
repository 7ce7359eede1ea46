"""What is said of a sweep: the front, the best, configurations; hostile names are text."""

from __future__ import annotations

from typing import Any

import pytest

from tpc.sweep.report import report_lines, report_page, status_lines
from tpc.sweep.table import Table, best, by_task, front, groups, points
from tpc.sweep.trials import Trial


def trial(seed: int, **options: Any) -> Trial:
    return Trial("sort", {**options, "seed": seed})


def row(val: float, tokens: int, **more: Any) -> dict[str, Any]:
    scores = {"val_accuracy": val, "test_accuracy": val, "processor_seconds": 2.0}
    return {"status": "finished", **scores, "tokens": tokens, "verdict": "proved", **more}


TABLE: Table = {
    trial(0, lr=0.1): row(1.0, 900),
    trial(1, lr=0.1): row(0.8, 300),
    trial(0, lr=0.2): row(1.0, 500),
    trial(1, lr=0.2): row(0.8, 400),
    trial(2, lr=0.2): {"status": "failed", "error": "no <b> such"},
}


def test_the_front_has_what_no_other_beats() -> None:
    found = points(TABLE, "accuracy")
    assert [(point.score, point.size) for point in front(found)] == [(1.0, 500), (0.8, 300)]
    for point in front(found):
        assert not any(
            (other.score, -other.size) != (point.score, -point.size)
            and other.score >= point.score
            and other.size <= point.size
            for other in found
        )


@pytest.mark.parametrize(
    ("objective", "at_least", "size"),
    [("accuracy", None, 500), ("front", None, 500), ("size", None, 500), ("size", 0.5, 300)],
)
def test_the_best_is_what_the_objective_says(
    objective: str, at_least: float | None, size: int
) -> None:
    found = best(points(TABLE, objective), objective, at_least)
    assert found is not None
    assert found.size == size


def test_configurations_differ_in_more_than_the_seed() -> None:
    found = groups(TABLE)
    assert {group.options: len(group.rows) for group in found} == {"lr 0.1": 2, "lr 0.2": 3}
    most, mean, deviation = found[0].statistics("val_accuracy") or (0, 0, 0)
    assert (most, mean) == (1.0, pytest.approx(0.9))
    assert deviation == pytest.approx(0.02**0.5)


def test_a_terminal_shows_tables_and_a_plot() -> None:
    text = "\n".join(report_lines(TABLE, "front"))
    assert "lr 0.2" in text
    assert "100.00 %, 500 tokens" in text
    assert text.count("*") == 2
    assert "no <b> such" in text
    assert status_lines(TABLE, 7)[0] == "5 of 7 trials have ended: 1 failed, 4 finished"
    assert "left to do" in status_lines(TABLE, 7)[1]


def test_a_page_has_every_trial_and_shows_hostile_text_as_text() -> None:
    hostile = Trial("</script><b>.py:\u202eNAME", {"data": "<i>", "seed": 0})
    page = report_page({**TABLE, hostile: row(1.0, 5)}, "front", None, "<title> & co")
    for found in TABLE:
        assert found.key in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "no &lt;b&gt; such" in page
    assert "http" not in page
    assert set(by_task({hostile: {}})) == {"script><b>"}


def test_nothing_yet() -> None:
    assert status_lines({}, 3) == ["0 of 3 trials have ended"]
    assert list(report_lines({}, "front")) == []
    assert "<svg" not in report_page({}, "front", None, "x")
