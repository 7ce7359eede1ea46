"""Commands that write files, and inputs for them: what the scripts beside this one run."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TPC = (sys.executable, "-m", "tpc.cli.main")
LINES = 20_000
#: A quick training run, by gradients.
TRAINING = (
    *("train", "hist", "--recipe", "paper", "--dataset-size", "300", "--n-layers", "1"),
    *("--n-epochs", "2"),
)


@dataclass(frozen=True)
class Command:
    """A command that writes files, started in a folder that has nothing else in it.

    Args:
        name: What reports call it.
        arguments: After `tpc`; `{inputs}` stands for the folder of `make_inputs`.
        outputs: The files it writes, those that belong together.
        reads: The input that it reads as standard input, if it reads any.
        asks: Commands that ask what it wrote, in the folder where it lies: what the last one says
            is the answer. Only of outputs that belong together.
    """

    name: str
    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    reads: str | None = None
    asks: tuple[tuple[str, ...], ...] = ()


#: A sequence whose labels the programs of `make_inputs` do not share.
_ASKED = '["<s>", "(", "{", "}", ")", "}"]'
_ASKS_PYTHON = ((sys.executable, "-Bc", f"import out; print(out.run({_ASKED}))"),)
_ASKS_C = (
    ("cc", "out.c", "-o", "{scratch}/out"),
    ("sh", "-c", f"echo '{_ASKED}' | {{scratch}}/out"),
)


def _compile(target: str, *outputs: str, asks: tuple[tuple[str, ...], ...] = ()) -> Command:
    program = "{inputs}/program.tpir"
    return Command(
        f"compile to {target}",
        ("compile", program, "--target", target, "-O0", "-o", outputs[0]),
        outputs,
        asks=asks,
    )


SMALL = "{inputs}/small.tpir"
COMMANDS = (
    _compile("python", "out.py", "out_data.json", asks=_ASKS_PYTHON),
    _compile("numpy", "out.py"),
    _compile("c", "out.c", "out.h", asks=_ASKS_C),
    _compile("rasp", "out.rasp"),
    _compile("javascript", "out.mjs"),
    Command("opt", ("opt", "{inputs}/program.tpir", "-O1", "-o", "out.tpir"), ("out.tpir",)),
    Command(
        "run -o",
        ("run", SMALL, "{inputs}/lines.jsonl", "-o", "out.jsonl"),
        ("out.jsonl",),
    ),
    Command(
        "run -j 2 -o",
        ("run", SMALL, "-", "-j", "2", "--target", "numpy", "-o", "out.jsonl"),
        ("out.jsonl",),
        reads="lines.jsonl",
    ),
    Command("data", ("data", "sort", "-o", "out.jsonl"), ("out.jsonl",)),
    Command("import", ("import", "{inputs}/run", "-o", "out.tpir"), ("out.tpir",)),
    Command("plot", ("plot", "{inputs}/run", "-o", "out.svg"), ("out.svg",)),
    Command("report", ("report", SMALL, "-o", "out.html"), ("out.html",)),
    Command("graph", ("graph", SMALL, "--format", "svg", "-o", "out.svg"), ("out.svg",)),
    Command("slice", ("slice", SMALL, "--label", "1", "-o", "out.tpir"), ("out.tpir",)),
    Command("coverage", ("coverage", SMALL, "--inputs", "9", "-o", "out.jsonl"), ("out.jsonl",)),
    Command(
        "export-circuit",
        ("export-circuit", SMALL, "--inputs", "{inputs}/few.jsonl", "-o", "out.json"),
        ("out.json",),
    ),
    Command("upgrade", ("upgrade", SMALL, "-o", "out.tpir"), ("out.tpir",)),
)


def make_inputs(folder: Path) -> None:
    """Fill a new folder with what the commands read: programs, a run and lines of tokens."""
    folder.mkdir()
    for name, shipped in (("program", "dyck2"), ("small", "hist")):
        text = (ROOT / "programs" / shipped / f"{shipped}.tpir").read_text(encoding="utf-8")
        (folder / f"{name}.tpir").write_text(text, encoding="utf-8")
    (folder / "earlier.tpir").write_text(_earlier(folder / "program.tpir"), encoding="utf-8")
    shutil.copy(ROOT / "programs/reverse/reverse.rasp", folder)
    draw = random.Random(0)
    lines = [
        '["<s>", {}]\n'.format(", ".join(f'"{draw.randrange(5)}"' for _ in range(5)))
        for _ in range(LINES)
    ]
    (folder / "lines.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / "few.jsonl").write_text("".join(lines[:100]), encoding="utf-8")
    subprocess.run([*TPC, *TRAINING, "-o", str(folder / "run")], check=True, capture_output=True)


def _earlier(path: Path) -> str:
    """The program with a class more, another name for one, and the weights of two swapped.

    Every file that it compiles to differs, and a mixture that answered would be wrong.
    """
    text = path.read_text(encoding="utf-8").replace('"F", "P", "T"]', '"G", "P", "T", "U"]')
    before, classifier = text.split("  %label = classify")
    classifier, after = classifier.split("\n  return")
    rows = re.sub(r"\[([^][]+), ([^],]+), ([^],]+)\]", r"[\1, \3, \2, 0]", classifier)
    after = re.sub(r"^seal .*", "", after, flags=re.MULTILINE)
    return f"{before}  %label = classify{rows}\n  return{after}"


def start(
    command: Command,
    inputs: Path,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    prepare: Callable[[], None] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in a folder.

    Args:
        command: What to run.
        inputs: The folder of `make_inputs`.
        folder: Where it writes.
        environment: Variables to add to those of this process.
        prepare: What the new process does before it becomes the command.
    """
    arguments = [argument.replace("{inputs}", str(inputs)) for argument in command.arguments]
    standard_input = (inputs / command.reads).open("rb") if command.reads else subprocess.DEVNULL
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        return subprocess.Popen(
            [*TPC, *arguments],
            cwd=folder,
            stdin=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **(environment or {})},
            preexec_fn=prepare,  # noqa: PLW1509 - no threads here.
            start_new_session=True,
        )
    finally:
        if command.reads:
            standard_input.close()  # type: ignore[union-attr]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
