"""A generated task's data as a network sees it: rows, splits, vocabulary, classes, longest row.

Rows are drawn one for one as the authors' code draws them.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tpc.data.drawing import checked_arguments, generate_rows
from tpc.data.splits import Splits, split_rows
from tpc.data.task import Row, Task, TaskArguments
from tpc.data.tasks import find_task
from tpc.diagnostics import TpcError
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
        definition: The task itself.
    """

    task: str
    arguments: TaskArguments
    splits: Splits
    vocabulary: tuple[str, ...]
    classes: tuple[str, ...]
    max_length: int
    causal: bool
    definition: Task = field(repr=False)

    @property
    def pooled(self) -> bool:
        """Whether a network of this task gives one label a sequence."""
        return self.definition.pooled

    def language(self) -> Language[str]:
        """The strings that a network trained on these rows is meant for."""
        return self.definition.language(self.arguments, self.max_length)


def load_dataset(task: str | Task, arguments: TaskArguments) -> Dataset:
    """Generate and split a task's data.

    Args:
        task: The task, or how `find_task` finds it.
        arguments: What to generate them with.

    Raises:
        TpcError: There is no such task, or the arguments leave too few rows.
    """
    found = find_task(task) if isinstance(task, str) else task
    arguments = checked_arguments(found, arguments)
    splits = split_rows(generate_rows(found, arguments), arguments.seed)
    return dataset_of(found, arguments, splits)


def dataset_of(task: Task, arguments: TaskArguments, splits: Splits) -> Dataset:
    """What rows that are split already decide."""
    return Dataset(
        task=task.name,
        arguments=arguments,
        splits=splits,
        vocabulary=_ids(tokens for tokens, _ in splits.train),
        classes=_ids(tags for _, tags in splits.train),
        max_length=max(len(tokens) for tokens, _ in splits.train),
        causal=task.causal,
        definition=task,
    )


def refuse_fixed_vocabulary(task: Task, vocab_size: int | None) -> None:
    """Raise TpcError if a vocabulary size was given for a task that has one of its own."""
    fixed = task.fixed_vocab_size
    if fixed is not None and vocab_size not in (None, fixed):
        raise TpcError(
            f"--vocab-size changes nothing: {task.name} always has {fixed}", hint="leave it out"
        )


def task_arguments(task: str | Task, **given: Any) -> TaskArguments:  # noqa: ANN401
    """The task's defaults with the given options in their place, but for `None`.

    Raises:
        TpcError: There is no such task.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    found = find_task(task) if isinstance(task, str) else task
    return dataclasses.replace(found.defaults, **chosen)


def json_lines(rows: Iterable[Row]) -> Iterable[str]:
    """One line `[tokens, tags]` a row, newline included."""
    for tokens, tags in rows:
        yield json.dumps([tokens, tags]) + "\n"


def _ids(sequences: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """`<pad>`, then every other word that occurs, in string order."""
    words = {word for sequence in sequences for word in sequence}
    return (PAD, *sorted(words - {PAD}))
