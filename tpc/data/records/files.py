"""Which reader reads a file, and which files of a folder are which split."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from tpc.data.records.arrow import parquet_records
from tpc.data.records.conll import conll_records
from tpc.data.records.delimited import csv_records, tsv_records
from tpc.data.records.jsonl import jsonl_records
from tpc.data.records.record import Record
from tpc.data.records.word_rows import joined_words
from tpc.data.splits import SplitName
from tpc.diagnostics import TpcError

CONLL_SUFFIXES = (".txt", ".conll", ".conllu", ".conll03", ".iob", ".iob2", ".bio")
JSONL_SUFFIXES = (".jsonl", ".ndjson", ".json")
SUFFIXES = (*JSONL_SUFFIXES, ".csv", ".tsv", *CONLL_SUFFIXES, ".parquet")

#: How the names of files and of hub splits start.
SPLIT_PREFIXES: tuple[tuple[str, SplitName], ...] = (
    ("train", "train"),
    ("val", "val"),
    ("dev", "val"),
    ("test", "test"),
)


def read_records(path: Path, asked: Collection[str] = ()) -> Iterator[Record]:
    """The records of a file; its suffix says what it is.

    Args:
        path: JSON lines or an array of JSON objects, CSV, TSV, CoNLL columns or Parquet.
        asked: The columns that will be read, as far as they are known: they tell whether the
            first row of a CSV or TSV file names its columns.

    Raises:
        TpcError: The suffix is none of these, or the file is not what it says.
    """
    suffix = path.suffix.lower()
    if suffix in JSONL_SUFFIXES:
        return jsonl_records(path)
    if suffix == ".csv":
        return joined_words(csv_records(path, asked))
    if suffix == ".tsv":
        return joined_words(tsv_records(path, asked))
    if suffix in CONLL_SUFFIXES:
        return conll_records(path)
    if suffix == ".parquet":
        return parquet_records(path)
    raise TpcError(
        f"{path}: files that end in {suffix!r} are not read",
        hint=f"rename it to what it is: {' '.join(SUFFIXES)}",
    )


def split_of(name: str) -> SplitName | None:
    """The split that a file or a hub split of that name is."""
    lowered = name.lower()
    return next((split for prefix, split in SPLIT_PREFIXES if lowered.startswith(prefix)), None)


def split_files(folder: Path) -> dict[SplitName, Path]:
    """The files of a folder by split: `train*`, `val*` or `dev*`, `test*`.

    Raises:
        TpcError: There is no training file, or a split has two files.
    """
    found: dict[SplitName, Path] = {}
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise TpcError(f"cannot read {folder}: {error.strerror}") from error
    for path in entries:
        split = split_of(path.name)
        if split is None or path.suffix.lower() not in SUFFIXES:
            continue
        if split in found:
            raise TpcError(
                f"{folder} has two files for the split {split}: {found[split].name}, {path.name}",
                hint="move one of them away, or name the files one by one",
            )
        found[split] = path
    if "train" not in found:
        raise TpcError(
            f"{folder} has no training file",
            hint=f"name it train with one of the suffixes {' '.join(SUFFIXES)}",
        )
    return found
