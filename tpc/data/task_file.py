"""The task in a file or module that a user names."""

from __future__ import annotations

import dataclasses

from tpc.data.function_task import function_task
from tpc.data.generator_task import generator_task
from tpc.data.own_task import TaskFunction
from tpc.data.python_source import PythonSource, load_source
from tpc.data.task import Task, TaskSource
from tpc.diagnostics import TpcError, quoted

_EXAMPLE = 'put @tpc.task(alphabet="abc", lengths=(1, 8)) before a function from tokens to labels'


def load_task(reference: str) -> Task:
    """The task that `FILE.py`, `FILE.py:NAME` or `MODULE:NAME` names.

    Raises:
        TpcError: There is none, there are several, or it does not work.
    """
    found = load_source(reference)
    name, declared = _chosen(found)
    source = TaskSource(f"{found.reference}:{name}", found.digest)
    return dataclasses.replace(as_task(declared), source=source)


def as_task(declared: TaskFunction | Task) -> Task:
    """The task that a declaration makes.

    Raises:
        TpcError: It fails on its first input or row.
    """
    if isinstance(declared, Task):
        return declared
    return generator_task(declared) if declared.rows else function_task(declared)


def recorded_task(source: TaskSource, where: str) -> Task:
    """The task that a run was trained on, if it is still what it was.

    Args:
        source: As it was recorded.
        where: The file of the record, for messages.

    Raises:
        TpcError: It is gone, or has changed.
    """
    found = load_task(source.reference)
    if found.source != source:
        raise TpcError(
            f"{source.reference} is not what it was when {where} was written",
            hint="put the file back as it was, or train anew",
        )
    return found


def _chosen(found: PythonSource) -> tuple[str, TaskFunction | Task]:
    """The name and the declaration of the task that is meant."""
    if found.name is not None:
        named = found.named()
        if isinstance(named, TaskFunction | Task):
            return found.name, named
        raise TpcError(f"{found.where}:{found.name} is {_kind(named)}, not a task", hint=_EXAMPLE)
    tasks = _tasks(found)
    if not tasks:
        raise TpcError(f"there is no task in {found.where}", hint=_EXAMPLE)
    if len(tasks) > 1:
        names = list(tasks)
        raise TpcError(
            f"there are {len(tasks)} tasks in {found.where}: {', '.join(names)}",
            hint=f"say which one: {found.where}:{names[0]}",
        )
    return next(iter(tasks.items()))


def _tasks(found: PythonSource) -> dict[str, TaskFunction | Task]:
    """The tasks that a file defines by their first names; those it imports are not its own."""
    tasks: dict[str, TaskFunction | Task] = {}
    for name, value in vars(found.module).items():
        own = isinstance(value, TaskFunction) and value.function.__module__ == found.module.__name__
        if (own or isinstance(value, Task)) and not any(value is known for known in tasks.values()):
            tasks[name] = value
    return tasks


def _kind(value: object) -> str:
    return f"the {type(value).__name__} {quoted(value)}" if not callable(value) else "a function"
