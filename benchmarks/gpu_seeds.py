"""How many seeds a GPU trains in the time that one takes in a plain loop on it.

    python benchmarks/gpu_seeds.py -o RUNS [--seeds 32] [--epochs 250] [--task sort]

The paper's recipe, at its default sizes. The plain loop makes every call of a step anew, for one
seed, and is otherwise the same code; all seeds together are one batch, whose step is captured as a
CUDA graph. Times are of whole runs: first scores, epochs with their scores on the validation rows,
checkpoints, final scores and programs; beside them those of the epochs alone. The data are made
before, and the GPU is set up by a short run.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import torch

from tpc.training.options import SeedsOptions
from tpc.training.plan import Plan
from tpc.training.planning import plan_training
from tpc.training.seeds import start_seeds


def timed(plan: Plan, path: Path, n_seeds: int, *, captured: bool) -> dict[str, Any]:
    """Seconds of a run of so many seeds, and how good they became."""
    ends: list[float] = []
    options = SeedsOptions(tuple(range(n_seeds)), device="cuda", captured=captured)
    started = time.monotonic()
    summary = start_seeds(plan, path, options, lambda _: ends.append(time.monotonic()), True)
    # The first epoch has the capture in it.
    epochs = (ends[-1] - ends[0]) / (len(ends) - 1) * len(ends)
    found = {"seeds": n_seeds, "captured": captured, "whole": time.monotonic() - started}
    return found | {"epochs": epochs, "test": [run["test"] for run in summary["seeds"]["runs"]]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--task", default="sort")
    parser.add_argument("--seeds", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=250)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    print(torch.cuda.get_device_name(), "PyTorch", torch.__version__, flush=True)

    def plan(epochs: int) -> Plan:
        options = {"recipe": "paper", "n_epochs": epochs, "threads": given.threads}
        return plan_training(given.task, options)

    for n_seeds, captured in ((1, False), (given.seeds, True)):
        timed(plan(2), given.output / "first", n_seeds, captured=captured)
    for n_seeds, captured in ((1, False), (1, True), (given.seeds, True), (1, False)):
        found = timed(plan(given.epochs), given.output / "run", n_seeds, captured=captured)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
