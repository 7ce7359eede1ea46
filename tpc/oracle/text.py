"""Rows of many words as files of text: they are learned as text, with embeddings of words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from tpc.data.splits import SPLIT_NAMES, Splits
from tpc.data.task import Row
from tpc.files import write_atomic

MOST_TOKENS = 300
"""With more distinct tokens, each of them as a value of its own would make no program to read."""


def write_text(folder: Path, splits: Splits, *, pooled: bool) -> None:
    """Write a file for each split, as `tpc train --data FOLDER` reads them.

    Args:
        folder: Made if it is not there.
        splits: Rows without frame.
        pooled: Whether a row has one label.

    Raises:
        TpcError: A file cannot be written.
    """
    folder.mkdir(exist_ok=True)
    for name in SPLIT_NAMES:
        lines = _lines(splits.named(name), pooled)
        write_atomic(folder / f"{name}.jsonl", "".join(lines))


def _lines(rows: Sequence[Row], pooled: bool) -> Iterator[str]:
    for tokens, labels in rows:
        answer = {"label": labels[0]} if pooled else {"tags": list(labels)}
        yield json.dumps({"tokens": list(tokens), **answer}, ensure_ascii=False) + "\n"
