"""Work in several processes or on several machines, whose results come in the order of the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from multiprocessing import get_all_start_methods, get_context
from typing import Any, Generic, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Inherited(Generic[Item, Result]):
    """What forked processes do; it is theirs without being sent, whatever it holds."""

    function: Callable[[Any], Any]


class Placing(Protocol):
    """Where functions of many items run, other than in processes of this machine."""

    def in_order(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[Result]:
        """A function of each item, in order; what is not asked for any more is given up."""
        ...


_PLACING: ContextVar[Placing | None] = ContextVar("placing", default=None)


@contextmanager
def placed_by(placing: Placing) -> Iterator[None]:
    """Within the block `in_order` has its work done elsewhere; no result depends on where."""
    token = _PLACING.set(placing)
    try:
        yield
    finally:
        _PLACING.reset(token)


def processors() -> int:
    """How many processes can work at the same time."""
    return os.cpu_count() or 1


def in_order(
    function: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> Iterator[Result]:
    """A function of each item, in order; what is not asked for any more is given up.

    Args:
        function: Of one item.
        items: Are sent to the processes.
        processes: How many; where processes cannot be forked, this one does all.
    """
    placing = _PLACING.get()
    if placing is not None and len(items) > 1:
        yield from placing.in_order(function, items)
        return
    processes = min(processes, len(items))
    if processes < 2 or "fork" not in get_all_start_methods():
        yield from map(function, items)
        return
    # Forked, so that a script need not guard its main program, and compiled code is shared.
    pool = ProcessPoolExecutor(processes, get_context("fork"), _take, (function,))
    try:
        yield from pool.map(_call, items)
    finally:
        pool.shutdown(cancel_futures=True)


def _take(function: Callable[[Any], Any]) -> None:
    _Inherited.function = staticmethod(function)


def _call(item: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
    return _Inherited.function(item)
