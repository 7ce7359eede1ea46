"""What columns and kinds are recognised, where nothing is guessed, and what is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tpc.data.recognition import Recognition
from tpc.data.text_source import TextSource, text_source
from tpc.diagnostics import TpcError

N_ROWS = 40


def _sentences() -> list[list[str]]:
    stream = random.Random(0)
    return [stream.choices(list("abcdefg"), k=stream.randint(2, 6)) for _ in range(N_ROWS)]


SENTENCES = _sentences()
TAGS = [["in" if word in "ab" else "out" for word in words] for words in SENTENCES]
CLASSES = ["yes" if "a" in words else "no" for words in SENTENCES]


def rows_of(**columns: Any) -> list[dict[str, object]]:
    """Rows with these columns, each a list of values or one value for all."""
    return [
        {
            name: values[index] if isinstance(values, list) else values
            for name, values in columns.items()
        }
        for index in range(N_ROWS)
    ]


TEXTS = [" ".join(words) for words in SENTENCES]
TAG_TEXTS = [" ".join(tags) for tags in TAGS]
NUMBERS = [str(index) for index in range(N_ROWS)]


def write(path: Path, rows: list[Any]) -> str:
    """Rows in the format of the file's suffix; a table's first row names the columns."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        mark = {".csv": ",", ".tsv": "\t"}[path.suffix]
        lines = [list(rows[0]), *(row.values() for row in rows)]
        path.write_text("".join(mark.join(map(str, line)) + "\n" for line in lines))
    return str(path)


def recognised(source: TextSource) -> tuple[str, str, str]:
    assert isinstance(source.recognised, Recognition)
    assert source.kind == source.recognised.kind
    return source.recognised.kind, source.recognised.text, source.recognised.label


def read_back(source: TextSource) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """All rows, without framing and without labels that are not scored."""
    corpus = source.load()
    return sorted(
        (words[1:-1], tuple(tag for tag in tags if tag != "<pad>"))
        for name in ("train", "val", "test")
        for words, tags in corpus.splits.named(name)  # type: ignore[arg-type]
    )


TAGGED = sorted((tuple(words), tuple(tags)) for words, tags in zip(SENTENCES, TAGS, strict=True))
CLASSED = sorted((tuple(words), (name,)) for words, name in zip(SENTENCES, CLASSES, strict=True))

TAGGING: list[tuple[str, list[Any], tuple[str, str]]] = [
    ("x.jsonl", rows_of(tokens=SENTENCES, labels=TAGS), ("tokens", "labels")),
    ("x.jsonl", rows_of(Words=SENTENCES, NER_tags=TAGS), ("Words", "NER_tags")),
    ("x.jsonl", rows_of(id=NUMBERS, tags=TAGS, text=SENTENCES), ("text", "tags")),
    ("x.jsonl", [list(row) for row in zip(SENTENCES, TAGS, strict=True)], ("tokens", "tags")),
    ("x.jsonl", rows_of(letters=SENTENCES, marks=TAGS), ("letters", "marks")),
    ("x.jsonl", rows_of(labels=TAG_TEXTS, letters=TEXTS), ("letters", "labels")),
    ("x.csv", rows_of(text=TEXTS, tags=TAG_TEXTS), ("text", "tags")),
    ("x.csv", rows_of(number=NUMBERS, letters=TEXTS, marks=TAG_TEXTS), ("letters", "marks")),
    ("x.tsv", rows_of(input=TEXTS, output=TAG_TEXTS), ("input", "output")),
    ("x.tsv", rows_of(words=TEXTS, label=CLASSES, tagged=TAG_TEXTS), ("words", "tagged")),
]
CLASSIFICATION: list[tuple[str, list[Any], tuple[str, str]]] = [
    ("x.jsonl", rows_of(text=TEXTS, label=CLASSES), ("text", "label")),
    ("x.jsonl", rows_of(LABEL=CLASSES, Sentence=TEXTS), ("Sentence", "LABEL")),
    ("x.jsonl", rows_of(tokens=SENTENCES, labels=CLASSES), ("tokens", "labels")),
    ("x.jsonl", [list(row) for row in zip(SENTENCES, CLASSES, strict=True)], ("tokens", "tags")),
    ("x.jsonl", rows_of(id=NUMBERS, said=TEXTS, mood=CLASSES), ("said", "mood")),
    ("x.jsonl", rows_of(mood=CLASSES, said=TEXTS, when=3.5), ("said", "mood")),
    ("x.csv", rows_of(number=NUMBERS, said=TEXTS, mood=CLASSES), ("said", "mood")),
    ("x.csv", rows_of(category=CLASSES, said=TEXTS), ("said", "category")),
    ("x.tsv", rows_of(mood=CLASSES, said=TEXTS), ("said", "mood")),
    ("x.tsv", rows_of(x=TEXTS, y=CLASSES), ("x", "y")),
]


