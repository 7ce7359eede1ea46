"""A user's own data: every format, given and made splits, and everything that can be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from tpc.data.corpus import Corpus, TextOptions
from tpc.data.examples import Columns
from tpc.data.splits import SPLIT_NAMES
from tpc.data.text_source import TextSource, task_name, text_source
from tpc.diagnostics import TpcError

TAGGING = Columns("tagging", tokenizer="space")
CLASSES = Columns("classification")
ROWS = [("Ann sees Bob", "B-P O B-P"), ("no one", "O O"), ("Bob", "B-P")] * 10


def load_own_corpus(
    data: str,
    columns: Columns,
    options: TextOptions | None = None,
    *,
    val: Path | None = None,
    test: Path | None = None,
) -> Corpus:
    files = [None if path is None else str(path) for path in (val, test)]
    chosen = options or TextOptions()
    kind, split, names = columns.kind, columns.tokenizer, (columns.text, columns.label)
    return TextSource(task_name(data), kind, split, chosen, data, *files, *names).load()


def write(path: Path, text: str | bytes) -> str:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def jsonl(rows: list[object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def tagged_files(folder: Path) -> list[tuple[str, Columns]]:
    """The same rows in every format."""
    import pyarrow as pa
    from pyarrow import parquet

    pairs = [(words.split(), tags.split()) for words, tags in ROWS]
    objects = [{"tokens": words, "tags": tags} for words, tags in pairs]
    sentences = [
        "".join(f"{word} {tag}\n" for word, tag in zip(words, tags, strict=True))
        for words, tags in pairs
    ]
    table = "".join(f"{words}\t{tags}\n" for words, tags in ROWS)
    parquet.write_table(pa.Table.from_pylist(objects), folder / "f.parquet")
    named = Columns("tagging", "said", "meant", "space")
    return [
        (write(folder / "a.jsonl", jsonl(list(objects))), TAGGING),
        (write(folder / "b.jsonl", jsonl(list(pairs))), TAGGING),
        (write(folder / "c.conll", "\n".join(sentences)), TAGGING),
        (write(folder / "d.tsv", "said\tmeant\n" + table), named),
        (write(folder / "e.csv", "meant,said\n" + swapped(ROWS)), named),
        (write(folder / "g.tsv", table), Columns("tagging", "1", "2", "space")),
        (str(folder / "f.parquet"), TAGGING),
    ]


def swapped(rows: list[tuple[str, str]]) -> str:
    return "".join(f'"{tags}","{words}"\n' for words, tags in rows)


def test_every_format_gives_the_same_corpus(tmp_path: Path) -> None:
    corpora = [load_own_corpus(path, columns) for path, columns in tagged_files(tmp_path)]
    assert corpora[0].classes == ("<pad>", "<unk>", "B-P", "O")
    assert [len(corpora[0].splits.named(name)) for name in ("train", "val", "test")] == [24, 3, 3]
    for corpus in corpora[1:]:
        assert corpus.splits == corpora[0].splits
        assert corpus.vocabulary == corpora[0].vocabulary


def test_datasets_saved_on_disk_and_local_folders(tmp_path: Path) -> None:
    import datasets

    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])}
    )
    rows = {"text": ["don't", "do"] * 10, "label": [0, 1] * 10}
    split = datasets.Dataset.from_dict(rows, features=features)
    datasets.DatasetDict(train=split, test=split).save_to_disk(str(tmp_path / "saved"))
    (tmp_path / "folder").mkdir()
    split.to_parquet(str(tmp_path / "folder" / "train-00.parquet"))
    split.to_parquet(str(tmp_path / "folder" / "test-00.parquet"))
    for name in ("saved", "folder"):
        corpus = load_own_corpus(str(tmp_path / name), CLASSES)
        assert corpus.task == name
        assert corpus.classes == ("<pad>", "<unk>", "no", "yes")
        assert corpus.splits.test[0] == (("<s>", "do", "n't", "</s>"), ("no", *["<pad>"] * 3))
        assert len(corpus.splits.val) == 2


def test_given_splits_are_kept(tmp_path: Path) -> None:
    train = write(tmp_path / "train.jsonl", jsonl([{"text": "a b", "label": "x"}] * 5))
    val = Path(write(tmp_path / "dev.jsonl", jsonl([{"text": "b", "label": "x"}])))
    test = Path(write(tmp_path / "test.csv", "label,text\nx,c d\n"))
    by_file = load_own_corpus(train, CLASSES, val=val, test=test)
    assert by_file.splits.val[0][0] == ("<s>", "b", "</s>")
    assert by_file.splits.test[0][0] == ("<s>", "c", "d", "</s>")
    assert len(by_file.splits.train) == 5
    assert load_own_corpus(str(tmp_path), CLASSES).splits == by_file.splits


def test_integer_labels_and_words_outside_the_vocabulary(tmp_path: Path) -> None:
    rows = [{"sentence": f"w{index % 3}", "label": index % 2} for index in range(20)]
    corpus = load_own_corpus(
        write(tmp_path / "x.jsonl", jsonl(list(rows))), CLASSES, TextOptions(vocab_size=3)
    )
    assert corpus.classes == ("<pad>", "<unk>", "0", "1")
    assert len(corpus.vocabulary) == 5


def test_names_of_tasks(tmp_path: Path) -> None:
    (tmp_path / "My reviews").mkdir()
    train = write(tmp_path / "My reviews" / "train.jsonl", "")
    assert task_name(train) == "my_reviews"
    assert task_name("owner/some-set") == "some_set"
    assert task_name(write(tmp_path / "2024.csv", "")) == "data_2024"


@pytest.mark.parametrize("name", ["trec", "conll_ner", "sort", "TREC"])
def test_data_called_like_a_corpus_are_still_the_users(name: str, tmp_path: Path) -> None:
    """Lines `label TAB text` have no header in the corpus: here the first one names columns."""
    folder = tmp_path / name
    folder.mkdir()
    rows = "".join(f"{n}\tword {n}\n" for n in range(20))
    write(folder / "train.tsv", f"label\ttext\n{rows}")
    source = text_source(None, str(folder), options={})
    assert source.task == f"data_{name.lower()}"
    corpus = source.load()
    assert sum(len(corpus.splits.named(split)) for split in SPLIT_NAMES) == 20


GOOD = {"text": "fine words", "label": "x"}

BAD: list[tuple[str, str | bytes, Columns, tuple[str, ...]]] = [
    ("x.jsonl", jsonl([GOOD]) + '{"text": \n', CLASSES, ("x.jsonl, line 2", "not JSON")),
    ("x.jsonl", jsonl([GOOD]) + "3\n", CLASSES, ("line 2", "not a row")),
    ("x.jsonl", jsonl([GOOD]) + "[" * 100_000, CLASSES, ("line 2", "nested")),
    ("x.jsonl", jsonl([GOOD, {"text": "", "label": "x"}]), CLASSES, ("line 2", "'text'")),
    ("x.jsonl", jsonl([GOOD, {"text": 3, "label": "x"}]), CLASSES, ("'text'", "3 is neither")),
    ("x.jsonl", jsonl([GOOD, {"text": "a", "label": None}]), CLASSES, ("'label'", "None is no")),
    ("x.jsonl", jsonl([GOOD, {"text": "a", "label": " "}]), CLASSES, ("'label'", "missing")),
    ("x.jsonl", jsonl([GOOD, {"text": "a"}]), CLASSES, ("line 2", "the columns are: text")),
    ("x.jsonl", jsonl([GOOD]) + "\n" + jsonl([GOOD]), CLASSES, ("line 2", "empty")),
    ("x.jsonl", jsonl([{"text": ["<pad>"], "label": "x"}]), CLASSES, ("line 1", "<pad>")),
    ("x.jsonl", '{"text": "\\ud800", "label": "x"}\n', CLASSES, ("line 1", "surrogate")),
    ("x.jsonl", jsonl([GOOD]).encode() + b"\xff\n", CLASSES, ("x.jsonl:2:1", "not UTF-8", "0xff")),
    ("x.jsonl", "", CLASSES, ("no training rows",)),
    ("x.jsonl", jsonl([GOOD]), CLASSES, ("1 rows, too few",)),
    ("x.jsonl", jsonl([[["a", "b"], ["O"]]]), TAGGING, ("1 tags for 2 words", "'tags'")),
    ("x.jsonl", jsonl([{"tokens": ["a"], "tags": 3}]), TAGGING, ("'tags'", "3 is not a list")),
    ("x.jsonl", jsonl([{"tokens": ["a"], "tags": [None]}]), TAGGING, ("None is not a label",)),
    ("x.jsonl", jsonl([GOOD]), Columns("classification", "txet"), ("'txet'", "did you mean text")),
    ("x.csv", "text,label\na b,x\n,x\n", CLASSES, ("x.csv, line 3", "'text'", "no words")),
    ("x.csv", "text,label\na b\n", CLASSES, ("line 2", "1 fields")),
    ("x.csv", "text,text\na,b\n", CLASSES, ("line 1", "'text' twice")),
    ("x.csv", 'text,label\n"a\nb",x\n"c', CLASSES, ("line 4", "not CSV")),
    ("x.csv", 'text,label\n"a\nb",x\nc d e\n', CLASSES, ("line 4", "1 fields")),
    ("x.csv", "text,label\na,x\n\nb,x\n", CLASSES, ("line 3", "empty")),
    ("x.csv", b"text,label\nna\xefve,x\n", CLASSES, ("x.csv:2:3", "not UTF-8")),
    ("x.tsv", "text\tlabel\na\tb\tc\n", CLASSES, ("line 2", "3 fields")),
    ("x.conll", "a O\nb O O\n", TAGGING, ("line 2", "3 columns")),
    ("x.conll", "a O\n", Columns("tagging", "1", "3"), ("line 1", "no column '3'")),
    ("x.parquet", b"PAR1 not", CLASSES, ("not a Parquet",)),
    ("x.xlsx", "a", CLASSES, ("'.xlsx' are not read", ".jsonl")),
]


@pytest.mark.parametrize(("name", "content", "columns", "fragments"), BAD)
def test_what_does_not_fit_is_named(
    tmp_path: Path, name: str, content: str | bytes, columns: Columns, fragments: tuple[str, ...]
) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(TpcError) as caught:
        load_own_corpus(path, columns)
    message = caught.value.render()
    assert name in message
    for fragment in fragments:
        assert fragment in message


def test_one_bad_row_of_fifty_thousand(tmp_path: Path) -> None:
    rows: list[object] = [{"text": f"word{i % 999} here", "label": i % 3} for i in range(50_000)]
    path, spaced = tmp_path / "train.jsonl", Columns("classification", tokenizer="space")
    good = load_own_corpus(write(path, jsonl(rows)), spaced)
    assert sum(len(good.splits.named(name)) for name in ("train", "val", "test")) == 50_000
    rows[31_415] = {"text": "word", "label": {"no": "label"}}
    with pytest.raises(TpcError, match="line 31416, column 'label'"):
        load_own_corpus(write(path, jsonl(rows)), spaced)


def test_labels_that_differ_between_splits(tmp_path: Path) -> None:
    train = write(tmp_path / "train.jsonl", jsonl([[["a", "b"], ["B-PER", "O"]]] * 5))
    write(tmp_path / "test.jsonl", jsonl([[["a"], ["O"]], [["a"], ["B-PRE"]]]))
    with pytest.raises(TpcError, match=r"test\.jsonl, line 2: a tag here is 'B-PRE'") as caught:
        load_own_corpus(str(tmp_path), TAGGING)
    assert "did you mean B-PER" in (caught.value.hint or "")
    # Made splits can put a rare label into one split only, and nobody is to blame.
    rows = [[["a"], [f"T{index}"]] for index in range(30)]
    assert load_own_corpus(write(Path(train), jsonl(list(rows))), TAGGING).classes


def test_folders_and_names_that_do_not_work(tmp_path: Path) -> None:
    for path, fragment in (
        (str(tmp_path / "none.jsonl"), "no such file"),
        (str(tmp_path), "no training file"),
    ):
        with pytest.raises(TpcError, match=fragment):
            load_own_corpus(path, CLASSES)
    write(tmp_path / "train.csv", "")
    write(tmp_path / "train.tsv", "")
    with pytest.raises(TpcError, match="two files for the split train"):
        load_own_corpus(str(tmp_path), CLASSES)
    with pytest.raises(TpcError, match="is not a file"):
        load_own_corpus(str(tmp_path), CLASSES, val=tmp_path / "train.csv")


def test_parquet_whose_rows_cannot_be_counted(tmp_path: Path) -> None:
    """Reading the rows would end the process from within the library."""
    import pyarrow as pa
    from pyarrow import parquet

    from tpc.data.records.arrow import _require_consistent, parquet_records

    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({}), path)
    with pytest.raises(TpcError, match="no columns"):
        list(parquet_records(path))
    parquet.write_table(pa.table({"text": ["a"]}), path)
    with parquet.ParquetFile(path) as table:
        _require_consistent(table.metadata, path)
        for rows in (-1, 2):
            said = SimpleNamespace(
                num_columns=1,
                num_rows=1,
                num_row_groups=1,
                row_group=lambda _, rows=rows: SimpleNamespace(num_rows=rows),
            )
            with pytest.raises(TpcError, match="damaged"):
                _require_consistent(said, path)


def test_windows_of_sentences_with_one_label(tmp_path: Path) -> None:
    data = write(tmp_path / "x.jsonl", jsonl([["a b", "x"], ["b", "y"]]))
    with pytest.raises(TpcError, match="says nothing of its windows"):
        text_source(None, str(data), kind="classification", options={"long_rows": "window"})
