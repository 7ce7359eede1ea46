"""What a trial costs besides its training: 1,000 pieces of work that do nothing, by each engine.

    python benchmarks/sweep_cost.py [--engine local ray] [--workers 2]

Prints milliseconds a piece, processes started before. Ray has to be installed for its line.
"""

from __future__ import annotations

import argparse
import time

from tpc.sweep.engine import ENGINES, EngineName
from tpc.sweep.engines import make_engine

COUNT = 1_000


def nothing(number: int) -> int:
    return number


def milliseconds(name: EngineName, workers: int) -> float:
    """Of one piece of work, handed over as a sweep does."""
    engine = make_engine(name, nothing, workers)
    try:
        for number in range(2 * workers):
            engine.submit(number)
        assert len(list(engine.results())) == 2 * workers
        begun, waiting, done = time.perf_counter(), iter(range(COUNT)), 0
        for _ in range(engine.room):
            engine.submit(next(waiting))
        for _ in engine.results():
            done += 1
            if (number := next(waiting, None)) is not None:
                engine.submit(number)
        assert done == COUNT
        return 1_000 * (time.perf_counter() - begun) / COUNT
    finally:
        engine.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    for name in arguments.engine:
        print(f"{name}: {milliseconds(name, arguments.workers):.2f} ms a piece of work")


if __name__ == "__main__":
    main()
