"""Work in processes of this machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import ClassVar, Generic, TypeVar

from tpc.diagnostics import TpcError
from tpc.sweep.engine import ATTEMPTS, Lost

Work = TypeVar("Work")
Result = TypeVar("Result")


class LocalEngine(Generic[Work, Result]):
    """Processes of this machine, of one thread each.

    Args:
        function: What is run; it can be imported.
        workers: Processes.
    """

    remote: ClassVar[bool] = False

    def __init__(self, function: Callable[[Work], Result], workers: int) -> None:
        self._function, self._workers = function, workers
        self._waiting: dict[Future[Result], tuple[Work, int]] = {}
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        # Read by numerical libraries when they are loaded, in processes that start from now on.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        return ProcessPoolExecutor(self._workers, get_context("spawn"), _start_worker)

    @property
    def room(self) -> int:
        """As `Engine.room`: what waits keeps processes busy while rows are written."""
        return 2 * self._workers

    def submit(self, work: Work) -> None:
        """As `Engine.submit`."""
        self._submit(work, 1)

    def _submit(self, work: Work, attempt: int) -> None:
        try:
            future = self._pool.submit(self._function, work)
        except BrokenProcessPool:
            self._pool = self._new_pool()
            future = self._pool.submit(self._function, work)
        self._waiting[future] = work, attempt

    def results(self) -> Iterator[tuple[Work, Result | TpcError]]:
        """As `Engine.results`; work whose process was killed is tried again."""
        while self._waiting:
            for future in wait(self._waiting, return_when=FIRST_COMPLETED).done:
                work, attempt = self._waiting.pop(future)
                try:
                    yield work, future.result()
                except BrokenProcessPool:
                    if attempt < ATTEMPTS:
                        self._submit(work, attempt + 1)
                    else:
                        yield work, Lost("its process was killed: is there too little memory?")
                except TpcError as error:
                    yield work, error

    def close(self) -> None:
        """As `Engine.close`: what was saved by then is gone on with by the next who is asked."""
        for process in list((self._pool._processes or {}).values()):
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _start_worker() -> None:
    """Leave Ctrl-C to the process that gives out the work, and end with it, however it ends."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None, "workers are started by another process"

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
