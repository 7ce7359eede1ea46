"""A generated task's data as a network sees it: rows, splits, vocabulary, classes, longest row.

Rows are drawn one for one as the authors' code draws them. It draws 2, 3, 4, then 5 times the rows
asked for, each time from a fresh seed, drops repeated sequences, and stops once enough are left. A
fresh seed gives the same stream, so this is the first distinct rows of one stream of at most 5
times the rows asked for.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from tpc.data.splits import Splits, split_rows
from tpc.data.task import LARGEST_SEED, Row, Task, TaskArguments
from tpc.data.tasks import find_task
from tpc.diagnostics import TpcError
from tpc.ir.language import Language
from tpc.ir.words import PAD

MOST_DRAWS_PER_ROW = 5
REPEATS_PER_ROW = 2


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


def generate_rows(task: Task, arguments: TaskArguments) -> list[Row]:
    """The rows of a task before they are split, in the order in which they are drawn.

    Raises:
        TpcError: The arguments are out of range.
    """
    arguments = checked_arguments(task, arguments)
    generator, size = np.random.RandomState(arguments.seed), arguments.dataset_size
    if not (arguments.unique or task.always_distinct):
        return [task.draw(generator, arguments) for _ in range(size)]
    most_draws = MOST_DRAWS_PER_ROW * size if arguments.unique else size
    rows: dict[str, Row] = {}
    draws = 0
    while len(rows) < size:
        repeats = draws - len(rows)
        if task.always_distinct and repeats > REPEATS_PER_ROW * most_draws:
            break
        if not task.always_distinct and draws == most_draws:
            break
        row = task.draw(generator, arguments)
        # By their concatenated tokens: `1 12` and `11 2` count as equal.
        rows.setdefault("".join(row[0]), row)
        draws += 1
    return list(rows.values())


def checked_arguments(task: Task, arguments: TaskArguments) -> TaskArguments:
    """The arguments as the task's generator takes them.

    Raises:
        TpcError: They leave nothing to draw, or are out of range.
    """
    if task.fixed_vocab_size is not None:
        arguments = dataclasses.replace(arguments, vocab_size=task.fixed_vocab_size)
    if arguments.dataset_size <= 0:
        raise TpcError(
            f"the dataset size is {arguments.dataset_size}; it must be positive",
            hint="a generated task has no whole corpus to take: say how many rows to draw",
        )
    if not 0 <= arguments.seed <= LARGEST_SEED:
        raise TpcError(f"the seed is {arguments.seed}; it must be between 0 and {LARGEST_SEED}")
    task.check(arguments)
    return arguments


def refuse_fixed_vocabulary(task: str, vocab_size: int | None) -> None:
    """Raise TpcError if a vocabulary size was given for a task that has one of its own."""
    fixed = find_task(task).fixed_vocab_size
    if fixed is not None and vocab_size not in (None, fixed):
        raise TpcError(
            f"--vocab-size changes nothing: {task} always has {fixed}", hint="leave it out"
        )


def task_arguments(task: str, **given: Any) -> TaskArguments:  # noqa: ANN401 - numbers, a switch
    """The task's defaults with the given options in their place, but for `None`.

    Raises:
        TpcError: There is no such task.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    return dataclasses.replace(find_task(task).defaults, **chosen)


def json_lines(rows: Iterable[Row]) -> Iterable[str]:
    """One line `[tokens, tags]` a row, newline included."""
    for tokens, tags in rows:
        yield json.dumps([tokens, tags]) + "\n"


def _ids(sequences: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """`<pad>`, then every other word that occurs, in string order."""
    words = {word for sequence in sequences for word in sequence}
    return (PAD, *sorted(words - {PAD}))
