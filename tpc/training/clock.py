"""What a run took, over all the sessions that it was gone on with."""

from __future__ import annotations

import time
from typing import NamedTuple


class Spent(NamedTuple):
    """Seconds of the clock, and of the processor."""

    wall: float = 0.0
    processor: float = 0.0


NOTHING = Spent()


class Clock:
    """Runs from now on.

    Args:
        earlier: What sessions before this one took.
    """

    def __init__(self, earlier: Spent = NOTHING) -> None:
        self._wall = time.monotonic() - earlier.wall
        self._processor = time.process_time() - earlier.processor

    def spent(self) -> Spent:
        """What the run took so far."""
        return Spent(time.monotonic() - self._wall, time.process_time() - self._processor)
