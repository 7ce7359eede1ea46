"""Inputs of a user's own, without labels: lists of tokens, or text in a column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tpc.data.examples import Columns, find_tokenizer, read_texts
from tpc.data.records import JSONL_SUFFIXES, read_records
from tpc.data.records.record import numbered_lines
from tpc.data.task import Tokens
from tpc.diagnostics import TpcError
from tpc.files import JsonError, parse_json, read_text
from tpc.ir.words import BOS, EOS


def read_inputs(path: Path, given: Mapping[str, Any]) -> list[Tokens]:
    """The distinct inputs of a file.

    Args:
        path: JSON lines of lists of tokens, or what `tpc train --data` reads, labels or not.
        given: `text_column` and `tokenizer`, if they were given.

    Raises:
        TpcError: It cannot be read, or has none.
    """
    tokenizer = find_tokenizer(given.get("tokenizer"), "space")
    columns = Columns("tagging", given.get("text_column"), None, tokenizer)
    if path.suffix.lower() in JSONL_SUFFIXES and read_text(path).lstrip().startswith("["):
        found = list(_lists(path))
    else:
        found = list(read_texts(read_records(path), columns))
    if not found:
        raise TpcError(f"{path} has no inputs")
    bare = (
        tokens[1:-1] if tokens[:1] == (BOS,) and tokens[-1:] == (EOS,) else tokens
        for tokens in found
    )
    return list(dict.fromkeys(bare))


def _lists(path: Path) -> Iterator[Tokens]:
    for place, line in numbered_lines(path):
        number = place.number
        if not line.strip():
            continue
        try:
            value = parse_json(line)
        except JsonError as error:
            raise TpcError(f"{path}: line {number} is not JSON: {error}") from None
        if isinstance(value, list) and len(value) == 2 and isinstance(value[0], list):
            value = value[0]
        if not isinstance(value, list) or not all(isinstance(token, str) for token in value):
            raise TpcError(f"{path}: line {number} is no list of tokens", hint='["a", "b"]')
        yield tuple(value)
