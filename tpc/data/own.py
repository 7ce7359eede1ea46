"""A user's own labelled text: any readable file, folder or dataset, with its own columns."""

from __future__ import annotations

import re
from pathlib import Path

from tpc.data.corpus import Corpus, TextOptions, build_corpus
from tpc.data.examples import Columns
from tpc.data.sources import find_source, read_splits


def load_own_corpus(
    data: str,
    columns: Columns,
    options: TextOptions | None = None,
    *,
    val: Path | None = None,
    test: Path | None = None,
    seed: int = 0,
) -> Corpus:
    """Load a user's data.

    Args:
        data: A file of training rows, a folder with a file for each split, or the name of a
            dataset on the hub.
        columns: What a label belongs to, and which columns to read.
        options: Vocabulary, lengths and rewriting.
        val: A file of validation rows; made from the training rows without it.
        test: A file of test rows, likewise.
        seed: Of the splits that are made.

    Raises:
        TpcError: A row does not fit: the message names file, row and column.
    """
    source = find_source(data, val, test)
    examples = read_splits(source, columns, same_labels=True, seed=seed)
    chosen = options or TextOptions()
    return build_corpus(task_name(data), columns.kind, examples, chosen, columns.tokenizer)


def task_name(data: str) -> str:
    """A name for programs of this data, made of the file's or dataset's own name."""
    path = Path(data)
    name = path.stem if path.is_file() else path.name
    if name.lower().startswith("train") and path.is_file():
        # `reviews/train.jsonl` is about reviews.
        name = path.resolve().parent.name
    identifier = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
    return identifier if re.match(r"[a-z_]", identifier) else f"data_{identifier}"
