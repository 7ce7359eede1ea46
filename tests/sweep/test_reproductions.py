"""The tables: what is trained for them, which files they need, and how they read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.own_tasks.generate import path_of
from benchmarks.own_tasks.tasks import TASKS
from tests.sweep.test_sweeping import HereEngine, swept
from tpc.diagnostics import TpcError
from tpc.sweep.reproductions import Reproduction, reproduction, table_lines
from tpc.sweep.sweeping import read_rows
from tpc.training.planning import plan_training

OWN = Path(__file__).parents[2] / "benchmarks" / "own_tasks" / "data"
SENTENCES = {"one": ("apple", "pear"), "two": ("car", "bus"), "three": ("red", "blue")}


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few made-up rows of each corpus, laid out as the real ones."""
    folder = tmp_path_factory.mktemp("corpora")
    rows = [
        (label, f"the {word} {n}") for n in range(8) for label, w in SENTENCES.items() for word in w
    ]
    lines = "".join(f"{label}\t{text}\n" for label, text in rows)
    words = "".join(
        f"the DT B-NP O\n{text.split()[1]} NN I-NP B-PER\n{text.split()[2]} CD I-NP I-PER\n\n"
        for _, text in rows
    )
    for name, splits in (
        ("trec", ("train", "test")),
        ("rotten_tomatoes", ("train", "validation", "test")),
        ("ag_news", ("train_subset", "test")),
        ("conll2003", ("train", "validation", "test")),
        ("conll2000", ("train", "test")),
    ):
        (folder / name).mkdir()
        for split in splits:
            suffix, text = ("txt", words) if name.startswith("conll") else ("tsv", lines)
            (folder / name / f"{split}.{suffix}").write_text(text)
    (folder / "subj.tsv").write_text(lines)
    return folder


def made(name: str, corpora: Path, *, quick: bool = False) -> Reproduction:
    data = {"text": corpora, "own": OWN}.get(name)
    return reproduction(name, data=data, quick=quick)


def test_a_table_is_of_five_seeds_on_the_same_data() -> None:
    trials = reproduction("size8").plan.all_trials()
    assert len(trials) == 8 * 5
    assert {trial.options["data_seed"] for trial in trials} == {0}
    assert {trial.options["seed"] for trial in trials} == set(range(5))
    assert {trial.level for trial in trials} == {3}


@pytest.mark.parametrize("name", ["size8", "size16", "text", "own"])
def test_every_trial_can_be_planned(name: str, corpora: Path) -> None:
    found = made(name, corpora, quick=True)
    assert len({entry.name for entry in found.entries}) == len(found.plan.configs)
    step = 6 if name == "own" else 1  # All its rows are read.
    for trial in found.plan.all_trials()[::step]:
        few = {"dataset_size": 50} if name.startswith("size") else {}
        plan_training(trial.task, {**trial.options, **few})
    assert {trial.options["seed"] for trial in found.plan.all_trials()} == {0}


def test_quick_is_less_of_the_same(corpora: Path) -> None:
    whole, quick = made("text", corpora), made("text", corpora, quick=True)
    assert [entry.name for entry in whole.entries] == [entry.name for entry in quick.entries]
    assert {config.get("n_epochs") for config in quick.plan.configs} == {1, None}
    assert len(whole.plan.seeds) == 3


def test_the_own_tasks_are_those_of_the_benchmark() -> None:
    found = reproduction("own", data=OWN)
    assert [entry.name for entry in found.entries] == list(TASKS)
    for config, task in zip(found.plan.configs, TASKS.values(), strict=True):
        assert Path(config["data"]) == path_of(task, "train")
        assert config["test_data"] == path_of(task, "test")


