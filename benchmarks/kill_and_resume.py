"""Kill a training run with SIGKILL at random moments, resume it, and compare the final weights.

    python benchmarks/kill_and_resume.py [--times 10] [--seed 0] [--model program|standard]

Every run is killed at another moment, drawn evenly from the time between its first checkpoint and
its expected end, and again while it resumes with some luck; then it is resumed to its end. The
exit status is 1 if any file of the network differs in a single bit from that of a run that nobody
killed. Processes are forked from one that has read the libraries already: training is what takes
time.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from multiprocessing.context import ForkProcess
from pathlib import Path

import tpc.training.seeds  # noqa: F401 - what a training reads
from tpc.cli.main import main as main_of_tpc

COMPARED = ("model.safetensors", "metrics.csv", "config.json")
TASK = ("hist", "--dataset-size", "200", "--batch-size", "32", "--dropout", "0.1")
PROGRAM = (
    *("--recipe", "paper", "--n-layers", "1", "--n-heads-num", "2", "--n-num-mlps", "1"),
    *("--n-epochs", "20", "--sample-fn", "gumbel_hard"),
)
STANDARD = ("--model", "standard", "--d-model", "64", "--n-epochs", "20")
MODELS = {"program": PROGRAM, "standard": STANDARD}
FORK = multiprocessing.get_context("fork")


def start(*arguments: str) -> ForkProcess:
    """A `tpc` command in a process of its own, which says nothing but errors."""
    process = FORK.Process(target=command, args=(arguments,))
    process.start()
    return process


def command(arguments: tuple[str, ...]) -> None:
    """In the new process: become the command."""
    sys.argv = ["tpc", *arguments]
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
    main_of_tpc()


def finish(*arguments: str) -> None:
    """Run a `tpc` command to its end.

    Raises:
        RuntimeError: It failed.
    """
    process = start(*arguments)
    process.join()
    if process.exitcode:
        raise RuntimeError(f"tpc {' '.join(arguments)}: status {process.exitcode}")


def digests(run: Path) -> dict[str, str]:
    """A digest of every compared file."""
    return {name: hashlib.sha256((run / name).read_bytes()).hexdigest() for name in COMPARED}


def killed(process: ForkProcess, checkpoint: Path, delay: float) -> bool:
    """Wait for the first checkpoint and the delay, then kill; False if it had ended before."""
    while not checkpoint.exists() and process.is_alive():
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def survives(run: Path, options: tuple[str, ...], stream: random.Random, seconds: float) -> str:
    """Kill a run until it has been killed at least once, finish it, and say what happened."""
    checkpoint = run / "checkpoint.safetensors"
    epochs: list[int] = []
    process = start("train", *TASK, *options, "-o", str(run))
    while killed(process, checkpoint, stream.uniform(0, seconds)):
        epochs.append(len((run / "metrics.csv").read_text().splitlines()) - 2)
        if stream.random() < 0.5:
            break
        process = start("train", "--resume", str(run))
    if checkpoint.exists():
        finish("train", "--resume", str(run))
    return f"killed in epoch {', then '.join(str(epoch + 1) for epoch in epochs)}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", choices=tuple(MODELS), default="program")
    given = parser.parse_args()
    options, stream = MODELS[given.model], random.Random(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole"
        process = start("train", *TASK, *options, "-o", str(whole))
        while not (whole / "checkpoint.safetensors").exists() and process.is_alive():
            time.sleep(0.002)
        begun = time.monotonic()
        process.join()
        seconds = time.monotonic() - begun
        expected, different, done, kills = digests(whole), 0, 0, 0
        while done < given.times:
            run = Path(folder) / f"run{stream.randrange(10**9)}"
            what = survives(run, options, stream, 0.9 * seconds)
            if what.endswith("epoch "):
                continue  # It ended before it could be killed.
            done += 1
            kills += what.count(",") + 1
            same = digests(run) == expected
            different += not same
            print(f"{done:3d}: {what}: {'the same bits' if same else 'DIFFERENT'}", flush=True)
    print(f"{given.times - different} of {given.times} runs, killed {kills} times, end the same")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
