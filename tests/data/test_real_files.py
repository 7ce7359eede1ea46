"""Files as people have them: each was read wrongly once, or refused without a reason."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tpc.data.examples import Columns, Example, Kind, read_examples
from tpc.data.records import read_records
from tpc.data.vectors import initial_vectors, read_vectors
from tpc.diagnostics import TpcError
from tpc.evaluation.rows import read_pairs


def examples(
    path: Path, content: str | bytes, kind: Kind = "tagging", **columns: str
) -> list[Example]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    asked = Columns(kind, columns.get("text"), columns.get("label"), "space")
    return list(read_examples(read_records(path, asked.asked), asked))


def shown(found: list[Example]) -> list[str]:
    """`word/label word/label` for each sentence."""
    return [
        " ".join(f"{word}/{label}" for word, label in zip(row.words, row.labels, strict=True))
        for row in found
    ]


@pytest.mark.parametrize(
    "text",
    [
        "-DOCSTART- -X- O O\n\nAnn N x P\nran V x O\n\nBob N x P\n",
        "-DOCSTART- -X- O O\nAnn N x P\nran V x O\n\nBob N x P\n",
        "Ann N x P\nran V x O\n-DOCSTART- -X- O O\n\nBob N x P\n",
        "-DOCSTART-\n\nAnn N x P\nran V x O\n\nBob N x P\n-DOCSTART-\n",
        "Ann N x P\rran V x O\r\rBob N x P\r",
        "Ann N x P\r\nran V x O\r\n\r\nBob N x P\r\n",
        "\ufeffAnn N x P\nran V x O\n\nBob N x P",
        "Ann\tN\tx\tP\nran\tV\tx\tO\n\nBob\tN\tx\tP\n",
    ],
)
def test_marks_of_documents_and_ends_of_lines(tmp_path: Path, text: str) -> None:
    assert shown(examples(tmp_path / "a.conll", text)) == ["Ann/P ran/O", "Bob/P"]


def test_tabs_separate_where_there_are_tabs(tmp_path: Path) -> None:
    found = examples(tmp_path / "a.conll", "New York\tB-LOC\nis there\tO\n\na b\tO\n")
    assert shown(found) == ["New York/B-LOC is there/O", "a b/O"]


def test_empty_fields_keep_their_place(tmp_path: Path) -> None:
    found = examples(tmp_path / "a.conll", "Ann\t\tB-P\nran\tV\tO\n")
    assert shown(found) == ["Ann/B-P ran/O"]


CONLL_U = """\
# sent_id = 1
# text = don't go
1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_
1\tdo\tdo\tAUX\t_\t_\t3\taux\t_\t_
2\tn't\tnot\tPART\t_\t_\t3\tadvmod\t_\t_
3\tgo\tgo\tVERB\t_\t_\t0\troot\t_\t_
3.1\tgone\tgo\tVERB\t_\t_\t_\t_\t_\t_