def test_a_table_has_the_best_by_validation_and_the_mean() -> None:
    found = reproduction("size16")
    scores = {"sort": 0.8, "hist": 0.99}
    table = {
        trial: {
            "status": "finished",
            "val_accuracy": scores[str(trial.task)] + trial.options["seed"] / 1000,
            "test_accuracy": scores[str(trial.task)] - trial.options["seed"] / 1000,
            "test_sequence_accuracy": 0.5,
            "epochs": 0,
            "rounds": 3 + trial.options["seed"],
            "processor_seconds": 12.0,
            "exported_tokens": 2000,
            "tokens": 1000 + trial.options["seed"],
        }
        for trial in found.plan.all_trials()
        if trial.task in scores
    }
    lines = [line.split() for line in table_lines(found, table)]
    assert lines[0] == ["best", "mean", "dev.", "whole", "steps", "s", "export", "tokens", "reruns"]
    assert [line[0] for line in lines[1:]] == [entry.name for entry in found.entries]
    assert " ".join(lines[2]) == "hist 98.60 98.80 0.16 50.00 5 12 2,000 1,004 99.9"
    assert " ".join(lines[4]) == "sort 79.60 79.80 0.16 50.00 5 12 2,000 1,004 88.1"
    assert lines[1] == ["reverse", "42.1"]
    failed = {found.plan.all_trials()[0]: {"status": "failed", "error": "no"}}
    assert list(table_lines(found, failed))[1].split() == ["reverse", "failed", "42.1"]


def test_tags_of_spans_are_told_by_f1_and_others_figures_stand_beside(corpora: Path) -> None:
    found = made("text", corpora)
    (trial,) = [
        one
        for one in found.plan.all_trials()
        if one.task == "conll_ner" and one.options["seed"] == 1 and len(one.options) == 3
    ]
    row = {"status": "finished", "val_f1": 0.7, "test_f1": 0.6, "test_accuracy": 0.9}
    (line,) = [line for line in table_lines(found, {trial: row}) if line.split()[0] == "conll_ner"]
    assert line.split() == ["conll_ner", "60.00", "60.00", "0", "0", "76.1"]


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("size9", "table", "size8"),
        ("text", "needs --data", "trec: a folder of train.tsv"),
        ("own", "needs --data", "benchmarks/own_tasks/data"),
    ],
)
def test_what_is_missing_is_said(name: str, message: str, hint: str) -> None:
    with pytest.raises(TpcError, match=message) as found:
        reproduction(name)
    assert hint in str(found.value.hint)


def test_files_that_are_missing_or_not_needed_are_named(corpora: Path, tmp_path: Path) -> None:
    (tmp_path / "trec").mkdir()
    with pytest.raises(TpcError, match=r"lacks rotten_tomatoes, subj.tsv, ag_news") as found:
        reproduction("text", data=tmp_path)
    assert "trec" not in str(found.value.hint)
    with pytest.raises(TpcError, match="and 42 more"):
        reproduction("own", data=tmp_path)
    with pytest.raises(TpcError, match="no such file"):
        reproduction("text", data=corpora, vectors=tmp_path / "vectors.txt")
    with pytest.raises(TpcError, match="without vectors"):
        reproduction("own", data=OWN, vectors=corpora / "subj.tsv")
    with pytest.raises(TpcError, match="generated tasks"):
        reproduction("size8", data=corpora)


def _few(found: Reproduction, names: set[str]) -> Reproduction:
    kept = [k for k, entry in enumerate(found.entries) if entry.name in names]
    plan = replace(found.plan, configs=tuple(found.plan.configs[k] for k in kept))
    return Reproduction(plan, tuple(found.entries[k] for k in kept))


@pytest.mark.slow(seconds=20)
def test_text_and_own_rows_are_trained_and_gone_on_with(corpora: Path, tmp_path: Path) -> None:
    """Programs, graded words and an ordinary Transformer, which has no program."""
    names = {"trec", "trec-graded-4-2", "conll_ner-standard", "conll_ner-graded-12-2"}
    text = _few(made("text", corpora, quick=True), names)
    own = _few(made("own", corpora, quick=True), {"thirty_rows"})
    for number, found in enumerate((text, own)):
        folder, first = tmp_path / str(number), HereEngine(len(found.entries) - 1)
        with pytest.raises(KeyboardInterrupt):
            swept(found.plan, folder, first)
        rest = HereEngine()
        swept(found.plan, folder, rest)
        assert len(rest.ran) == 1
        table = read_rows(folder, found.plan.all_trials())
        assert [row["status"] for row in table.values()] == ["finished"] * len(found.entries)
        for entry, line in zip(found.entries, list(table_lines(found, table))[1:], strict=True):
            assert line.split()[0] == entry.name
            assert 0 <= float(line.split()[1]) <= 100
    assert "tokens" not in list(read_rows(tmp_path / "0", text.plan.all_trials()).values())[-1]
