"""The rows that a program is scored on: its own task's, a corpus, or a user's data."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tpc.data.corpora import CORPORA, NamedCorpus
from tpc.data.examples import (
    Columns,
    Example,
    Kind,
    find_tokenizer,
    read_examples,
    usual_columns,
)
from tpc.data.recognition import recognise
from tpc.data.records import JSONL_SUFFIXES, read_records
from tpc.data.records.record import numbered_lines
from tpc.data.sources import find_source, read_splits, training_records
from tpc.data.splits import SPLIT_NAMES, SplitName
from tpc.data.task import Row, Task
from tpc.diagnostics import Location, TpcError
from tpc.evaluation.scores import generated_data
from tpc.files import JsonError, parse_json, read_text
from tpc.ir.program import Program
from tpc.ir.words import PAD
from tpc.runtime.sentences import framed, origin, training_tokenizer

ALL_SPLITS = "all"
_PAIR_HINT = 'a row is [tokens, tags]: [["<s>", "3", "1", "</s>"], ["<pad>", "1", "3", "<pad>"]]'


@dataclass(frozen=True)
class Reading:
    """How to read a user's data.

    Attributes:
        text_column: The column of the text or of its words.
        label_column: The column of the label or labels.
        tokenizer: By name; what the program was trained with by default.
    """

    text_column: str | None = None
    label_column: str | None = None
    tokenizer: str | None = None


def own_task_rows(
    program: Program,
    split: str | None,
    lengths: tuple[int | None, int | None] = (None, None),
    task: Task | None = None,
) -> dict[str, list[Row]]:
    """The rows of the program's own task, by split: generated again, or from the hub.

    Args:
        program: The program.
        split: One split, or all of them.
        lengths: Shortest and longest rows to generate instead of those of training.
        task: As `generated_data` takes it.

    Raises:
        TpcError: There is no such split, or the task cannot be had again.
    """
    names = _splits(split)
    corpus = CORPORA.get(str(origin(program).get("task")))
    if corpus is None or task is not None:
        shortest, longest = lengths
        data = generated_data(program, task, min_length=shortest, max_length=longest)
        return {name: list(data.splits.named(name)) for name in names}
    if lengths != (None, None):
        raise TpcError(f"{corpus.name} has no rows of other lengths: it is not a generated task")
    columns = Columns(corpus.kind, *corpus.hub_columns, "treebank")
    examples = read_splits(corpus.hub, columns, names=corpus.names)
    return {name: _rows(program, examples[name]) for name in names}


def given_rows(
    program: Program, data: str, split: str | None, reading: Reading
) -> dict[str, list[Row]]:
    """The rows of a file, folder or dataset, by split; a file as a whole unless a split is named.

    Raises:
        TpcError: It cannot be read, or a row does not fit.
    """
    path = Path(data)
    if path.is_file() and split is None:
        if _has_pairs(path):
            return {data: read_pairs(path)}
        columns, corpus = _columns(program, path, reading)
        records = read_records(path, columns.asked)
        return {data: _rows(program, read_examples(records, columns), corpus)}
    columns, corpus = _columns(program, path, reading)
    names = _splits(split)
    examples = read_splits(find_source(data), columns, names=corpus.names if corpus else None)
    return {name: _rows(program, examples[name]) for name in names}


def read_pairs(path: Path) -> list[Row]:
    """The rows of a file of `[tokens, tags]` lines, as the network gets them.

    Raises:
        TpcError: A line is no such pair.
    """
    return [
        _pair(line, str(path), place.number) for place, line in numbered_lines(path) if line.strip()
    ]


def _splits(split: str | None) -> list[SplitName]:
    if split not in (None, ALL_SPLITS, *SPLIT_NAMES):
        raise TpcError(f"there is no split '{split}'", hint="train, val, test or all")
    return [name for name in SPLIT_NAMES if split in (None, ALL_SPLITS, name)]


def _columns(program: Program, path: Path, reading: Reading) -> tuple[Columns, NamedCorpus | None]:
    """How to read the data; files of the paper's corpora are known by the program's task."""
    corpus = CORPORA.get(str(origin(program).get("task")))
    kind: Kind = "classification" if program.label_type.pooled else "tagging"
    text, label = reading.text_column, reading.label_column
    if corpus is not None and path.exists():
        usual = corpus.columns_of(find_source(str(path)))
        text, label = text or usual[0], label or usual[1]
    else:
        text, label = _found_columns(path, kind, text, label)
    tokenizer = find_tokenizer(reading.tokenizer, training_tokenizer(program))
    return Columns(kind, text, label, tokenizer, reading.tokenizer is not None), corpus


def _found_columns(
    path: Path, kind: Kind, text: str | None, label: str | None
) -> tuple[str | None, str | None]:
    """The columns to name: none where their names are usual or given, else as they look."""
    source = find_source(str(path))
    first = next(training_records(source), None) if path.is_file() else None
    if first is None or all(
        given or usual
        for given, usual in zip((text, label), usual_columns(first, kind), strict=True)
    ):
        return text, label
    return recognise(partial(training_records, source), str(path), kind, text, label).named


def _rows(
    program: Program, examples: Iterable[Example], corpus: NamedCorpus | None = None
) -> list[Row]:
    names = corpus.names if corpus else {}
    rows = []
    for example in examples:
        words = framed(program, example.words)
        labels = tuple(names.get(label, label) for label in example.labels)
        if program.label_type.pooled:
            tags = (*labels, *[PAD] * (len(words) - 1))
        elif len(words) > len(labels):
            tags = (PAD, *labels, PAD)
        else:
            tags = labels
        rows.append((words, tags))
    return rows


def _has_pairs(path: Path) -> bool:
    if path.suffix.lower() not in JSONL_SUFFIXES:
        return False
    text = read_text(path).lstrip()
    return not text.startswith("{")


def _pair(line: str, name: str, number: int) -> Row:
    place = Location(name, number, 1, line, len(line))
    try:
        row = parse_json(line)
    except JsonError as error:
        place = dataclasses.replace(place, column=max(1, error.column), length=1)
        raise TpcError(f"this line is not JSON: {error}", location=place, hint=_PAIR_HINT) from None
    if not isinstance(row, list) or len(row) != 2:
        raise TpcError("this line is not a row", location=place, hint=_PAIR_HINT)
    tokens, tags = ([part] if isinstance(part, str) else part for part in row)
    for part in (tokens, tags):
        if not isinstance(part, list) or not all(isinstance(word, str) for word in part):
            raise TpcError("tokens and tags are lists of strings", location=place, hint=_PAIR_HINT)
    if len(tags) not in (1, len(tokens)):
        raise TpcError(
            f"{len(tokens)} tokens have {len(tags)} tags", location=place, hint="one tag a token"
        )
    return tuple(tokens), tuple(tags)
