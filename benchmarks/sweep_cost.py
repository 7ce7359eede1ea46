"""What a trial costs besides its training, and how many are done in an hour.

    python benchmarks/sweep_cost.py [--engine local ray] [--workers 2]
    python benchmarks/sweep_cost.py --tune [--workers 2]
    python benchmarks/sweep_cost.py --plan benchmarks/sweeps/small.toml [--workers 1 2]

The first hands out 1,000 pieces of work that do nothing, by each engine, and prints milliseconds a
piece, processes started before. The second does so with 40 trials of Ray Tune (`ray[tune]`). The
third runs a sweep with so many processes, and prints trials an hour, all of it included. Ray has to
be installed for its lines.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tpc.sweep.engine import ENGINES, EngineName
from tpc.sweep.engines import make_engine
from tpc.sweep.plan import read_sweep
from tpc.sweep.running import run_sweep

COUNT, OF_TUNE = 1_000, 40


def nothing(number: int) -> int:
    return number


def same(config: dict[str, int]) -> dict[str, int]:
    return config


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


def milliseconds_of_tune(workers: int) -> float:
    """Of one trial of Ray Tune that does nothing, Ray started before."""
    import ray
    from ray import tune

    ray.init(address="local", num_cpus=workers, log_to_driver=False, include_dashboard=False)
    with tempfile.TemporaryDirectory() as folder:
        for count in (2 * workers, OF_TUNE):
            numbers = tune.grid_search(list(range(count)))
            run = tune.RunConfig(storage_path=folder, verbose=0)
            tuner = tune.Tuner(same, param_space={"number": numbers}, run_config=run)
            begun = time.perf_counter()
            assert len(tuner.fit()) == count
    return 1_000 * (time.perf_counter() - begun) / OF_TUNE


def an_hour(plan: Path, name: EngineName, workers: int) -> str:
    """How many trials, and how many processor seconds their trainings take on average."""
    with tempfile.TemporaryDirectory() as folder:
        begun, engine = time.perf_counter(), {"name": name, "workers": workers}
        rows, _ = run_sweep(read_sweep(plan), Path(folder), engine, print, lambda *_: None)
        seconds = time.perf_counter() - begun
    spent = sum(row["processor_seconds"] for row in rows.values()) / len(rows)
    rate = 3600 * len(rows) / seconds
    return f"{rate:,.0f} trials an hour, {spent:.2f} processor seconds of training each"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--engine", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--workers", type=int, nargs="+", default=[2])
    parser.add_argument("--plan", type=Path)
    parser.add_argument("--tune", action="store_true")
    given = parser.parse_args()
    if given.tune:
        for workers in given.workers:
            print(f"Tune, {workers} processes: {milliseconds_of_tune(workers):.0f} ms a trial")
        return
    for name in given.engine:
        for workers in given.workers:
            if given.plan is None:
                said = f"{milliseconds(name, workers):.2f} ms a piece of work"
            else:
                said = an_hour(given.plan, name, workers)
            print(f"{name}, {workers} processes: {said}", flush=True)


if __name__ == "__main__":
    main()
