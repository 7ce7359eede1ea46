"""A task's data as a network sees it: splits, vocabulary, classes and the longest sequence."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from tpc.data.generate import checked_arguments, generate_rows
from tpc.data.splits import Splits, split_rows
from tpc.data.task import Row, TaskArguments
from tpc.data.tasks import find_task
from tpc.ir.language import Language
from tpc.ir.words import PAD


@dataclass(frozen=True)
class Dataset:
    """Splits, and what the training split alone decides.

    Attributes:
        task: The task's name.
        arguments: As the generator took them.
        splits: Rows of tokens and tags.
        vocabulary: Tokens in id order; `<pad>` is id 0.
        classes: Tags in id order; `<pad>` is class 0.
        max_length: Tokens of the longest training row.
        causal: Whether networks of this task are causal whatever the options say.
    """

    task: str
    arguments: TaskArguments
    splits: Splits
    vocabulary: tuple[str, ...]
    classes: tuple[str, ...]
    max_length: int
    causal: bool

    @property
    def pooled(self) -> bool:
        """Generated tasks tag every token."""
        return False

    def language(self) -> Language[str]:
        """The strings that a network trained on these rows is meant for."""
        return find_task(self.task).language(self.arguments, self.max_length)


def load_dataset(task: str, arguments: TaskArguments) -> Dataset:
    """Generate and split a task's data.

    Raises:
        TpcError: There is no such task, or the arguments leave too few rows.
    """
    found = find_task(task)
    arguments = checked_arguments(found, arguments)
    splits = split_rows(generate_rows(found, arguments), arguments.seed)
    return Dataset(
        task=task,
        arguments=arguments,
        splits=splits,
        vocabulary=_ids(tokens for tokens, _ in splits.train),
        classes=_ids(tags for _, tags in splits.train),
        max_length=max(len(tokens) for tokens, _ in splits.train),
        causal=found.causal,
    )


def json_lines(rows: Iterable[Row]) -> Iterable[str]:
    """One line `[tokens, tags]` a row, newline included."""
    for tokens, tags in rows:
        yield json.dumps([tokens, tags]) + "\n"


def _ids(sequences: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """`<pad>`, then every other word that occurs, in string order."""
    words = {word for sequence in sequences for word in sequence}
    return (PAD, *sorted(words - {PAD}))
