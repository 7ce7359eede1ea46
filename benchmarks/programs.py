"""Make the programs in `programs/`: `make programs`.

    python benchmarks/programs.py -o RUNS [--programs programs] [--only NAME ...] [--check]
        [--data FOLDER --vectors FILE]

What is there and was found equal to its network is left alone; runs that are finished are read,
those that were interrupted are resumed, what is missing is trained, optimised, compared and
written, one after the other. So it can be stopped at any time. All of it takes hours. Those of
text are left out without corpora and word vectors, which are not in the repository.
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

from tpc.evaluation.rows import Reading, given_rows
from tpc.evaluation.scores import score
from tpc.frontends.program_file import read_program_file
from tpc.runtime.backend import run_with
from tpc.runtime.sentences import origin
from tpc.semantics import interpreter
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
        corpus: Of text: its folder among the user's.
        refit: Of text: the options of `tpc opt` that fit its votes again.
    """

    task: str
    folder: str
    options: str
    corpus: str = ""
    refit: str = ""

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

#: The smallest useful ones, of few words.
_TEXT = (
    Setting(
        "trec",
        "text/trec",
        "--n-vars-cat 8 --n-heads-cat 4 --n-layers 1 --n-cat-mlps 0",
        "trec",
        "--budget-tokens 1300 --words 1500",
    ),
)

SETTINGS = (
    *_usual(),
    *(
        Setting(task, f"categorical/{task}", f"{_ROWS} {options} --n-heads-num 0 --n-num-mlps 0")
        for task, options in _CATEGORICAL.items()
    ),
    *_TEXT,
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


@dataclass(frozen=True)
class Files:
    """Where things are.

    Attributes:
        runs: Of training.
        programs: What is written.
        data: The user's corpora, if there are any.
        vectors: Word vectors, likewise.
    """

    runs: Path
    programs: Path
    data: Path | None
    vectors: Path | None


def make(setting: Setting, files: Files) -> None:
    """Train a program, or go on with it, and write it with all that belongs to it.

    Raises:
        RuntimeError: A command failed, or the program is not its network.
    """
    run = files.runs / setting.folder.replace("/", "-")
    corpus = [] if files.data is None else ["--data", files.data / setting.corpus]
    if not (run / "run.json").exists():
        text = [*corpus, "--vectors", files.vectors] if setting.corpus else []
        if run.exists():
            tpc("train", "--resume", run)
        else:
            tpc(*shlex.split(setting.command)[1:], *text, "-o", run)
    optimised, folder = run / "optimised.tpir", files.programs / setting.folder
    exported, steps = run / "program.tpir", "-O3"
    if setting.corpus:
        steps = setting.refit
        tpc("opt", exported, *shlex.split(steps), *corpus, "-o", optimised)
        report = answers(optimised, files)
        steps += f" --data DATA/{setting.corpus}"
    else:
        tpc("opt", "-O3", exported, "-o", optimised)
        report = compared(optimised, run)
    if not report["equal"]:
        raise RuntimeError(f"{optimised} is not the network of {run}")
    folder.mkdir(parents=True, exist_ok=True)
    targets = {"python": "py"} if setting.corpus else {"python": "py", "rasp": "rasp"}
    for target, suffix in targets.items():
        output = folder / f"{setting.task}.{suffix}"
        tpc("compile", "-O1", optimised, "--target", target, "-o", output)
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    text_options = f" --data DATA/{setting.corpus} --vectors VECTORS" if setting.corpus else ""
    commands = f"{setting.command}{text_options} -o RUN\ntpc opt {steps} RUN/program.tpir\n"
    (folder / "command.txt").write_text(commands)
    (folder / f"{setting.task}.tpir").write_bytes(optimised.read_bytes())


def answers(program: Path, files: Files) -> dict[str, Any]:
    """Whether emitted code answers as the reference does on the test split, and how well.

    A program that was fitted again is not its network: there is nothing else to compare it with.
    """
    loaded = read_program_file(program)
    corpus = files.data / origin(loaded)["task"] if files.data else program
    rows = given_rows(loaded, str(corpus), "test", Reading())["test"]
    tokens = [words for words, _ in rows if len(words) <= loaded.max_length]
    expected = [interpreter.run(loaded, words) for words in tokens]
    targets = {}
    for target in ("python", "numpy", "c"):
        with run_with(loaded, target) as emitted:
            said = list(emitted.run_many(tokens))
        targets[target] = sum(a != b for a, b in zip(said, expected, strict=True))
    found = score(loaded, rows)
    return {
        "equal": not any(targets.values()),
        "network": "not compared: the votes were fitted again",
        "rows": len(tokens),
        "targets": targets,
        "test": found.token_accuracy if found.spans is None else found.spans.f1,
    }


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
    parser.add_argument("--data", type=Path, help="corpora, in folders by task")
    parser.add_argument("--vectors", type=Path, help="word vectors")
    given = parser.parse_args()
    files = Files(given.output, given.programs, given.data, given.vectors)
    found = [s for s in SETTINGS if not given.only or s.folder in given.only]
    left = {setting: why for setting in found if (why := missing(setting, given.programs))}
    for setting, why in left.items():
        print(f"{setting.folder}: {why}", file=sys.stderr, flush=True)
        if setting.corpus and not (given.data and given.vectors):
            print("  left out: name --data and --vectors", file=sys.stderr)
        elif not given.check:
            given.output.mkdir(parents=True, exist_ok=True)
            make(setting, files)
    print(f"{len(found) - len(left)} of {len(found)} programs were there", file=sys.stderr)
    return 1 if left and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
