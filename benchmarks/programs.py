"""Make the programs of the generated tasks in `programs/`: `make programs`.

    python benchmarks/programs.py -o RUNS [--programs programs] [--only NAME ...] [--check]

What is there and was found equal to its network is left alone; runs that are finished are read,
those that were interrupted are resumed, what is missing is trained, optimised, compared and
written, one after the other. So it can be stopped at any time. All of it takes hours.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tpc.sweep.reproductions import reproduction
from tpc.training.option import flag_of

_MAIN = "import sys; from tpc.cli.main import main; sys.argv[0] = 'tpc'; main()"

_ROWS = "--threads 1 --dataset-size 20000"
#: What all have, or `_ROWS` says already.
_SHARED = ("task", "threads", "dataset_size", "data_seed")


@dataclass(frozen=True)
class Setting:
    """A program of `programs/`.

    Attributes:
        task: Its task.
        folder: Where it is.
        options: Of `tpc train`.
    """

    task: str
    folder: str
    options: str

    @property
    def command(self) -> str:
        """The whole command, but for the run directory."""
        return f"tpc train {self.task} {self.options}"


def _words(name: str, value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield flag_of(name) if value else flag_of(f"no_{name}")
    else:
        yield from (flag_of(name), str(value))


def _options(config: dict[str, Any]) -> str:
    named = ((name, value) for name, value in config.items() if name not in _SHARED)
    return shlex.join(word for name, value in named for word in _words(name, value))


def _usual() -> Iterator[Setting]:
    """The best of five seeds; of hist one that was proved, of sort the best of ten."""
    for config in reproduction("size8").plan.configs:
        task = config["task"]
        how = "--until-proved" if task == "hist" else "--seeds 0-4"
        options = f"{how} {_ROWS} {_options(config)}"
        yield Setting(task, task, "--seeds 0-9 --threads 2" if task == "sort" else options)


#: Networks of categorical heads and MLPs alone, one seed each, as large as take minutes. Those of
#: sort and induction have no other heads as they are.
_CATEGORICAL = {
    "reverse": "--n-layers 3 --n-heads-cat 8",
    "hist": "--n-layers 1 --n-heads-cat 4",
    "double_hist": "--n-layers 3 --n-heads-cat 4",
    "dyck1": "--max-length 16 --n-layers 3 --n-heads-cat 8",
    "dyck2": "--max-length 16 --n-layers 3 --n-heads-cat 8 --search 4",
    "most_freq": "--n-layers 3 --n-heads-cat 8 --n-cat-mlps 4 --search 4",
}

SETTINGS = (
    *_usual(),
    *(
        Setting(task, f"categorical/{task}", f"{_ROWS} {options} --n-heads-num 0 --n-num-mlps 0")
        for task, options in _CATEGORICAL.items()
    ),
)


def missing(setting: Setting, programs: Path) -> str:
    """Why a program has to be made; nothing if it is there and was found equal to its network."""
    folder = programs / setting.folder
    report = folder / "report.json"
    if not (folder / f"{setting.task}.tpir").exists():
        return "it is not there"
    if not report.exists():
        return "it was not compared with its network"
    return "" if json.loads(report.read_text())["equal"] else "it differs from its network"


def tpc(*words: object, allowed: tuple[int, ...] = (0,)) -> str:
    """What a command prints on standard output.

    Raises:
        RuntimeError: It failed.
    """
    command = [sys.executable, "-c", _MAIN, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in allowed:
        raise RuntimeError(f"{shlex.join(command[2:])}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def make(setting: Setting, runs: Path, programs: Path) -> None:
    """Train a program, or go on with it, and write it with all that belongs to it.

    Raises:
        RuntimeError: A command failed, or the program is not its network.
    """
    run = runs / setting.folder.replace("/", "-")
    if not (run / "run.json").exists():
        if run.exists():
            tpc("train", "--resume", run)
        else:
            tpc(*shlex.split(setting.command)[1:], "-o", run)
    optimised, folder = run / "optimised.tpir", programs / setting.folder
    tpc("opt", "-O3", run / "program.tpir", "-o", optimised)
    report = compared(optimised, run)
    if not report["equal"]:
        raise RuntimeError(f"{optimised} is not the network of {run}")
    folder.mkdir(parents=True, exist_ok=True)
    for target, suffix in (("python", "py"), ("rasp", "rasp")):
        output = folder / f"{setting.task}.{suffix}"
        tpc("compile", "-O1", optimised, "--target", target, "-o", output)
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    (folder / "command.txt").write_text(f"{setting.command} -o RUN\ntpc opt -O3 RUN/program.tpir\n")
    (folder / f"{setting.task}.tpir").write_bytes(optimised.read_bytes())


def compared(program: Path, run: Path) -> dict[str, Any]:
    """The report of a program's comparison with its network.

    Where emitted code is only sampled, the verdict is of the program itself.
    """
    words = ["verify", program, "--against", run, "--json"]
    targets = [word for name in ("interpreter", "python", "numpy", "c") for word in ("-t", name)]
    report: dict[str, Any] = json.loads(tpc(*words, *targets, allowed=(0, 1)))
    if report["verdict"] != "unknown":
        return report
    proof = json.loads(tpc(*words, "--require-proof", allowed=(0, 1, 3)))
    return {**proof, "targets": [*proof.pop("targets"), *report["targets"][1:]]}


def main() -> int:
    """Make what is missing; with --check only say what is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, required=True, help="where runs are kept")
    parser.add_argument("--programs", type=Path, default=Path("programs"))
    parser.add_argument("--only", nargs="*", default=[], help="names such as categorical/hist")
    parser.add_argument("--check", action="store_true", help="make nothing")
    given = parser.parse_args()
    found = [s for s in SETTINGS if not given.only or s.folder in given.only]
    left = {setting: why for setting in found if (why := missing(setting, given.programs))}
    for setting, why in left.items():
        print(f"{setting.folder}: {why}", file=sys.stderr, flush=True)
        if not given.check:
            given.output.mkdir(parents=True, exist_ok=True)
            make(setting, given.output, given.programs)
    print(f"{len(found) - len(left)} of {len(found)} programs were there", file=sys.stderr)
    return 1 if left and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