@pytest.mark.parametrize(("name", "rows", "columns"), TAGGING)
def test_labels_of_words(
    tmp_path: Path, name: str, rows: list[Any], columns: tuple[str, str]
) -> None:
    given = {"kind": "tagging"} if columns == ("words", "tagged") else {}
    path = write(tmp_path / name, rows)
    if given:
        given |= {"label_column": "tagged"}
    source = text_source(None, path, **given, options={})  # type: ignore[arg-type]
    assert recognised(source) == ("tagging", *columns)
    assert read_back(source) == TAGGED


@pytest.mark.parametrize(("name", "rows", "columns"), CLASSIFICATION)
def test_labels_of_rows(
    tmp_path: Path, name: str, rows: list[Any], columns: tuple[str, str]
) -> None:
    source = text_source(None, write(tmp_path / name, rows), options={})
    assert recognised(source) == ("classification", *columns)
    assert read_back(source) == CLASSED


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
@pytest.mark.parametrize("labels", [CLASSES, TAG_TEXTS])
def test_tables_without_a_heading_keep_their_first_row(
    tmp_path: Path, suffix: str, labels: list[str]
) -> None:
    path = tmp_path / f"x{suffix}"
    mark = {".csv": ",", ".tsv": "\t"}[suffix]
    path.write_text("".join(f"{a}{mark}{b}\n" for a, b in zip(TEXTS, labels, strict=True)))
    source = text_source(None, str(path), options={})
    assert recognised(source)[1:] == ("1", "2")
    assert TextSource.from_json(source.to_json(), "config.json").load() == source.load()
    assert read_back(source) == (CLASSED if labels is CLASSES else TAGGED)


