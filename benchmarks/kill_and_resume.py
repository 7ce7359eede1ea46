"""Kill a training run with SIGKILL at random moments, resume it, and compare the final weights.

    python benchmarks/kill_and_resume.py [--times 10] [--seed 0] [--model program|standard]

Every run is killed at another moment, drawn evenly from the time between its first checkpoint and
its expected end, and again while it resumes with some luck; then it is resumed to its end. The
exit status is 1 if any file of the network differs in a single bit from that of a run that nobody
killed.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMPARED = ("model.safetensors", "metrics.csv", "config.json")
TASK = ("hist", "--dataset-size", "2000", "--batch-size", "128", "--dropout", "0.1")
PROGRAM = (
    *("--recipe", "paper", "--n-layers", "1", "--n-heads-num", "2", "--n-num-mlps", "1"),
    *("--n-epochs", "40", "--sample-fn", "gumbel_hard"),
)
STANDARD = ("--model", "standard", "--d-model", "64", "--n-epochs", "40")
MODELS = {"program": PROGRAM, "standard": STANDARD}
CODE = "import sys; from tpc.cli.main import main; sys.argv[0] = 'tpc'; main()"


def start(*arguments: str) -> subprocess.Popen[str]:
    """A `tpc` command in a process of its own."""
    command = [sys.executable, "-c", CODE, *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(*arguments: str) -> None:
    """Run a `tpc` command to its end.

    Raises:
        RuntimeError: It failed.
    """
    process = start(*arguments)
    _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"tpc {' '.join(arguments)}: {errors}")


def digests(run: Path) -> dict[str, str]:
    """A digest of every compared file."""
    return {name: hashlib.sha256((run / name).read_bytes()).hexdigest() for name in COMPARED}


def killed(process: subprocess.Popen[str], checkpoint: Path, delay: float) -> bool:
    """Wait for the first checkpoint and the delay, then kill; False if it had ended before."""
    while not checkpoint.exists() and process.poll() is None:
        time.sleep(0.002)
    time.sleep(delay)
    running = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return running


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
        while not (whole / "checkpoint.safetensors").exists() and process.poll() is None:
            time.sleep(0.002)
        begun = time.monotonic()
        process.communicate()
        seconds = time.monotonic() - begun
        expected, different, done = digests(whole), 0, 0
        while done < given.times:
            run = Path(folder) / f"run{stream.randrange(10**9)}"
            what = survives(run, options, stream, 0.9 * seconds)
            if what.endswith("epoch "):
                continue  # It ended before it could be killed.
            done += 1
            same = digests(run) == expected
            different += not same
            print(f"{done:3d}: {what}: {'the same bits' if same else 'DIFFERENT'}", flush=True)
    print(f"{given.times - different} of {given.times} runs end with the same bits")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
