"""Same input, same bytes: every writing command under every setting that must not matter.

    python -m tests.reliability.determinism [--jobs 1] [--only NAME]

Each command of `workspace.COMMANDS`, all levels of the optimiser, training by gradients and by
search, and an emitted program of each language run under other hash seeds, locales (Turkish, whose
dotless i breaks programs that change case), time zones, thread counts, working directories and
umasks. What they write, and what they say on standard output, must equal what the first setting
gave. (Only tables made for a terminal fit themselves to its width.) The exit status is 1 if
anything differs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.reliability.workspace import COMMANDS, TRAINING, Command, make_inputs, start

#: A network by gradients and one by search; what times a run took is left out.
RUN = ("run/config.json", "run/metrics.csv", "run/model.safetensors", "run/program.tpir")
FEW = "few.jsonl"
SEARCH = (
    *("train", "hist", "--dataset-size", "300", "--n-layers", "1", "--search", "1"),
    *("--n-epochs", "0"),
)
VERIFY = ("verify", "{inputs}/run/program.tpir", "--against", "{inputs}/run")
BRACKETS = "<s> ( ) { } ( ) { ( ) } ( ( ) ) ("
EXPLAIN = ("explain", "{inputs}/program.tpir", BRACKETS)
MORE = (
    *(
        Command(f"opt -O{level}", ("opt", "{inputs}/small.tpir", f"-O{level}", "-o", "o"), ("o",))
        for level in (0, 2, 3)
    ),
    *(
        Command(
            f"run --target {target}", ("run", "{inputs}/small.tpir", "-", "-t", target), (), FEW
        )
        for target in ("interpreter", "python", "numpy", "c", "rasp", "javascript")
    ),
    Command("inspect", ("inspect", "{inputs}/program.tpir", "--json"), ()),
    Command("inspect --tables", ("inspect", "{inputs}/program.tpir", "--tables", "--json"), ()),
    Command("trace", ("trace", "{inputs}/program.tpir", BRACKETS, "--json"), ()),
    Command("explain", (*EXPLAIN, "--position", "1", "--json"), ()),
    Command("verify", (*VERIFY, "--limit", "1000", "--samples", "300", "--json"), ()),
    Command("eval", ("eval", "{inputs}/run/program.tpir", "--confusion", "--json"), ()),
    Command("rasp", ("rasp", "{inputs}/reverse.rasp", "--sop", "labels", "-"), (), FEW),
    Command("training by gradients", (*TRAINING, "-o", "run"), RUN),
    Command("training by search", (*SEARCH, "-o", "run"), RUN),
)


@dataclass(frozen=True)
class Setting:
    """Surroundings of a process that must not change what it writes.

    Args:
        name: What reports call it.
        environment: Variables that it sets.
        folder: Where it runs, below a temporary folder: another name and depth.
        prepare: What the process does before it becomes the command.
    """

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "plain"
    prepare: Callable[[], None] | None = None


def wide_umask() -> None:
    """In the child: files are private."""
    os.umask(0o077)


def settings(locales: Path | None) -> tuple[Setting, ...]:
    """All settings, the reference first; Turkish only where its locale could be made."""
    turkish = {"LOCPATH": str(locales), "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}
    return (
        Setting("the first", {"PYTHONHASHSEED": "0"}),
        Setting("hash seed 1", {"PYTHONHASHSEED": "1"}),
        Setting("a random hash seed", {"PYTHONHASHSEED": "random"}),
        Setting("the locale C, no UTF-8 mode", {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}),
        *([Setting("the Turkish locale", turkish)] if locales else []),
        Setting("a time zone ahead", {"TZ": "Pacific/Kiritimati"}),
        Setting("a time zone behind", {"TZ": "America/St_Johns"}),
        Setting("one thread", {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}),
        Setting("three threads", {"OMP_NUM_THREADS": "3", "MKL_NUM_THREADS": "3"}),
        Setting("another folder", folder="a b/ünï/İı"),
        Setting("another umask", prepare=wide_umask),
        Setting("a narrow terminal", {"COLUMNS": "20", "TERM": "dumb"}),
    )


def turkish_locale(folder: Path) -> Path | None:
    """A folder with the locale tr_TR.UTF-8, made here; None where the means are missing."""
    if not shutil.which("localedef"):
        return None
    folder.mkdir()
    made = subprocess.run(
        ["localedef", "-i", "tr_TR", "-f", "UTF-8", str(folder / "tr_TR.UTF-8")],
        capture_output=True,
        check=False,
    )
    return folder if made.returncode == 0 else None


def digest(command: Command, setting: Setting, inputs: Path, folder: Path) -> str:
    """A digest of all that a command writes and says under a setting.

    Raises:
        RuntimeError: It fails.
    """
    place = folder / setting.folder
    place.mkdir(parents=True)
    process = start(command, inputs, place, setting.environment, setting.prepare)
    said, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command.name}, {setting.name}: {errors.decode()}")
    total = hashlib.sha256(b"" if command.outputs else said)
    for name in command.outputs:
        total.update((place / name).read_bytes())
    return total.hexdigest()


def try_command(
    command: Command, inputs: Path, settings: tuple[Setting, ...]
) -> tuple[str, list[str]]:
    """A command under every setting: a line, and the settings under which it differs or fails."""
    with tempfile.TemporaryDirectory() as name:
        found: dict[str, str] = {}
        for index, setting in enumerate(settings):
            try:
                found[setting.name] = digest(command, setting, inputs, Path(name) / str(index))
            except RuntimeError as error:
                found[setting.name] = str(error)
    first = found[settings[0].name]
    other = [f"{name}: {value}" for name, value in found.items() if value != first]
    failed = [] if first.isalnum() else [first]
    return f"{command.name}: {first[:12]} under {len(found)} settings", failed + other


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--jobs", type=int, default=1, help="commands at a time")
    parser.add_argument("--only", help="one command, by its name")
    given = parser.parse_args()
    chosen = [c for c in (*COMMANDS, *MORE) if given.only in (None, c.name)]
    different = 0
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(given.jobs) as pool:
        inputs = Path(name) / "inputs"
        make_inputs(inputs)
        locales = turkish_locale(Path(name) / "locales")
        if locales is None:
            print("left out: the Turkish locale, which localedef cannot make here")
        trying = partial(try_command, inputs=inputs, settings=settings(locales))
        for line, differences in pool.map(trying, chosen):
            print("\n  DIFFERENT: ".join([line, *differences]), flush=True)
            different += bool(differences)
    print(f"{different} of {len(chosen)} commands differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
