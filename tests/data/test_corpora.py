"""The paper's corpora: rows, vocabularies and classes as upstream has them."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path

import pytest

from tpc.data.corpora import CORPORA, find_corpus
from tpc.data.corpus import Corpus, TextOptions
from tpc.data.text_source import text_source
from tpc.diagnostics import TpcError

FILES = {
    "conll_ner": "conll2003",
    "conll_pos": "conll2003",
    "conll_chunk": "conll2000",
    "trec": "trec",
    "rotten_tomatoes": "rotten_tomatoes",
    "subj": "subj.tsv",
    "ag_news": "ag_news",
}


def load_corpus(
    name: str,
    data: Path | None = None,
    options: TextOptions | None = None,
    tokenizer: str | None = None,
) -> Corpus:
    chosen = dataclasses.asdict(options) if options else {}
    path = None if data is None else str(data)
    return text_source(name, path, tokenizer=tokenizer, options=chosen).load()


@pytest.mark.parametrize("name", ["trec", "conll_ner"])
def test_vocabulary_and_classes_are_those_of_real_runs(shared: Path, name: str) -> None:
    expected = json.loads((shared / "zoo" / name / "expected.json").read_text())
    corpus = load_corpus(name, shared / "data" / FILES[name])
    assert list(corpus.vocabulary) == expected["vocabulary"]
    assert list(corpus.classes) == expected["classes"]
    assert corpus.max_length == expected["max_length"]
    assert len(corpus.splits.val) == expected["accuracy"]["val"]["rows"]
    assert len(corpus.splits.test) == expected["accuracy"]["test"]["rows"]


@pytest.mark.parametrize("name", CORPORA)
def test_every_corpus_loads_from_files(shared: Path, name: str) -> None:
    corpus = load_corpus(name, shared / "data" / FILES[name])
    longest = find_corpus(name).options.max_length
    for split in ("train", "val", "test"):
        rows = corpus.splits.named(split)
        assert len(rows) > 400
        for words, tags in rows:
            assert (words[0], words[-1]) == ("<s>", "</s>")
            assert len(tags) == len(words) <= longest
            scored = [tag for tag in tags if tag != "<pad>"]
            assert len(scored) == (1 if corpus.pooled else len(words) - 2)
            assert set(scored) <= set(corpus.classes) or split != "train"
    assert corpus.classes[:2] == corpus.vocabulary[:2] == ("<pad>", "<unk>")
    assert corpus.max_length == max(len(words) for words, _ in corpus.splits.train)


def test_rows_are_framed_and_framing_is_not_scored(tmp_path: Path) -> None:
    train = "-DOCSTART- -X- -X- O\n\nA DT O O\nEU NNP O B-ORG\n\n\nB DT O O\n"
    (tmp_path / "train.txt").write_text(train)
    (tmp_path / "dev.txt").write_text("B DT O O\n")
    (tmp_path / "test.txt").write_text("1234 CD O O\n")
    corpus = load_corpus("conll_ner", tmp_path)
    assert len(corpus.splits.train) == 2
    assert corpus.splits.train[0] == (("<s>", "A", "EU", "</s>"), ("<pad>", "O", "B-ORG", "<pad>"))
    assert corpus.splits.test == ((("<s>", "@", "</s>"), ("<pad>", "O", "<pad>")),)
    pos = load_corpus("conll_pos", tmp_path)
    assert pos.classes == ("<pad>", "<unk>", "DT", "NNP")


def examples(tmp_path: Path) -> Path:
    lines = ["HUM\tWho is 42 ?", "NUM\tHow many 7 7 7 ?", "HUM\tWho Who Who", "LOC\tWhere"]
    (tmp_path / "train.tsv").write_text("\n".join(lines) + "\n")
    (tmp_path / "val.tsv").write_text(lines[0] + "\n")
    (tmp_path / "test.tsv").write_text(lines[1] + "\n")
    return tmp_path


def test_options_change_the_rows_as_they_say(tmp_path: Path) -> None:
    folder = examples(tmp_path)
    plain = load_corpus("trec", folder)
    assert plain.splits.train[0] == (
        ("<s>", "Who", "is", "42", "?", "</s>"),
        ("HUM", *["<pad>"] * 5),
    )
    assert plain.vocabulary[2:5] == ("<s>", "Who", "</s>")
    assert plain.classes == ("<pad>", "<unk>", "HUM", "LOC", "NUM")
    lower = load_corpus("trec", folder, TextOptions(do_lower=True))
    assert lower.splits.train[0][0][1] == "who"
    digits = load_corpus("trec", folder, TextOptions(replace_numbers=True))
    assert digits.splits.train[1][0] == ("<s>", "How", "many", "@", "@", "@", "?", "</s>")
    small = load_corpus("trec", folder, TextOptions(vocab_size=3))
    assert small.vocabulary == ("<pad>", "<unk>", "<s>", "Who", "</s>")
    everything = load_corpus("trec", folder, TextOptions(vocab_size=None))
    assert everything.vocabulary[2:] == tuple(sorted(everything.vocabulary[2:]))
    window = load_corpus("trec", folder, TextOptions(min_length=3, max_length=5))
    assert [words[1:-1] for words, _ in window.splits.train] == [("Who", "Who", "Who")]
    assert window.dropped == {"train": 3, "val": 1, "test": 1}
    assert window.max_length == 5


def test_the_language_has_the_sentences_of_the_corpus(tmp_path: Path) -> None:
    corpus = load_corpus("trec", examples(tmp_path))
    pattern = corpus.language().alternatives[0]
    assert (pattern[1].least, pattern[1].most) == (1, corpus.max_length - 2)
    assert "<unk>" in pattern[1].slots[0].tokens


def test_raw_text_is_split_as_the_treebank_is(tmp_path: Path) -> None:
    (tmp_path / "one.tsv").write_text('HUM\tDon\'t say "no".\n' * 5)
    corpus = load_corpus("trec", tmp_path / "one.tsv", tokenizer="treebank")
    words = corpus.splits.train[0][0][1:-1]
    assert words == ("Do", "n't", "say", "``", "no", "''", ".")


def test_missing_splits_are_made_as_scikit_learn_makes_them(tmp_path: Path) -> None:
    from sklearn.model_selection import train_test_split

    lines = [f"HUM\tword{index}" for index in range(57)]
    (tmp_path / "train.tsv").write_text("\n".join(lines))
    (tmp_path / "test.tsv").write_text(lines[0])
    corpus = load_corpus("trec", tmp_path)
    train, val = train_test_split(lines, test_size=0.1, random_state=0)
    assert [f"HUM\t{words[1]}" for words, _ in corpus.splits.train] == train
    assert [f"HUM\t{words[1]}" for words, _ in corpus.splits.val] == val
    alone = load_corpus("trec", tmp_path / "train.tsv")
    rows = [row for name in ("train", "val", "test") for row in alone.splits.named(name)]
    assert Counter(words[1] for words, _ in rows) == Counter(f"word{i}" for i in range(57))
    assert [len(alone.splits.named(name)) for name in ("train", "val", "test")] == [45, 6, 6]


@pytest.mark.parametrize(
    ("options", "fragment"),
    [
        (TextOptions(vocab_size=0), "vocabulary size"),
        (TextOptions(min_length=0), "minimum length"),
        (TextOptions(min_length=5, max_length=6), "at most 6"),
        (TextOptions(min_length=20), "none of the 4 training sentences"),
    ],
)
def test_options_out_of_range(tmp_path: Path, options: TextOptions, fragment: str) -> None:
    with pytest.raises(TpcError, match=fragment):
        load_corpus("trec", examples(tmp_path), options)


def test_misspelt_names() -> None:
    with pytest.raises(TpcError) as caught:
        find_corpus("conl_ner")
    assert "conll_ner" in (caught.value.hint or "")


def test_hub_datasets_are_read_by_their_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    tags = datasets.ClassLabel(names=["O", "B-PER", "I-PER"])
    features = datasets.Features(
        {"tokens": datasets.List(datasets.Value("string")), "ner_tags": datasets.List(tags)}
    )
    rows = {"tokens": [["Ann", "Lee", "1999"]] * 20, "ner_tags": [[1, 2, 0]] * 20}
    split = datasets.Dataset.from_dict(rows, features=features)
    asked = []

    def load(name: str, revision: str | None) -> datasets.DatasetDict:
        asked.append((name, revision))
        return datasets.DatasetDict({"train": split, "validation": split, "test": split})

    monkeypatch.setattr(datasets, "load_dataset", load)
    corpus = load_corpus("conll_ner")
    assert asked == [("lhoestq/conll2003", None)]
    assert corpus.splits.val[0] == (
        ("<s>", "Ann", "Lee", "@", "</s>"),
        ("<pad>", "B-PER", "I-PER", "O", "<pad>"),
    )


def test_hub_labels_get_the_names_of_the_authors(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["neg", "pos"])}
    )
    rows = {"text": ["it's bad", "it's good"] * 20, "label": [0, 1] * 20}
    split = datasets.Dataset.from_dict(rows, features=features)
    monkeypatch.setattr(
        datasets, "load_dataset", lambda *_, **__: datasets.DatasetDict(train=split, test=split)
    )
    corpus = load_corpus("rotten_tomatoes")
    assert corpus.classes == ("<pad>", "<unk>", "Negative", "Positive")
    assert corpus.splits.test[0][0] == ("<s>", "it", "'s", "bad", "</s>")
    assert len(corpus.splits.val) == 4


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    def load(*_: object, **__: object) -> None:
        raise RuntimeError("Dataset scripts are no longer supported, but found conll2003.py")

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(TpcError, match="no longer supported") as caught:
        load_corpus("conll_ner")
    assert "--data" in (caught.value.hint or "")
