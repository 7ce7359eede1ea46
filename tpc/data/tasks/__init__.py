"""The generated tasks, by name. A new one is a file beside this and a line in `_REGISTERED`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tpc.data.task import Task
from tpc.data.tasks.addition import ADDITION
from tpc.data.tasks.addition_digits import ADDITION_DIGITS
from tpc.data.tasks.addition_hints import ADDITION_HINTS
from tpc.data.tasks.double_hist import DOUBLE_HIST
from tpc.data.tasks.dyck1 import DYCK1
from tpc.data.tasks.dyck2 import DYCK2
from tpc.data.tasks.hist import HIST
from tpc.data.tasks.induction import INDUCTION
from tpc.data.tasks.most_freq import MOST_FREQ
from tpc.data.tasks.reverse import REVERSE
from tpc.data.tasks.sort import SORT
from tpc.diagnostics import TpcError, did_you_mean

_REGISTERED = (
    *(SORT, REVERSE, HIST, DOUBLE_HIST, MOST_FREQ, DYCK1, DYCK2, INDUCTION),
    *(ADDITION, ADDITION_DIGITS, ADDITION_HINTS),
)

TASKS: Mapping[str, Task] = MappingProxyType({task.name: task for task in _REGISTERED})


def find_task(name: str) -> Task:
    """The task of that name.

    Raises:
        TpcError: There is none; close matches are named.
    """
    task = TASKS.get(name)
    if task is None:
        hint = did_you_mean(name, TASKS) or f"tasks: {', '.join(TASKS)}"
        raise TpcError(f"there is no task {name!r}", hint=hint)
    return task
