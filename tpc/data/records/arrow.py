"""Parquet files, and datasets of the `datasets` library: from the hub, or saved on disk."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tpc.data.records.record import Place, Record
from tpc.diagnostics import TpcError

BATCH_ROWS = 1_000


def parquet_records(path: Path) -> Iterator[Record]:
    """The rows of a Parquet file, read a thousand at a time.

    Raises:
        TpcError: The file cannot be read, or is not a Parquet file.
    """
    import pyarrow as pa
    from datasets import Features
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as table:
            features = Features.from_arrow_schema(table.schema_arrow)
            number = 0
            for batch in table.iter_batches(batch_size=BATCH_ROWS):
                for row in batch.to_pylist():
                    number += 1
                    yield _record(row, features, Place(str(path), number, "row"))
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror or error}") from error
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise TpcError(f"{path} is not a Parquet file: {error}") from error


def _dataset_records(dataset: Any, name: str) -> Iterator[Record]:  # noqa: ANN401 - untyped library
    """The rows of one split of a loaded dataset."""
    for number, row in enumerate(dataset, 1):
        yield _record(row, dataset.features, Place(name, number, "row"))


def load_hub_splits(name: str, revision: str | None = None) -> dict[str, Iterator[Record]]:
    """The splits of a dataset by name, from the hub or the local cache.

    Args:
        name: As `datasets.load_dataset` takes it: `owner/name`, or a folder.
        revision: Which version, for datasets that still consist of a script.

    Raises:
        TpcError: It cannot be found, downloaded or read.
    """
    import datasets

    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    try:
        loaded = datasets.load_dataset(name, revision=revision)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise TpcError(
            f"the dataset {name!r} cannot be loaded: {reason[0]}",
            hint="check its name and the network, or give files with --data PATH",
        ) from error
    return _by_split(loaded, name)


def load_saved_splits(path: Path) -> dict[str, Iterator[Record]]:
    """The splits of a dataset that `save_to_disk` wrote.

    Raises:
        TpcError: The folder cannot be read.
    """
    import datasets

    try:
        loaded = datasets.load_from_disk(str(path))
    except (OSError, ValueError, RuntimeError) as error:
        raise TpcError(f"cannot read the dataset in {path}: {error}") from error
    return _by_split(loaded, str(path))


def _by_split(loaded: Any, name: str) -> dict[str, Iterator[Record]]:  # noqa: ANN401
    if not isinstance(loaded, Mapping):
        return {"train": _dataset_records(loaded, name)}
    return {
        str(split): _dataset_records(found, f"{name} ({split})") for split, found in loaded.items()
    }


def _record(row: Mapping[str, Any], features: Mapping[str, Any], place: Place) -> Record:
    return Record(
        {column: _decode(value, features.get(column)) for column, value in row.items()}, place
    )


def _decode(value: Any, feature: Any) -> object:  # noqa: ANN401 - whatever the column holds
    """Class indices as names; -1, which marks a hidden label, as no label at all."""
    inner = getattr(feature, "feature", None)
    if inner is not None and isinstance(value, list):
        return [_decode(item, inner) for item in value]
    names = getattr(feature, "names", None)
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None
