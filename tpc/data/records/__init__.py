"""Records of labelled text as files have them: columns by name, and where each record stands.

A new format is a file beside this, its suffixes, and a line in `read_records`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from tpc.data.records.arrow import parquet_records
from tpc.data.records.conll import conll_records
from tpc.data.records.delimited import csv_records, tsv_records
from tpc.data.records.jsonl import jsonl_records
from tpc.data.records.record import Record
from tpc.diagnostics import TpcError

CONLL_SUFFIXES = (".txt", ".conll", ".conllu", ".conll03", ".iob", ".iob2", ".bio")
JSONL_SUFFIXES = (".jsonl", ".ndjson", ".json")
SUFFIXES = (*JSONL_SUFFIXES, ".csv", ".tsv", *CONLL_SUFFIXES, ".parquet")


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
        return csv_records(path, asked)
    if suffix == ".tsv":
        return tsv_records(path, asked)
    if suffix in CONLL_SUFFIXES:
        return conll_records(path)
    if suffix == ".parquet":
        return parquet_records(path)
    raise TpcError(
        f"{path}: files that end in {suffix!r} are not read",
        hint=f"rename it to what it is: {' '.join(SUFFIXES)}",
    )
