"""From files, folders and datasets to the examples of three splits."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tpc.data.examples import Columns, Example, read_examples, require_known_labels
from tpc.data.records import SUFFIXES, read_records
from tpc.data.records.arrow import load_hub_splits, load_saved_splits
from tpc.data.records.record import Record
from tpc.data.splits import SMALLEST_SPLITTABLE, SplitName, hold_out
from tpc.diagnostics import TpcError

#: How the names of files and of hub splits start.
SPLIT_PREFIXES: Mapping[str, SplitName] = MappingProxyType(
    {"train": "train", "val": "val", "dev": "val", "test": "test"}
)

Examples = dict[SplitName, list[Example]]


@dataclass(frozen=True)
class HubSource:
    """A dataset that the `datasets` library loads."""

    name: str
    revision: str | None = None


Source = HubSource | dict[SplitName, Path] | Path
"""Files are one a split; a path is a folder with a file a split, or a dataset saved on disk."""


def read_splits(
    source: Source,
    columns: Columns,
    *,
    names: Mapping[str, str] | None = None,
    same_labels: bool = False,
) -> Examples:
    """The examples of three splits; those that the source lacks are made.

    A missing test split is a tenth of the training rows, a missing validation split a tenth of
    what is left, both drawn as scikit-learn's `train_test_split` draws them.

    Args:
        source: Where the data are.
        columns: How records are read.
        names: Other names for labels.
        same_labels: Refuse labels that a given split has and the training split has not.

    Raises:
        TpcError: The source cannot be read, or its rows do not fit.
    """
    found: Examples = {}
    for split, records in _records(source, columns.asked).items():
        found[split] = [_renamed(one, names or {}) for one in read_examples(records, columns)]
    if not found["train"]:
        raise TpcError(f"{describe(source)} has no training rows")
    if same_labels:
        for split in sorted(found.keys() - {"train"}):
            require_known_labels(found["train"], found[split], columns.kind)
    for missing in [name for name in ("test", "val") if name not in found]:
        if len(found["train"]) < SMALLEST_SPLITTABLE:
            raise TpcError(
                f"{describe(source)} has {len(found['train'])} rows, too few to hold some out",
                hint="give files for validation and test too",
            )
        found["train"], found[missing] = hold_out(found["train"], seed=0)
    return found


def describe(source: Source) -> str:
    """The source in words, for messages."""
    if isinstance(source, HubSource):
        return f"the dataset {source.name}"
    return str(source if isinstance(source, Path) else source["train"])


def find_source(data: str, val: Path | None = None, test: Path | None = None) -> Source:
    """What `--data` names: a file, a folder, or a dataset on the hub.

    Args:
        data: The argument.
        val: A file of validation rows.
        test: A file of test rows.

    Raises:
        TpcError: It is a file that does not exist, or a folder with extra files.
    """
    path = Path(data)
    if path.is_file():
        given: dict[SplitName, Path | None] = {"train": path, "val": val, "test": test}
        return {split: file for split, file in given.items() if file is not None}
    if val is not None or test is not None:
        raise TpcError(
            f"{data} is not a file, so its splits cannot be completed by single files",
            hint="give the training rows as a file too",
        )
    if path.is_dir():
        return path
    looks_like_file = path.suffix.lower() in SUFFIXES or path.is_absolute() or data.startswith(".")
    if looks_like_file:
        raise TpcError(f"cannot read {data}: there is no such file")
    return HubSource(data)


def training_records(source: Source, asked: Collection[str] = ()) -> Iterator[Record]:
    """The records of the training split.

    Args:
        source: Where the data are.
        asked: The columns that will be read, as far as they are known.

    Raises:
        TpcError: The source cannot be read.
    """
    return _records(source, asked)["train"]


def _records(source: Source, asked: Collection[str]) -> dict[SplitName, Iterator[Record]]:
    if isinstance(source, HubSource):
        loaded = load_hub_splits(source.name, source.revision)
        return _named(loaded, describe(source))
    if isinstance(source, Path):
        if (source / "dataset_dict.json").exists() or (source / "dataset_info.json").exists():
            return _named(load_saved_splits(source), str(source))
        source = _split_files(source)
    return {name: read_records(path, asked) for name, path in source.items()}


def _split_files(folder: Path) -> dict[SplitName, Path]:
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
        split = _split_of(path.name)
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


def _named(
    loaded: Mapping[str, Iterator[Record]], source: str
) -> dict[SplitName, Iterator[Record]]:
    found: dict[SplitName, Iterator[Record]] = {}
    for name, records in loaded.items():
        if split := _split_of(name):
            found.setdefault(split, records)
    if "train" not in found:
        raise TpcError(
            f"{source} has no training split", hint=f"its splits are {', '.join(loaded) or 'none'}"
        )
    return found


def _split_of(name: str) -> SplitName | None:
    """The split that a file or a hub split of that name is."""
    found = (split for start, split in SPLIT_PREFIXES.items() if name.lower().startswith(start))
    return next(found, None)


def _renamed(example: Example, names: Mapping[str, str]) -> Example:
    labels = tuple(names.get(label, label) for label in example.labels)
    return dataclasses.replace(example, labels=labels)
