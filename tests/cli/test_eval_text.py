"""`tpc eval` on text, on any data, and on lengths never trained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc
from tests.cli.test_bad_input import assert_polite

CORPUS = Path(__file__).parent.parent / "corpus"

TAGGER = """tpir 1.0

domain @token = ["<pad>", "<unk>", "<s>", "</s>", "ann", "in", "@"]
domain @label = ["<pad>", "<unk>", "B-PER", "I-PER", "O"]

max_length 6
language unscored "<s>", ["<unk>", "ann", "in", "@"]{1..4}, unscored "</s>"
rewrite lower, digits

program @tagger(%tokens: cat<@token>) -> label<@label> {
  %label = classify never ["<pad>", "<unk>"] {
    %tokens: {"<unk>" => [0, 0, 0, 2, 0], "ann" => [0, 0, 1, 0, 0], _ => [0, 0, 0, 0, 1]}
  } : label<@label>
  return %label
}

metadata {"origin": {"trainer": "tpc", "task": "TASK"}}
"""

SENTENCES = "Ann NNP B-NP B-PER\nLee NNP I-NP I-PER\nin IN B-PP O\n1999 CD B-NP O\n"


def write_tagger(folder: Path, task: str = "conll_ner") -> Path:
    path = folder / "tagger.tpir"
    path.write_text(TAGGER.replace("TASK", task))
    return path


@pytest.mark.parametrize("name", ["trec", "conll_ner"])
def test_reported_figures_of_real_text_runs(
    tpc: Tpc, shared: Path, tmp_path: Path, name: str
) -> None:
    run, path = shared / "zoo" / name, tmp_path / "p.tpir"
    expected = json.loads((run / "expected.json").read_text())
    tpc("import", run, "--vocabulary", run / "expected.json", "-o", path)
    data = shared / "data" / {"trec": "trec", "conll_ner": "conll2003"}[name]
    scores = tpc("eval", path, "--data", data, "--json").json()
    for split, accuracy in expected["reported_accuracy"].items():
        assert scores[split]["token_accuracy"] == pytest.approx(accuracy, abs=1e-6)
    for split, rows in expected["accuracy"].items():
        assert scores[split]["rows"] == rows["rows"]
        assert scores[split]["skipped"] == 0
    for split, f1 in expected.get("reported_f1", {}).items():
        assert scores[split]["spans"]["f1"] == pytest.approx(f1, abs=1e-9)


def test_spans_and_confusion_on_conll_columns(tpc: Tpc, tmp_path: Path) -> None:
    program, data = write_tagger(tmp_path), tmp_path / "test.txt"
    data.write_text(SENTENCES + "\nin IN O B-LOC\n\n" + "in IN O O\n" * 5)
    found = tpc("eval", program, "--data", data, "--json").json()[str(data)]
    assert (found["rows"], found["tokens"], found["too_long"], found["unseen"]) == (2, 5, 1, 1)
    assert found["token_accuracy"] == 0.8
    spans = found["spans"]
    assert (spans["right"], spans["predicted"], spans["true"]) == (1, 1, 2)
    assert found["confusion"] == {
        "classes": ["B-PER", "I-PER", "O", "B-LOC"],
        "counts": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 1, 0]],
    }
    shown = tpc("eval", program, "--data", data, "--confusion").out
    assert "precision 100.0000%, recall 50.0000%" in shown
    assert "1 rows that are too long skipped" in shown
    assert "1 labels are no class of the program" in shown
    assert "B-LOC" in shown


@pytest.mark.parametrize("task", ["conll_ner", "somebody_elses"])
def test_own_files_by_column(tpc: Tpc, tmp_path: Path, task: str) -> None:
    program, data = write_tagger(tmp_path, task), tmp_path / "x.csv"
    data.write_text('id,said,tags\n1,"Ann in 12","B-PER O O"\n')
    options = ["--data", data, "--text-column", "said", "--json"]
    found = tpc("eval", program, *options).json()[str(data)]
    assert found["token_accuracy"] == 1.0
    wrong = tpc("eval", program, "--data", data, "--text-column", "siad")
    assert_polite(wrong, "'siad'", "did you mean said")
    if task == "conll_ner":  # Its files have columns of their own.
        assert_polite(tpc("eval", program, "--data", data), "line 2", "which column has the text")
        return
    assert tpc("eval", program, "--data", data, "--json").json() == {str(data): found}
    data.write_text('said,read,tags\n"Ann in 12","Bob in 3","B-PER O O"\n')
    assert_polite(tpc("eval", program, "--data", data), "x.csv", "which column has the text")


def test_splits_of_own_files_are_those_of_training(tpc: Tpc, tmp_path: Path) -> None:
    program, data = write_tagger(tmp_path, "mine"), tmp_path / "x.jsonl"
    rows = [{"tokens": ["ann"] * (1 + i % 4), "tags": ["O"] * (1 + i % 4)} for i in range(40)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    whole = tpc("eval", program, "--data", data, "--json").json()
    assert whole[str(data)]["rows"] == 40
    splits = tpc("eval", program, "--data", data, "--split", "all", "--json").json()
    assert {name: found["rows"] for name, found in splits.items()} == {
        "train": 32,
        "val": 4,
        "test": 4,
    }


def test_lengths_never_trained(tpc: Tpc, tmp_path: Path) -> None:
    text = (CORPUS / "clipped_count.tpir").read_text()
    origin = {
        "task": "hist",
        "data": {
            "vocab_size": 5,
            "dataset_size": 60,
            "min_length": 1,
            "max_length": 6,
            "seed": 0,
            "unique": True,
        },
    }
    path = tmp_path / "hist.tpir"
    path.write_text(text[: text.index("metadata")] + f"metadata {json.dumps({'origin': origin})}\n")
    trained = tpc("eval", path, "--json").json()["test"]
    assert trained["uncovered"] == trained["too_long"] == 0
    longer = tpc("eval", path, "--min-length", 12, "--max-length", 14, "--split", "test", "--json")
    found = longer.json()["test"]
    assert found["rows"] + found["uncovered"] == 6
    assert found["too_long"] == 0
    shown = tpc("eval", path, "--max-length", 30, "--split", "train").out
    assert "rows with sums beyond the tables skipped" in shown


def test_lengths_of_a_program_that_reads_positions(tpc: Tpc, sort_program: Path) -> None:
    options = ["--split", "test", "--max-length"]
    assert_polite(tpc("eval", sort_program, *options, 9), "reads positions")
    assert tpc("eval", sort_program, *options, 5).status == 0


def test_longer_rows_are_scored_when_asked_for(tpc: Tpc, tmp_path: Path) -> None:
    program, data = write_tagger(tmp_path), tmp_path / "test.txt"
    data.write_text("in IN O O\n" * 5)
    skipped = tpc("eval", program, "--data", data, "--json").json()[str(data)]
    assert (skipped["rows"], skipped["too_long"]) == (0, 1)
    found = tpc("eval", program, "--data", data, "--any-length", "--json").json()[str(data)]
    assert (found["rows"], found["too_long"], found["token_accuracy"]) == (1, 0, 1.0)


def test_options_that_do_not_fit(tpc: Tpc, sort_program: Path, tmp_path: Path) -> None:
    tagger, data = write_tagger(tmp_path), tmp_path / "test.txt"
    data.write_text(SENTENCES)
    assert_polite(tpc("eval", sort_program, "--split", "tset"), "no split 'tset'")
    assert_polite(tpc("eval", sort_program, "--text-column", "x"), "needs --data")
    assert_polite(tpc("eval", sort_program, "--data", data, "--max-length", "9"), "--max-length")
    assert_polite(tpc("eval", tagger, "--max-length", "9"), "not a generated task")
    assert_polite(tpc("eval", tagger, "--data", data, "--tokenizer", "moses"), "treebank, space")
    assert_polite(tpc("eval", tagger, "--data", tmp_path / "none.txt"), "none.txt")


def test_the_hub_is_asked_for_text_that_nobody_gave(
    tpc: Tpc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import datasets

    asked = []

    def load(*arguments: object, **_: object) -> None:
        asked.append(arguments[0])
        raise ConnectionError("no network")

    monkeypatch.setattr(datasets, "load_dataset", load)
    assert_polite(tpc("eval", write_tagger(tmp_path)), "no network", "--data PATH")
    assert asked == ["lhoestq/conll2003"]


@pytest.mark.parametrize(("name", "folder"), [("trec", "trec"), ("conll_ner", "conll2003")])
def test_verifying_the_authors_runs_on_the_test_split(
    tpc: Tpc, shared: Path, tmp_path: Path, name: str, folder: str
) -> None:
    run, path = shared / "zoo" / name, tmp_path / "p.tpir"
    vocabulary = ["--vocabulary", run / "expected.json"]
    tpc("import", run, *vocabulary, "-o", path)
    options = ["--samples", "20", "--data", shared / "data" / folder]
    outcome = tpc("verify", path, "--against", run, *vocabulary, *options, "-t", "numpy")
    assert outcome.status == 0, outcome.out
    rows = {"trec": "all 500 given rows, 500 labels", "conll_ner": "all 3,076 given rows"}
    assert f"numpy: {rows[name]}" in outcome.out
