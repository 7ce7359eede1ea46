"""Task arguments from options of which some were not given."""

from __future__ import annotations

import dataclasses
from typing import Any

from tpc.data.task import TaskArguments
from tpc.data.tasks import find_task
from tpc.diagnostics import TpcError


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
