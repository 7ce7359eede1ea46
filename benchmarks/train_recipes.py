"""Train generated tasks by a recipe with several seeds, and print a line of docs/recipes.md each.

    python benchmarks/train_recipes.py --recipe default --seeds 0-4 --folder RUNS [TASK ...]

Runs that are there already are read, not trained again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

TASKS = {
    "hist": "--n-layers 1 --n-heads-cat 2 --n-heads-num 2 --n-num-mlps 1",
    "sort": "",
    "reverse": "--n-layers 3",
    "double_hist": "--n-layers 3 --n-heads-cat 2 --n-heads-num 2 --n-num-mlps 1",
    "most_freq": "--n-layers 2 --n-heads-cat 2 --n-heads-num 2 --n-num-mlps 1",
    "dyck1": "--n-layers 3 --n-heads-num 4 --n-num-mlps 1 --max-length 16",
}


def run(task: str, recipe: str, seeds: str, folder: Path) -> dict[str, object]:
    path = folder / f"{task}-{recipe}"
    if not (path / "run.json").exists():
        words = [task, "-o", str(path), "--recipe", recipe, "--seeds", seeds]
        words += [*TASKS[task].split(), "--overwrite"]
        main = "import sys; from tpc.cli.main import main; sys.argv[0] = 'tpc'; main()"
        command = [sys.executable, "-c", main, "train", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return dict(json.loads((path / "run.json").read_text()))


def line(task: str, summary: dict[str, object]) -> str:
    seeds = summary["seeds"]
    assert isinstance(seeds, dict)
    runs = {entry["seed"]: entry for entry in seeds["runs"]}
    best = runs[seeds["best"]]
    deviation = seeds["deviation"] or {"test": 0.0}
    rounds = sum(entry["epochs"] for entry in runs.values()) / len(runs)
    columns = [
        task,
        str(len(runs)),
        f"{100 * best['test']:.2f}",
        f"{100 * seeds['mean']['test']:.2f}",
        f"{100 * deviation['test']:.2f}",
        f"{rounds:.0f}",
        f"{float(str(summary['seconds'])) / len(runs):.0f}",
    ]
    return f"| {' | '.join(columns)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tasks", nargs="*", default=list(TASKS))
    parser.add_argument("--recipe", default="default")
    parser.add_argument("--seeds", default="0-4")
    parser.add_argument("--folder", type=Path, default=Path("recipes"))
    arguments = parser.parse_args()
    print("| task | seeds | best test % | mean | deviation | rounds | seconds a seed |")
    print("|---|---|---|---|---|---|---|")
    for task in arguments.tasks:
        summary = run(task, arguments.recipe, arguments.seeds, arguments.folder)
        print(line(task, summary), flush=True)


if __name__ == "__main__":
    main()
