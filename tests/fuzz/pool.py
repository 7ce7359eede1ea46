"""Worker processes that share the targets: whichever has had the least time is next."""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.fuzz.engine import MEMORY, Batch, Found
from tests.fuzz.target import Target
from tests.fuzz.worker import Window, work

#: A worker that shows nothing new for so many times what an input may take hangs.
PATIENCE = 5.0
#: A worker is replaced when it holds so much memory after a batch; it dies at more than twice this.
MOST_HELD = 3 << 30


@dataclass
class Tally:
    """What a target came to so far."""

    inputs: int = 0
    refused: int = 0
    seconds: float = 0.0
    batches: int = 0
    outcomes: set[str] = field(default_factory=set)


@dataclass
class Results:
    """What all targets came to: tallies, and the smallest input of each fault."""

    tallies: dict[str, Tally]
    faults: dict[tuple[str, str], Found] = field(default_factory=dict)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, batch: Batch) -> None:
        """Count what a batch came to."""
        tally = self.tallies[batch.target]
        tally.inputs += batch.inputs
        tally.refused += batch.refused
        tally.seconds += batch.seconds
        tally.outcomes |= batch.outcomes
        for fault in batch.faults:
            self.add_fault(fault)

    def add_fault(self, fault: Found) -> None:
        """Count a fault, and keep it if it is the smallest of its kind."""
        key = fault.target, fault.signature
        self.counts[key] = self.counts.get(key, 0) + 1
        if key not in self.faults or len(fault.case) < len(self.faults[key].case):
            self.faults[key] = fault


class _Worker:
    """A process, and what it is at."""

    def __init__(self, window: Path, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe: Connection
        self.pipe, other = context.Pipe()
        self.window = Window(window, create=True)
        self.process: BaseProcess = context.Process(
            target=work, args=(other, window, seed), daemon=True
        )
        self.process.start()
        other.close()
        self.target: Target | None = None
        self._seen, self._since = -1, time.monotonic()

    def start(self, target: Target, number: int) -> None:
        """Give it a batch."""
        self.target = target
        self._since = time.monotonic()
        self.pipe.send((target.name, number))

    def hangs(self) -> bool:
        """Whether it has been at one input for much longer than an input may take."""
        count = self.window.state()[0]
        if count != self._seen:
            self._seen, self._since = count, time.monotonic()
        assert self.target is not None, "it has a batch"
        return time.monotonic() - self._since > 30 + PATIENCE * self.target.seconds

    def held(self) -> int:
        """Bytes of memory that it holds; 0 where nothing says it."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * resource.getpagesize()

    def fault(self, why: str) -> Found:
        """The input that it was at, as a fault."""
        assert self.target is not None, "it has a batch"
        return Found(self.target.name, why, why, self.window.state()[1])

    def end(self) -> None:
        """Stop it, whatever it is at."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def run_targets(
    targets: Sequence[Target],
    *,
    seed: int,
    jobs: int,
    seconds: float,
    report: Callable[[Results], None] = lambda _: None,
) -> Results:
    """Run batches of all targets for a time, measured by the clock.

    Args:
        targets: What to try.
        seed: Of all inputs: the batches are the same for the same seed, how many fit is not.
        jobs: Worker processes.
        seconds: How long.
        report: Told of the results now and then.
    """
    results, end = Results({target.name: Tally() for target in targets}), time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="tpc-fuzz-") as name:
        pool = _Pool(Path(name), targets, results, seed, end)
        try:
            pool.fill(jobs)
            reported = time.monotonic()
            while pool.busy():
                pool.step()
                if time.monotonic() - reported > 30:
                    reported = time.monotonic()
                    report(results)
        except KeyboardInterrupt:
            pass  # What was found until then counts.
        finally:
            pool.close()
    return results


class _Pool:
    """The workers, each with a batch as long as there is time."""

    def __init__(
        self, folder: Path, targets: Sequence[Target], results: Results, seed: int, end: float
    ) -> None:
        self._folder, self._targets, self._results = folder, targets, results
        self._seed, self._end = seed, end
        self._workers: list[_Worker] = []
        self._made = 0
        self._given = {target.name: 0 for target in targets}
        #: Seconds that the batches now running are expected to take, as a debt of their target.
        self._owed = {target.name: 0.0 for target in targets}

    def fill(self, jobs: int) -> None:
        for _ in range(jobs):
            self._workers.append(self._new())

    def busy(self) -> bool:
        return bool(self._workers)

    def close(self) -> None:
        for worker in self._workers:
            worker.end()

    def step(self) -> None:
        """Wait a moment, take what is finished, replace what hangs or has died."""
        ready = wait([worker.pipe for worker in self._workers], timeout=0.5)
        for worker in list(self._workers):
            if worker.pipe in ready:
                self._take(worker)
            elif worker.hangs():
                self._replace(worker, worker.fault("it hangs: killed"))
            elif worker.held() > MOST_HELD + MEMORY + (1 << 30):
                self._replace(worker, worker.fault("it takes too much memory: killed"))

    def _take(self, worker: _Worker) -> None:
        assert worker.target is not None, "it has a batch"
        try:
            batch = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join(10)
            self._replace(worker, worker.fault(f"the process died: {worker.process.exitcode}"))
            return
        self._results.add(batch)
        self._settle(worker.target)
        if time.monotonic() > self._end or worker.held() > MOST_HELD:
            self._replace(worker)
        else:
            self._next(worker)

    def _replace(self, worker: _Worker, fault: Found | None = None) -> None:
        worker.end()
        self._workers.remove(worker)
        if fault is not None:
            assert worker.target is not None, "it had a batch"
            self._results.add_fault(fault)
            self._settle(worker.target)
        if time.monotonic() < self._end:
            self._workers.append(self._new())

    def _settle(self, target: Target) -> None:
        self._owed[target.name] = max(0.0, self._owed[target.name] - 10.0)
        self._results.tallies[target.name].batches += 1

    def _new(self) -> _Worker:
        self._made += 1
        worker = _Worker(self._folder / f"window{self._made}", self._seed)
        self._next(worker)
        return worker

    def _next(self, worker: _Worker) -> None:
        def spent(target: Target) -> float:
            return self._results.tallies[target.name].seconds + self._owed[target.name]

        target = min(self._targets, key=spent)
        number = self._given[target.name]
        self._given[target.name] += 1
        self._owed[target.name] += 10.0
        worker.start(target, number)
