"""Limits of processor time and of memory for what runs in this process."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


class TooLong(BaseException):
    """The time is up. No `except Exception` takes it for a failure of its own."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TooLong` in this block after so many seconds of this process's processor time.

    Again every second, should something have swallowed the first.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def memory_limit(size: int) -> Iterator[None]:
    """Let allocations in this block fail beyond `size` bytes more than there are now."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    used = _allocated()
    if used is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (used + size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def lift_memory_limit() -> None:
    """For a child process that reserves more than it uses, such as one with sanitizers."""
    resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def _allocated() -> int | None:
    """Bytes that this process has allocated, used or not; `None` where nothing says it."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    found = next((line for line in status.splitlines() if line.startswith("VmData:")), None)
    return None if found is None else int(found.split()[1]) << 10
