"""The 24 small tasks: their files, that labels are what the tasks say, and the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.own_tasks.baselines import accuracies
from benchmarks.own_tasks.generate import files, path_of
from benchmarks.own_tasks.table import (
    BEGIN,
    END,
    PAGE,
    RECORDED,
    goals,
    joined,
    results_of,
    table,
    with_table,
)
from benchmarks.own_tasks.task import Label, Row, Task
from benchmarks.own_tasks.tasks import TASKS
from tpc.sweep.sweeping import FORMAT
from tpc.sweep.trials import Trial

every_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)


def test_there_are_as_many_tasks_of_the_kinds_that_were_promised() -> None:
    assert len(TASKS) == 24
    rows = {name: task.rows for name, task in TASKS.items()}
    assert rows["up_down_same"] == 3_000
    assert {rows[name] for name in list(TASKS)[1:7]} == {4_000}
    assert min(rows.values()) == 30
    assert max(rows.values()) == 30_000
    assert sum(task.noise > 0 for task in TASKS.values()) == 2


@every_task
def test_the_files_are_what_the_generator_writes(task: Task) -> None:
    """In the repository as they are now; `python -m benchmarks.own_tasks.generate` writes them."""
    for split, text in zip(("train", "test"), files(task).values(), strict=True):
        assert path_of(task, split).read_text(encoding="utf-8") == text


@every_task
def test_rows_are_different_and_test_labels_are_clean(task: Task) -> None:
    train, test = task.splits()
    assert len({tuple(row.tokens) for row in [*train, *test]}) == task.rows + len(test)
    assert all(row.label == task.label(row.tokens) for row in test)
    lengths = [len(row.tokens) for row in [*train, *test]]
    assert min(lengths) >= 3
    assert max(lengths) <= 60
    known = {token for row in train for token in row.tokens}
    assert all(set(row.tokens) <= known for row in test)


@every_task
def test_training_labels_are_wrong_as_often_as_the_task_says(task: Task) -> None:
    train, _ = task.splits()
    pairs = [
        (found, true)
        for row in train
        for found, true in zip(
            row.labels, Row(row.tokens, task.label(row.tokens)).labels, strict=True
        )
    ]
    wrong = sum(found != true for found, true in pairs) / len(pairs)
    assert wrong == pytest.approx(task.noise, abs=0.006)


@pytest.mark.parametrize(
    ("name", "tokens", "label"),
    [
        ("up_down_same", "b d d a", "same up same down"),
        ("negation", "the film was not dull", ["positive"]),
        ("negation", "the film was really dull this time", ["negative"]),
        ("more_frequent", "a c b a", ["a"]),
        ("more_frequent", "a b c", ["tie"]),
        ("inside_brackets", "a ( b ( c ) ) d", "out out in in in in out out"),
        ("seen_before", "a b a a b", "new new seen seen seen"),
        ("contains_ab", "b a c a b", ["yes"]),
        ("contains_ab", "b a c b", ["no"]),
        ("first_is_last", "a b a", ["yes"]),
        ("run_lengths", "a a b b b b b", "1 2 1 2 3 4 4"),
        ("after_x", "a x c x", ["c"]),
        ("majority", "a b a a b", ["a"]),
        ("majority", "a b a b", ["none"]),
        ("count_a", "a b a a a a", ["4"]),
        ("thirty_rows", "a a b a", "new again new new"),
        ("ascending", "1 3 3 4", ["yes"]),
        ("ascending", "1 3 2", ["no"]),
        ("switch", "tick on tock off", "dark light light dark"),
        ("lookup", "a 1 b 2 a 3 a 1", "new digit new digit 1 digit 3 digit"),
        ("has_duplicate", "a b c b", ["yes"]),
        ("which_first", "c b a", ["b"]),
        ("against_first", "3 1 3 5", "equal less equal more"),
        (
            "dates",
            "on 3 May 2020 and June 5 in 2021 pages",
            "O B-DATE I-DATE I-DATE O B-DATE I-DATE O O O",
        ),
        ("casing", "the dog saw anna . she", "capital small small capital mark capital"),
        ("quotes", 'a " b " "', "word open word close open"),
        ("noun_or_verb", "they play the play", "PRON VERB DET NOUN"),
        ("ticket", "my parcel is late i want money", ["refund"]),
        ("ticket", "hello", ["other"]),
        ("soft_c", "c e g a c", "soft other hard other hard"),
    ],
)
def test_labels(name: str, tokens: str, label: Label) -> None:
    found = Row(tokens.split(), TASKS[name].label(tokens.split())).labels
    assert found == (label.split() if isinstance(label, str) else label)


def test_no_label_is_so_frequent_that_a_constant_would_do() -> None:
    for task in TASKS.values():
        _, test = task.splits()
        labels = [label for row in test for label in row.labels]
        most = max(labels.count(label) for label in set(labels)) / len(labels)
        assert most < 0.85, task.name


def test_results_are_of_the_best_seed_by_validation(tmp_path: Path) -> None:
    rows = {0: (0.99, 1.0), 1: (1.0, 0.99996), 2: (0.5, 1.0)}
    trials = [
        Trial(None, {"data": f"x/{name}.train.jsonl", "seed": seed}, 3)
        for name in ("negation", "dates")
        for seed in rows
    ]
    told = [{"task": None, "options": dict(one.options), "level": 3} for one in trials]
    (tmp_path / "sweep.json").write_text(json.dumps({"format": FORMAT, "trials": told}))
    for trial in trials[:3]:
        val, test = rows[trial.options["seed"]]
        row = {"status": "finished", "val_accuracy": val, "test_accuracy": test}
        row |= {"tokens": 77, "processor_seconds": 12.34}
        path = tmp_path / "trials" / trial.key / "row.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(row))
    found = results_of(tmp_path)
    assert set(found) == {"negation"}
    assert found["negation"]["tpc"]["accuracy"] == pytest.approx(99.996)
    assert "| 4,000 | 4–14 | 99.99 | 12 | 77 |" in table(found)
    assert "1 of 1 reach 99.5 % (goal: 20)" in goals(found)


def test_goals_and_table_say_what_was_not_through() -> None:
    results = {
        "negation": {"tpc": {"processor": 500.4, "status": -9}, "tree": {"accuracy": 99.25}},
        "dates": {"tpc": {"processor": 50, "accuracy": 99.496}},
    }
    assert "| not through | 500 |  |  | 99.25 |  |" in table(results)
    assert goals(results).splitlines() == [
        "0 of 2 reach 99.5 % (goal: 20)",
        "1 of 2 reach 95.0 % (goal: 22)",
        "the longest took 500 s: negation (goal: 120)",
    ]


def test_the_table_takes_the_place_of_the_one_in_the_page() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert with_table(page, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    with pytest.raises(ValueError, match="the page has no"):
        with_table("nothing", "new")


def test_the_page_has_the_table_of_the_recorded_results() -> None:
    """`python -m benchmarks.own_tasks.table DIR --write` makes both."""
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page, table(json.loads(RECORDED.read_text()))) == page


def test_results_join_those_that_are_recorded() -> None:
    recorded = {"a": {"tpc": {"accuracy": 1}, "tree": {"accuracy": 2}}}
    found = joined(recorded, {"a": {"tpc": {"accuracy": 3}}, "b": {"tpc": {}}})
    assert found == {"a": {"tpc": {"accuracy": 3}, "tree": {"accuracy": 2}}, "b": {"tpc": {}}}


def test_baselines_learn_what_counts_and_windows_show() -> None:
    rows = [
        Row(list(tokens), "yes" if "a" in tokens else "no") for tokens in ("ab", "cb", "ca", "cc")
    ]
    assert accuracies(rows * 5, rows) == {"tree": 1.0, "bayes": 1.0}
