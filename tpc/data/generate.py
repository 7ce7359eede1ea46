"""Drawing the rows of a generated task, row for row as the authors' code does.

The authors draw 2, 3, 4, then 5 times the rows asked for, each time from a fresh seed, drop
repeated sequences, and stop once enough are left. A fresh seed gives the same stream, so this is
the first distinct rows of one stream of at most 5 times the rows asked for.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from tpc.data.task import LARGEST_SEED, Row, Task, TaskArguments
from tpc.diagnostics import TpcError

MOST_DRAWS_PER_ROW = 5
REPEATS_PER_ROW = 2


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


def generate_rows(task: Task, arguments: TaskArguments) -> list[Row]:
    """The rows of a task before they are split, in the order in which they are drawn.

    Raises:
        TpcError: The arguments are out of range.
    """
    arguments = checked_arguments(task, arguments)
    generator = np.random.RandomState(arguments.seed)
    if task.always_distinct:
        tries = MOST_DRAWS_PER_ROW if arguments.unique else 1
        limit = REPEATS_PER_ROW * tries * arguments.dataset_size
        return _distinct_until_repeats(task, arguments, generator, limit)
    if arguments.unique:
        draws = MOST_DRAWS_PER_ROW * arguments.dataset_size
        return _distinct_among_draws(task, arguments, generator, draws)
    return [task.draw(generator, arguments) for _ in range(arguments.dataset_size)]


def _distinct_among_draws(
    task: Task, arguments: TaskArguments, generator: np.random.RandomState, draws: int
) -> list[Row]:
    rows: dict[str, Row] = {}
    for _ in range(draws):
        row = task.draw(generator, arguments)
        rows.setdefault(_key(row), row)
        if len(rows) == arguments.dataset_size:
            break
    return list(rows.values())


def _distinct_until_repeats(
    task: Task, arguments: TaskArguments, generator: np.random.RandomState, limit: int
) -> list[Row]:
    rows: dict[str, Row] = {}
    repeats = 0
    while len(rows) < arguments.dataset_size and repeats <= limit:
        row = task.draw(generator, arguments)
        key = _key(row)
        repeats += key in rows
        rows.setdefault(key, row)
    return list(rows.values())


def _key(row: Row) -> str:
    """Rows are distinguished by their concatenated tokens: `1 12` and `11 2` count as equal."""
    return "".join(row[0])
