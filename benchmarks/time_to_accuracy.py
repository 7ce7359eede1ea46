"""How long a search takes to reach an accuracy: wall and processor time, start-up included.

    python benchmarks/time_to_accuracy.py -o RUNS [--task sort] [--seeds 0-4] [--accuracy 0.9983]
        [--at-once 1] [-- OPTIONS OF tpc train]

Seeds are trained alone, or so many at once, each on a thread of its own, and stopped once the
discretised network of one reaches the accuracy on the validation split (0.9983 is the paper's on
sort). Processor time is the one to compare on a machine that does other work too.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

_MAIN = "import sys; from tpc.cli.main import main; sys.argv[0] = 'tpc'; main()"
_EVERY = 0.05


def reached(run: Path, accuracy: float) -> bool:
    """Whether an epoch or a round of a seed has that accuracy on the validation split."""
    scores = []
    for path in run.glob("seed-*/metrics.csv"):
        try:
            with path.open() as stream:
                scores += [line["discrete_val_accuracy"] for line in csv.DictReader(stream)]
        except (OSError, KeyError):
            continue
    return any(float(score) >= accuracy for score in scores if score)


def processor_seconds(pid: int) -> float:
    """What a process of ours has computed so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(words: list[str], run: Path, accuracy: float) -> tuple[float, float] | None:
    """Wall and processor time until the accuracy is reached, or nothing if it never is."""
    # An earlier run's is there until the new one begins.
    shutil.rmtree(run, ignore_errors=True)
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, "-c", _MAIN, *words, "-o", str(run)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    spent = 0.0
    while child.poll() is None:
        spent = processor_seconds(child.pid)
        if reached(run, accuracy):
            break
        time.sleep(_EVERY)
    wall = time.monotonic() - started
    child.kill()
    child.wait()
    return (wall, spent) if reached(run, accuracy) else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--task", default="sort")
    parser.add_argument("--seeds", default="0-4")
    parser.add_argument("--accuracy", type=float, default=0.9983)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("options", nargs="*")
    given = parser.parse_args()
    first, _, last = given.seeds.partition("-")
    for seed in range(int(first), int(last or first) + 1, given.at_once):
        run, seeds = given.output / f"{given.task}-{seed}", f"{seed}-{seed + given.at_once - 1}"
        words = ["train", given.task, "--seeds", seeds, "--threads", str(given.at_once)]
        found = timed([*words, *given.options], run, given.accuracy)
        said = "never" if found is None else f"{found[0]:.1f} s, {found[1]:.1f} s of processor time"
        print(f"seeds {seeds}: {said}", flush=True)


if __name__ == "__main__":
    main()
