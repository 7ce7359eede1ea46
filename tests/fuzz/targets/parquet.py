"""Parquet files of labelled text: odd tables, and damaged files.

A case is a JSON object: the columns of a table, how it is written, and changes to the bytes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.fuzz import bundle, mutate
from tests.fuzz.targets.records import check_file
from tpc.data.examples import Kind

TYPES = (
    "string", "large_string", "binary", "list<string>", "int64", "float64", "bool", "dictionary",
    "list<list<string>>", "null", "list<int8>", "timestamp", "decimal", "struct",
)  # fmt: skip


class Fuzzer:
    """See the module."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "rows.parquet"

    def seeds(self, stream: random.Random) -> Sequence[bytes]:
        tags = {"tokens": [["Ann", "ran"], ["Bob"]], "tags": [["B", "O"], ["B"]]}
        classes = {"text": ["Ann ran.", "no"], "label": ["x", "y"]}
        numbers = {"text": ["Ann ran.", "no"], "label": [0, 1]}
        plain = {"types": {}, "codec": "snappy", "bytes": []}
        return [bundle.pack({"columns": each, **plain}) for each in (tags, classes, numbers)]

    def mutate(self, case: bytes, stream: random.Random) -> bytes:
        value = bundle.unpack(case)
        for _ in range(stream.choice((1, 1, 2, 3))):
            match stream.randrange(4):
                case 0:
                    columns = mutate.json_value(stream, value["columns"])
                    value["columns"] = columns if isinstance(columns, dict) else {}
                case 1:
                    name = stream.choice(sorted(value["columns"]) or [""])
                    value["types"] = {**value["types"], name: stream.choice(TYPES)}
                case 2:
                    value["codec"] = stream.choice(
                        ("none", "gzip", "zstd", "snappy", "brotli", "lz4")
                    )
                case _:
                    change = [stream.random(), stream.choice(("flip", "set", "cut", "add"))]
                    value["bytes"] = [*value["bytes"], [*change, stream.randrange(256)]]
        return bundle.pack(value)

    def simpler(self, case: bytes) -> Iterator[bytes]:
        return bundle.shorter(case)

    def check(self, case: bytes) -> str:
        data = _file(bundle.unpack(case), self._path)
        if data is None:
            return "no table"
        self._path.write_bytes(data)
        kinds: tuple[Kind, ...] = ("tagging", "classification")
        return " ".join(check_file(self._path, kind) for kind in kinds)


def _file(value: Any, path: Path) -> bytes | None:
    """The bytes of the file; `None` if no such table can be written."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        arrays = {
            name: _array(items, value["types"].get(name))
            for name, items in value["columns"].items()
        }
        parquet.write_table(pa.table(arrays), path, compression=value["codec"])
    except (pa.ArrowException, TypeError, ValueError, AttributeError, KeyError, OverflowError):
        return None
    data = bytearray(path.read_bytes())
    for place, what, byte in value["bytes"]:
        at = int(place * len(data))
        if what == "flip" and data:
            data[at] ^= 1 << byte % 8
        elif what == "set" and data:
            data[at] = byte
        elif what == "cut":
            del data[at : at + byte]
        else:
            data[at:at] = bytes([byte])
    return bytes(data)


def _array(items: list[Any], kind: str | None) -> Any:
    import pyarrow as pa

    if kind == "binary":
        return pa.array([bundle.to_bytes(str(item)) for item in items], pa.binary())
    if kind == "dictionary":
        return pa.array(items).dictionary_encode()
    if kind == "struct":
        return pa.array([{"value": item} for item in items])
    if kind == "null":
        return pa.nulls(len(items))
    types = {
        "string": pa.string(), "large_string": pa.large_string(), "int64": pa.int64(),
        "float64": pa.float64(), "bool": pa.bool_(), "timestamp": pa.timestamp("s"),
        "list<string>": pa.list_(pa.string()), "list<int8>": pa.list_(pa.int8()),
        "list<list<string>>": pa.list_(pa.list_(pa.string())), "decimal": pa.decimal128(5, 2),
    }  # fmt: skip
    return pa.array(items, types.get(str(kind)))
