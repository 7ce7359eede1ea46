"""What is said about rows that are few, contradict one another, or have lopsided labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Tpc, tpc
from tpc.data.corpus import LONGEST_ROW, USUAL_LENGTH, Corpus, TextOptions, build_corpus
from tpc.data.examples import Example, Kind
from tpc.data.observations import observations
from tpc.data.records.record import Place
from tpc.data.text_source import text_source

__all__ = ["tpc"]


def corpus_of(kind: Kind, rows: list[tuple[str, str]], held_out: int = 100) -> Corpus:
    examples = [Example(tuple(a.split()), tuple(b.split()), Place("x", 1)) for a, b in rows]
    splits = {"train": examples, "val": examples[:1] * held_out, "test": examples[:1] * 7}
    return build_corpus("x", kind, splits, TextOptions(), "space")  # type: ignore[arg-type]


BALANCED = [("a", "x"), ("b", "y")] * 20


def test_nothing_is_said_about_good_rows() -> None:
    assert observations(corpus_of("classification", BALANCED)) == []
    assert observations(corpus_of("tagging", BALANCED)) == []


def test_few_rows() -> None:
    (said,) = observations(corpus_of("classification", BALANCED, held_out=52))
    assert said.startswith("warning: 99 rows are few")
    assert "on 7 test rows says little" in said
    assert observations(corpus_of("classification", BALANCED, held_out=53)) == []


def test_rows_that_contradict_one_another() -> None:
    rows = [*BALANCED, ("c", "x"), ("c", "x"), ("c", "y")]
    assert observations(corpus_of("classification", rows)) == [
        "3 of 43 training rows have the text of another and other labels: at most 97.67 % of the "
        "training labels can be right"
    ]
    rows = [*BALANCED, ("c d e", "x y x"), ("c d e", "x x y"), ("c d e", "x y x")]
    (said,) = observations(corpus_of("tagging", rows))
    assert said.startswith("3 of 43 training rows")
    assert f"at most {100 - 200 / 49:.2f} % of" in said


def test_lopsided_labels() -> None:
    rows = [("a", "x")] * 90 + [("b", "y")] * 10
    assert observations(corpus_of("classification", rows)) == [
        "90.0 % of the training labels are 'x': always saying so is as right "
        "(--class-weights balanced: all count alike)"
    ]
    assert observations(corpus_of("classification", rows[1:])) == []
    rows = BALANCED + [(f"c{index}", f"z{index % 6}") for index in range(7)]
    assert observations(corpus_of("classification", rows)) == [
        "labels with fewer than 10 examples in training: 'z0' (2), 'z1' (1), 'z2' (1), 'z3' (1), "
        "'z4' (1) and 1 more"
    ]
    assert observations(corpus_of("tagging", [("a", "<pad>")] * 9)) == []
    (said,) = observations(corpus_of("classification", [("a", "x")] * 9))
    assert said == "warning: every label is 'x': there is nothing to learn"


@pytest.mark.parametrize(
    ("n_words", "limit", "n_long"),
    [(5, USUAL_LENGTH, 0), (62, 64, 0), (63, 65, 0), (126, LONGEST_ROW, 0), (127, LONGEST_ROW, 1)],
)
def test_rows_decide_the_longest_length(
    tmp_path: Path, n_words: int, limit: int, n_long: int
) -> None:
    rows = [[["a"] * n_words, ["x"] * n_words], *[[["a", "b"], ["x", "y"]]] * 9]
    test = tmp_path / "test.jsonl"
    test.write_text(json.dumps(rows[1]))
    data = tmp_path / "x.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)))
    source = text_source(None, str(data), val=test, test=test, options={"long_rows": "leave_out"})
    corpus = source.load()
    assert corpus.options.max_length == limit
    assert corpus.dropped["train"] == n_long
    assert corpus.max_length == (4 if n_long else n_words + 2)
    cut = text_source(None, str(data), val=test, test=test, options={}).load()
    assert (cut.dropped["train"], cut.cut["train"]) == (0, n_long)
    assert cut.max_length == min(n_words + 2, limit)
    given = text_source(None, str(data), val=test, test=test, options={"max_length": 200})
    assert given.load().dropped["train"] == 0


def test_what_was_found_is_said_and_the_length_remembered(tpc: Tpc, tmp_path: Path) -> None:
    rows = [{"text": f"{letter} " * 70, "label": letter} for letter in "abab"] * 4
    rows[0]["label"] = "b"
    data = tmp_path / "x.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)))
    sizes = ["--n-layers", "1", "--n-heads-cat", "1", "--n-vars-cat", "1", "--d-mlp", "4"]
    run = tmp_path / "run"
    outcome = tpc("train", "--data", data, "-o", run, *sizes, "--n-epochs", "1")
    assert outcome.status == 0, outcome.err
    assert "16 rows: text in column 'text', a label for each row in column 'label'" in outcome.err
    assert "warning: 16 rows are few" in outcome.err
    assert "training rows have the text of another and other labels" in outcome.err
    saved = json.loads((run / "config.json").read_text())["text"]
    assert saved["options"]["max_length"] == 72
    assert saved["kind"] == "classification"


def test_long_sentences_are_cut_into_windows() -> None:
    examples = [Example(tuple("abcdefgh"), tuple("ABCDEFGH"), Place("x", 1))]
    splits = {"train": examples, "val": examples * 2, "test": []}
    options = TextOptions(max_length=6, long_rows="window")
    corpus = build_corpus("x", "tagging", splits, options, "space")  # type: ignore[arg-type]
    pad = "<pad>"
    assert corpus.splits.train == (
        (("<s>", *"abcd", "</s>"), (pad, *"ABC", pad, pad)),
        (("<s>", *"cdef", "</s>"), (pad, pad, *"DE", pad, pad)),
        (("<s>", *"efgh", "</s>"), (pad, pad, *"FGH", pad)),
    )
    assert (dict(corpus.cut), corpus.n_given) == ({"train": 1, "val": 2, "test": 0}, 3)
    assert not any(corpus.dropped.values())