# sent_id = 2
1\t#\t#\tSYM\t_\t_\t0\troot\t_\t_
"""


def test_conll_u(tmp_path: Path) -> None:
    found = examples(tmp_path / "a.conllu", CONLL_U)
    assert shown(found) == ["do/AUX n't/PART go/VERB", "#/SYM"]
    found = examples(tmp_path / "a.conllu", CONLL_U, text="form", label="deprel")
    assert shown(found)[0] == "do/aux n't/advmod go/root"


def test_a_hash_is_a_word_elsewhere(tmp_path: Path) -> None:
    assert shown(examples(tmp_path / "a.conll", "# O\n1 O\n")) == ["#/O 1/O"]


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ("['Ann', 'ran']", "['P', 'O']"),
        ("['Ann' 'ran']", "['P' 'O']"),
        ("['Ann'\n 'ran']", "['P' 'O']"),
        ("[\"Ann\", 'ran']", "P O"),
    ],
)
def test_lists_that_a_table_has_as_text(tmp_path: Path, words: str, tags: str) -> None:
    text = f'tokens,tags\n"{words.replace(chr(34), chr(34) * 2)}","{tags}"\n'
    assert shown(examples(tmp_path / "a.csv", text)) == ["Ann/P ran/O"]


def test_lists_of_numbers_are_tags_and_brackets_are_words(tmp_path: Path) -> None:
    text = 'tokens,tags\n"[laughs] 3","[1 0]"\n'
    assert shown(examples(tmp_path / "a.csv", text)) == ["[laughs]/1 3/0"]


def test_an_array_of_objects(tmp_path: Path) -> None:
    rows = [{"tokens": ["Ann"], "tags": ["P"]}, {"tokens": ["no"], "tags": ["O"]}]
    for indent in (None, 2):
        text = json.dumps(rows, indent=indent)
        assert shown(examples(tmp_path / "a.json", text)) == ["Ann/P", "no/O"]
    with pytest.raises(TpcError, match="element 2"):
        examples(tmp_path / "a.json", json.dumps([rows[0], 3]))
    with pytest.raises(TpcError, match="line 1"):
        examples(tmp_path / "a.json", json.dumps(rows)[:-1])


def test_a_word_a_row(tmp_path: Path) -> None:
    text = "Sentence #,Word,POS,Tag\nSentence: 1,Ann,N,B-P\n,ran,V,O\nSentence: 2,Bob,N,B-P\n"
    assert shown(examples(tmp_path / "a.csv", text)) == ["Ann/B-P ran/O", "Bob/B-P"]
    text = "sentence_id,word,tag\n0,Ann,P\n0,ran,O\n1,Bob,P\n"
    assert shown(examples(tmp_path / "a.csv", text)) == ["Ann/P ran/O", "Bob/P"]


def test_columns_that_are_called_by_digits(tmp_path: Path) -> None:
    text = "0,1,2\nx,good,yes\ny,bad,no\n"
    found = examples(tmp_path / "a.csv", text, "classification", text="1", label="2")
    assert shown(found) == ["good/yes", "bad/no"]
    found = examples(
        tmp_path / "b.csv", "good,yes\nbad,no\n", "classification", text="1", label="2"
    )
    assert shown(found) == ["good/yes", "bad/no"]
    with pytest.raises(TpcError, match="not clear which column"):
        examples(tmp_path / "a.csv", text, "classification")


def test_names_of_columns_in_capitals(tmp_path: Path) -> None:
    text = "Text,Label\ngood,yes\n"
    assert shown(examples(tmp_path / "a.csv", text, "classification")) == ["good/yes"]
    found = examples(tmp_path / "a.csv", text, "classification", text="TEXT", label="label")
    assert shown(found) == ["good/yes"]


def test_columns_are_joined(tmp_path: Path) -> None:
    text = "title,body,label\nStocks,fall again,business\n"
    (found,) = examples(
        tmp_path / "a.csv", text, "classification", text="title,body", label="label"
    )
    assert found.words == ("Stocks", "fall", "again")


def test_a_field_of_many_characters(tmp_path: Path) -> None:
    text = f"text,label\n{'word ' * 40_000},x\n"
    (found,) = examples(tmp_path / "a.csv", text, "classification")
    assert len(found.words) == 40_000


def test_the_limit_of_fields_is_as_it_was_for_everybody_else(tmp_path: Path) -> None:
    path, before = tmp_path / "a.csv", csv.field_size_limit()
    path.write_text(f"text,label\n{'word ' * 40_000},x\nb,y\n")
    for _ in read_records(path):
        assert csv.field_size_limit() == before
    path.write_text('text,label\n"a,x\n')
    with pytest.raises(TpcError, match="not CSV"):
        list(read_records(path))
    assert csv.field_size_limit() == before


def test_characters_that_other_readers_take_for_ends_of_lines(tmp_path: Path) -> None:
    line = json.dumps([["a\u2028b", "c\x85d"], ["x", "y"]], ensure_ascii=False)
    (found,) = examples(tmp_path / "a.jsonl", "\ufeff" + line + "\n")
    assert found.words == ("a\u2028b", "c\x85d")
    assert read_pairs(tmp_path / "a.jsonl") == [(found.words, found.labels)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv", "a.conll"])
def test_utf_16_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(TpcError, match=r"NUL|not UTF-8"):
        examples(tmp_path / name, "text,label\ngood,x\n".encode("utf-16-le"), "classification")


def vectors(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_vectors(tmp_path: Path) -> None:
    path = vectors(tmp_path / "v.txt", "\ufeffthe 0.5 1\nchapter 7 0.25 0.5\nbob -1.5 2\n")
    assert set(read_vectors(path, ["the", "chapter 7", "bob"])) == {"the", "chapter 7", "bob"}
    path = vectors(tmp_path / "w.txt", "2 2\nNew York 1 2\nold 3 4\n")
    assert read_vectors(path, ["New York"])["New York"].tolist() == [1, 2]


def test_vectors_in_lower_case(tmp_path: Path) -> None:
    path = vectors(tmp_path / "v.txt", "bob 1 2\nBob 3 4\nann 5 6\n")
    found = initial_vectors(path, ["Bob", "Ann", "none"], 2, 0)
    assert found.matrix[:2].tolist() == [[3, 4], [5, 6]]
    assert found.found == 2
