"""Rows that a run keeps beside its network, because nothing could draw them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from tpc.data.dataset import json_lines
from tpc.data.splits import SPLIT_NAMES, Splits
from tpc.data.task import Row, Task, TaskArguments, TaskSource
from tpc.diagnostics import TpcError
from tpc.files import JsonError, parse_json, read_text, write_atomic
from tpc.ir.language import Language

FILES: Mapping[str, str] = {name: f"rows-{name}.jsonl" for name in SPLIT_NAMES}
"""The file of each split, whose lines are `[tokens, tags]`."""


def write_rows(folder: Path, splits: Splits) -> None:
    """Write the file of each split.

    Raises:
        TpcError: One cannot be written.
    """
    for name in SPLIT_NAMES:
        write_atomic(folder / FILES[name], "".join(json_lines(splits.named(name))))


def read_rows(folder: Path) -> Splits:
    """The rows that `write_rows` wrote.

    Raises:
        TpcError: A file is missing, or a line is no row.
    """
    train, val, test = (tuple(_rows(folder / FILES[name])) for name in SPLIT_NAMES)
    return Splits(train, val, test)


def _rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(read_text(path).splitlines(), 1):
        try:
            tokens, tags = parse_json(line)
            row = tuple(map(str, tokens)), tuple(map(str, tags))
        except (JsonError, ValueError, TypeError) as error:
            raise TpcError(f"{path}: line {number} is no row: {error}") from error
        if len(row[0]) != len(row[1]):
            raise TpcError(f"{path}: line {number} has not as many tags as tokens")
        yield row


def kept_task(name: str, language: Language[str], pooled: bool, source: TaskSource) -> Task:
    """A task of which nothing but its rows and the language of its framed inputs is known."""

    def none(*_: object) -> Iterator[Row]:
        return iter(())

    def unchecked(_: TaskArguments) -> None:
        return

    return Task(
        name=name,
        summary=f"what {source.reference} answers",
        rows=none,
        inputs=lambda _arguments, _longest: language,
        check=unchecked,
        start=(),
        pooled=pooled,
        source=source,
    )
