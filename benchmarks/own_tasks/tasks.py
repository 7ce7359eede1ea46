"""All tasks; the seven first are those that the work on users' own data began with."""

from __future__ import annotations

from benchmarks.own_tasks import letters, words
from benchmarks.own_tasks.task import Task

_FIRST = (
    "up_down_same",
    "negation",
    "more_frequent",
    "inside_brackets",
    "seen_before",
    "contains_ab",
    "first_is_last",
)
_ALL = {task.name: task for task in (*letters.TASKS, *words.TASKS)}

#: By name.
TASKS: dict[str, Task] = {name: _ALL[name] for name in (*_FIRST, *_ALL)}
