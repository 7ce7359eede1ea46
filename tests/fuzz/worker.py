"""A worker process: it runs the batches that it is told to, and shows what it is at."""

from __future__ import annotations

import logging
import mmap
import os
import struct
import tempfile
import warnings
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.engine import run_batch
from tests.fuzz.target import TARGETS, Fuzzer

#: What an input may have so that it can be told after the worker has died.
ROOM = 4 << 20
_HEADER = struct.Struct("QQ")


class Window:
    """The input that a worker tries, in memory that outlives it.

    Args:
        path: A file for that memory.
        create: Make the file.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        if create:
            path.write_bytes(bytes(_HEADER.size + ROOM))
        with path.open("r+b") as stream:
            self._memory = mmap.mmap(stream.fileno(), _HEADER.size + ROOM)

    def show(self, case: bytes) -> None:
        """Put an input there."""
        count, _ = self.state()
        kept = case[:ROOM]
        self._memory[_HEADER.size : _HEADER.size + len(kept)] = kept
        self._memory[: _HEADER.size] = _HEADER.pack(count + 1, len(kept))

    def state(self) -> tuple[int, bytes]:
        """How many inputs there have been, and the last."""
        count, size = _HEADER.unpack(self._memory[: _HEADER.size])
        return count, self._memory[_HEADER.size : _HEADER.size + size]


def work(pipe: Connection, window: Path, seed: int) -> None:
    """Run batches until told `None`: each is the name of a target and a number."""
    _calm()
    shown, fuzzers = Window(window), dict[str, Fuzzer]()
    with tempfile.TemporaryDirectory(prefix="tpc-fuzz-") as folder:
        # What fails after this is written there: the process's own streams may be the driver's.
        while (task := pipe.recv()) is not None:
            name, number = task
            if name not in fuzzers:
                own = Path(folder) / name
                own.mkdir()
                fuzzers[name] = TARGETS[name].load(own)
            pipe.send(run_batch(TARGETS[name], fuzzers[name], seed, number, shown.show))
    pipe.close()


def _calm() -> None:
    """No warnings, no logs, no network, one thread: only faults count."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.environ.update(
        OMP_NUM_THREADS="1", HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", NO_COLOR="1"
    )
