"""The generated tasks, by name. A new one is a file beside this and a line in `_REGISTERED`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from types import MappingProxyType

from tpc import plugins
from tpc.data.own_task import TaskFunction
from tpc.data.python_source import is_reference
from tpc.data.task import Task
from tpc.data.task_file import as_task, load_task
from tpc.data.tasks.addition import ADDITION, ADDITION_DIGITS, ADDITION_HINTS
from tpc.data.tasks.dyck import DYCK1, DYCK2
from tpc.data.tasks.induction import INDUCTION
from tpc.data.tasks.symbols import DOUBLE_HIST, HIST, MOST_FREQ, REVERSE, SORT
from tpc.diagnostics import TpcError, did_you_mean

_REGISTERED = (
    *(SORT, REVERSE, HIST, DOUBLE_HIST, MOST_FREQ, DYCK1, DYCK2, INDUCTION),
    *(ADDITION, ADDITION_DIGITS, ADDITION_HINTS),
)

TASKS: Mapping[str, Task] = MappingProxyType({task.name: task for task in _REGISTERED})


def task_names() -> list[str]:
    """The names of all generated tasks; those of other packages come last."""
    return [*TASKS, *_installed()]


def find_task(name: str) -> Task:
    """The registered task of that name.

    Raises:
        TpcError: There is none, and close matches are named; or it is another package's and cannot
            be used.
    """
    if name in TASKS:
        return TASKS[name]
    installed = _installed()
    if name in installed:
        return _installed_task(installed[name])
    known = [*TASKS, *installed]
    hint = did_you_mean(name, known) or f"tasks: {', '.join(known)}"
    raise TpcError(f"there is no task {name!r}", hint=hint)


def given_task(text: str) -> Task:
    """The task that a user asks for: a registered one, or one of their own in Python.

    Args:
        text: A name, `FILE.py`, `FILE.py:NAME` or `MODULE:NAME`, as the user gave it. None that a
            file says: it would be run.

    Raises:
        TpcError: There is none, or it cannot be used.
    """
    return load_task(text) if is_reference(text) else find_task(text)


def _installed() -> dict[str, EntryPoint]:
    from tpc.data.corpora import CORPORA

    return plugins.TASKS.installed(own=(*TASKS, *CORPORA))


def _installed_task(entry: EntryPoint) -> Task:
    found = plugins.TASKS.load(entry)
    if isinstance(found, TaskFunction):
        found = as_task(found)
    if not isinstance(found, Task):
        raise plugins.TASKS.broken(entry, f"{entry.value} is not a Task")
    if found.name != entry.name:
        raise plugins.TASKS.broken(entry, f"it calls itself '{found.name}'")
    return found