def test_labels_before_texts_without_a_heading(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("".join(f"{b}\t{a}\n" for a, b in zip(TEXTS, CLASSES, strict=True)))
    source = text_source(None, str(path), options={})
    assert recognised(source) == ("classification", "2", "1")
    assert read_back(source) == CLASSED


@pytest.mark.parametrize("between", ["O ", ""])
def test_conll_columns(tmp_path: Path, between: str) -> None:
    path = tmp_path / "x.conll"
    path.write_text(
        "\n".join(
            "".join(f"{word} {between}{tag}\n" for word, tag in zip(words, tags, strict=True))
            for words, tags in zip(SENTENCES, TAGS, strict=True)
        )
    )
    source = text_source(None, str(path), options={})
    assert recognised(source) == ("tagging", "1", "3" if between else "2")
    assert (source.text_column, source.label_column) == (None, None)
    assert read_back(source) == TAGGED


def test_booleans_and_whole_numbers_are_labels(tmp_path: Path) -> None:
    for values, names in (([True, False], ("false", "true")), ([3, 10], ("10", "3"))):
        rows = rows_of(text=TEXTS, label=[values[index % 2] for index in range(N_ROWS)])
        source = text_source(None, write(tmp_path / "x.jsonl", rows), options={})
        assert source.load().classes[2:] == names


def test_what_is_given_is_taken(tmp_path: Path) -> None:
    rows = rows_of(title=TEXTS, body=TEXTS, one=CLASSES, other=TAGS)
    path = write(tmp_path / "x.jsonl", rows)
    given = {"text_column": "title,body", "label_column": "one"}
    source = text_source(None, path, **given, options={})  # type: ignore[arg-type]
    assert recognised(source) == ("classification", "title,body", "one")
    given = {"text_column": "Title", "label_column": "OTHER"}
    source = text_source(None, path, **given, options={})  # type: ignore[arg-type]
    assert recognised(source) == ("tagging", "title", "other")
    assert read_back(source) == TAGGED


def test_columns_with_usual_names_are_not_remembered(tmp_path: Path) -> None:
    """So that files of other splits may have another of these names."""
    path = write(tmp_path / "train.jsonl", rows_of(text=TEXTS, label=CLASSES))
    test = tmp_path / "test.csv"
    write(test, rows_of(Class=CLASSES, sentence=TEXTS))
    source = text_source(None, path, test=test, options={})
    assert (source.text_column, source.label_column) == (None, None)
    assert "recognised" not in source.to_json()
    assert len(source.load().splits.test) == N_ROWS


FLOATS = [index / 7 for index in range(N_ROWS)]
WEIGHTS = [[1 + index / 7 for _ in words] for index, words in enumerate(SENTENCES)]
MANY = [["x", "y"][: 1 + index % 2] for index in range(N_ROWS)]
LONG = [[*words, "h"] for words in SENTENCES]

REFUSED: list[tuple[str, list[Any], dict[str, str], tuple[str, ...]]] = [
    (
        "x.jsonl",
        rows_of(text=TEXTS, label=CLASSES, labels=CLASSES),
        {},
        ("which column has the label: label, labels", "--label-column"),
    ),
    (
        "x.jsonl",
        rows_of(tokens=SENTENCES, pos_tags=TAGS, ner_tags=TAGS),
        {},
        ("which column has the label: pos_tags, ner_tags", "--label-column"),
    ),
    (
        "x.csv",
        rows_of(title=TEXTS, story=TEXTS[::-1], label=CLASSES),
        {},
        ("which column has the text: title, story", "--text-column"),
    ),
    (
        "x.csv",
        rows_of(
            text=TEXTS, toxic=[i % 2 for i in range(N_ROWS)], rude=[i % 3 for i in range(N_ROWS)]
        ),
        {},
        ("which column has the label: toxic, rude", "--label-column"),
    ),
    (
        "x.jsonl",
        rows_of(moves=TAGS, letters=SENTENCES),
        {},
        ("which column has the text: moves, letters", "--text-column"),
    ),
    ("x.jsonl", rows_of(text=TEXTS), {}, ("which column has the label", "columns are: text")),
    ("x.jsonl", rows_of(a=3, b=4), {}, ("which column has the text: a, b",)),
    ("x.jsonl", rows_of(text=TEXTS, label=FLOATS), {}, ("40 different numbers", "low, middle")),
    ("x.csv", rows_of(text=TEXTS, score=FLOATS), {}, ("column 'score'", "from 0 to 5.57143")),
    ("x.csv", rows_of(text=TEXTS, score=FLOATS), {"kind": "classification"}, ("quantities",)),
    (
        "x.jsonl",
        rows_of(tokens=SENTENCES, weights=WEIGHTS),
        {},
        ("different numbers, from 1 to", "a class for each range"),
    ),
    ("x.jsonl", rows_of(text=LONG, topics=MANY), {}, ("'topics' has ['x'] for one", "yes and no")),
    ("x.jsonl", rows_of(text=LONG, topics=MANY), {"kind": "classification"}, ("one label",)),
    (
        "x.jsonl",
        rows_of(tokens=SENTENCES, tags=TAGS),
        {"kind": "classification"},
        ("a label for each word, which is tagging", "--kind"),
    ),
    ("x.jsonl", rows_of(text=TEXTS, label=CLASSES), {"label_column": "lable"}, ("mean label",)),
    ("x.jsonl", rows_of(text=TEXTS, label=CLASSES), {"text_column": "txt"}, ("no column 'txt'",)),
    ("x.jsonl", [], {}, ("x.jsonl has no training rows",)),
]


@pytest.mark.parametrize(("name", "rows", "given", "fragments"), REFUSED)
def test_what_is_refused(
    tmp_path: Path, name: str, rows: list[Any], given: dict[str, str], fragments: tuple[str, ...]
) -> None:
    path = write(tmp_path / name, rows)
    with pytest.raises(TpcError) as caught:
        text_source(None, path, **given, options={})  # type: ignore[arg-type]
    message = caught.value.render()
    assert name in message
    for fragment in fragments:
        assert fragment in message


def test_a_label_for_most_rows_of_their_own_is_none(tmp_path: Path) -> None:
    rows = [
        {"input": f"say {index} again", "output": f"a text {index}" + " more" * (index % 3)}
        for index in range(200)
    ]
    path = write(tmp_path / "x.jsonl", rows)
    with pytest.raises(TpcError, match="200 different values in 200 rows"):
        text_source(None, path, options={})
    assert text_source(None, path, label_column="output", options={}).kind == "classification"


def test_several_labels_of_a_word_are_refused_where_they_stand(tmp_path: Path) -> None:
    rows = rows_of(tokens=SENTENCES, tags=TAGS)
    rows[7]["tags"] = [[tag, "x"] for tag in TAGS[7]]
    source = text_source(None, write(tmp_path / "x.jsonl", rows), options={})
    with pytest.raises(TpcError, match=r"line 8, column 'tags': .* is not a label") as caught:
        source.load()
    assert "one label" in str(caught.value.hint)


def test_a_quantity_among_labels_is_refused_where_it_stands(tmp_path: Path) -> None:
    rows = rows_of(text=TEXTS, label=CLASSES)
    rows[4]["label"] = 0.5
    source = text_source(None, write(tmp_path / "x.jsonl", rows), options={})
    with pytest.raises(TpcError, match=r"line 5, column 'label': 0\.5 is not a label") as caught:
        source.load()
    assert "quantities" in str(caught.value.hint)


def test_lines_that_are_rows_are_no_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("good film\tpos\nbad film\tneg\n")
    with pytest.raises(TpcError, match="one sentence of 2 words") as caught:
        text_source(None, str(path), options={})
    assert "name the file .tsv" in str(caught.value.hint)


def test_folders_of_splits_and_saved_datasets(tmp_path: Path) -> None:
    import datasets

    folder = tmp_path / "mine"
    folder.mkdir()
    rows = rows_of(mood=CLASSES, said=TEXTS)
    for split in ("train", "dev", "test"):
        write(folder / f"{split}.csv", rows)
    split = datasets.Dataset.from_list(rows)
    datasets.DatasetDict(train=split, test=split).save_to_disk(str(tmp_path / "saved"))
    for name in ("mine", "saved"):
        source = text_source(None, str(tmp_path / name), options={})
        assert recognised(source) == ("classification", "said", "mood")
        assert len(source.load().splits.test) == N_ROWS


def test_rows_that_name_their_columns_otherwise_are_refused(tmp_path: Path) -> None:
    """What is said of the first row's columns is so of all rows."""
    path = tmp_path / "rows.jsonl"
    rows = [{"token": ["a", "b", "c"], "tag": ["x", "y", "x"]} for _ in range(30)]
    rows[17] = {"tokens": ["a", "b", "c"], "tag": ["x", "y", "x"]}
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    for said in ({}, {"text_column": "token", "label_column": "tag", "kind": "tagging"}):
        with pytest.raises(TpcError, match=r"(?s)line 18: there is no column 'token'.*tokens, tag"):
            text_source(None, str(path), options={}, **said).load()  # type: ignore[arg-type]
