"""`--time`: how long a training may take, after which it ends as with Ctrl-C."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tpc.diagnostics import TpcError, quoted

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_LEAST = 0.01


def parse_time(text: str) -> float:
    """The seconds of a time such as `60s`, `5m` or `1.5h`; a number alone is of seconds.

    Raises:
        TpcError: It is none.
    """
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]*)", text.strip().lower())
    seconds = float(found[1]) * _UNITS[found[2]] if found and found[2] in _UNITS else 0.0
    if seconds <= 0:
        raise TpcError(f"--time {quoted(text)} is no time", hint="for example 60s, 5m or 1.5h")
    return seconds


@contextmanager
def until(deadline: float | None) -> Iterator[None]:
    """Raise KeyboardInterrupt in the block once that time has come.

    Args:
        deadline: By `time.monotonic`; at least a hundredth of a second is left. None for never.
    """
    if deadline is None:
        yield
        return

    def over(*_: object) -> None:
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(_LEAST, deadline - time.monotonic()))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)
