"""The rows of a task before they are split, and what is checked before they are drawn.

The authors' code draws 2, 3, 4, then 5 times the rows asked for, each time from a fresh seed, drops
repeated sequences, and stops once enough are left. A fresh seed gives the same stream, so this is
the first distinct rows of one stream of at most 5 times the rows asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from itertools import islice

import numpy as np

from tpc.data.task import LARGEST_SEED, Row, Task, TaskArguments
from tpc.diagnostics import TpcError

MOST_DRAWS_PER_ROW = 5
REPEATS_PER_ROW = 2


def generate_rows(task: Task, arguments: TaskArguments) -> list[Row]:
    """The rows of a task before they are split, in the order in which they are drawn.

    Raises:
        TpcError: The arguments are out of range.
    """
    arguments = checked_arguments(task, arguments)
    size = arguments.dataset_size
    drawn = task.rows(np.random.RandomState(arguments.seed), arguments)
    framed = (task.framed(tokens, labels) for tokens, labels in drawn)
    if not (arguments.unique or task.always_distinct):
        return list(islice(framed, size))
    most_draws = MOST_DRAWS_PER_ROW * size if arguments.unique else size
    rows: dict[Hashable, Row] = {}
    for draws, row in enumerate(framed, 1):
        # In the authors' code by their joined tokens: `1 12` and `11 2` count as equal.
        rows.setdefault(task.identity(row[0]), row)
        repeats = draws - len(rows)
        enough = repeats > REPEATS_PER_ROW * most_draws
        if len(rows) == size or (enough if task.always_distinct else draws == most_draws):
            break
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
