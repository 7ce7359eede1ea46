"""The same bytes under each Python, and with the oldest and the newest packages, without torch.

Emitting, optimising, running and scoring programs need no network, and so no torch. What does need
it says so. The environment that the others are compared with is that of the whole installation.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import Report
from tests.acceptance.environments import (
    CONSTRAINTS,
    ROOT,
    Environment,
    other_interpreters,
    requirements,
)

SEQUENCES = '["<s>", "3", "1", "3"]\n["<s>", "0", "0", "5", "5", "2", "1", "0"]\n'

#: Commands whose output depends on nothing but their input, in order: later ones read what earlier
#: ones wrote. `hist.tpir` and `sort.tpir` are there, and all else of `programs/`.
STABLE = (
    "data hist -o rows.jsonl",
    "data dyck2 --split test --dataset-size 200",
    "data addition --split val --dataset-size 200",
    "inspect hist.tpir --json",
    "opt --list",
    "opt sort.tpir -O3 -o small.tpir",
    "opt kitchen_sink.tpir -O2",
    "compile sort.tpir -t python -o sort.py",
    "compile sort.tpir -t numpy -o sort_numpy.py",
    "compile sort.tpir -t c -o sort.c",
    "compile sort.tpir -t javascript -o sort.mjs",
    "compile sort.tpir -t rasp -o sort.rasp",
    "rasp sort.rasp --lint",
    "run hist.tpir input.jsonl",
    "run hist.tpir input.jsonl -t python",
    "run hist.tpir input.jsonl -t numpy",
    "run hist.tpir input.jsonl -t c",
    "run hist.tpir input.jsonl -t rasp",
    "eval hist.tpir --json",
    "eval hist.tpir --data rows.jsonl",
)

#: Commands that time something or draw: that they end well is all that can be said.
TIMED = (
    "bench hist.tpir --rounds 1 --sequences 100",
    "plot run -o curves.png",
)

#: Commands that read or train a network.
NEED_TORCH = (
    "train hist -o trained --dataset-size 200",
    "import run",
    "verify hist.tpir --against run",
    "bench hist.tpir --against run --rounds 1 --sequences 100",
)


@pytest.fixture(scope="module")
def run_dir(installed: Environment, folder: Path) -> Path:
    """A trained run, for the commands that look at one."""
    small = ("--recipe", "paper", "--n-epochs", 1, "--dataset-size", 200, "--max-length", 5)
    work = folder / "for_interpreters"
    work.mkdir()
    installed.tpc("train", "hist", "-o", "run", *small, folder=work)
    return work / "run"


def prepare(work: Path, clone: Path, run_dir: Path) -> Path:
    work.mkdir()
    shutil.copytree(run_dir, work / "run")
    for path in (*clone.glob("programs/*/*.tpir"), *clone.glob("tests/corpus/*.tpir")):
        shutil.copy(path, work)
    (work / "input.jsonl").write_text(SEQUENCES)
    return work


def answers(environment: Environment, work: Path) -> Iterator[tuple[str, object]]:
    """What commands print and write, by command and by file."""
    outcome = environment.run("python", ROOT / "tests/acceptance/emit_all.py", work, folder=work)
    assert outcome.status == 0, outcome.err
    for line in outcome.out.splitlines():
        name, _, digest = line.rpartition(" ")
        yield name, digest
    for command in STABLE:
        outcome = environment.tpc(*command.split(), folder=work)
        yield command, (outcome.out, outcome.err)
    for path in sorted(work.iterdir()):
        if path.is_file():
            yield path.name, path.read_bytes()


@pytest.fixture(scope="module")
def expected(installed: Environment, folder: Path, clone: Path, run_dir: Path) -> dict[str, object]:
    return dict(answers(installed, prepare(folder / "expected", clone, run_dir)))


@pytest.fixture
def compare(
    folder: Path, clone: Path, run_dir: Path, expected: dict[str, object], report: Report
) -> Callable[[Environment], None]:
    """Runs every command in an environment without torch, and compares all bytes."""
    return lambda environment: _compare(
        environment,
        prepare(folder / f"work-{environment.folder.name}", clone, run_dir),
        expected,
        report,
    )


def _compare(
    environment: Environment, work: Path, expected: dict[str, object], report: Report
) -> None:
    found = dict(answers(environment, work))
    different = [name for name in expected | found if found.get(name) != expected.get(name)]
    versions = environment.pip("list", "--format", "freeze")
    numpy = next(line for line in versions.splitlines() if line.startswith("numpy=="))
    python = environment.run("python", "--version", folder=work).out.strip()
    report(f"{python}, {numpy}: {len(found)} outputs compared, {len(different)} differ")
    assert different == []
    for command in TIMED:
        environment.tpc(*command.split(), folder=work)
    for command in NEED_TORCH:
        refused = environment.tpc(*command.split(), folder=work, status=2)
        assert refused.err.startswith("error: this needs the package torch"), refused.err


def install_without_torch(
    environment: Environment, wheel: Path, packages: list[str], *options: object
) -> None:
    environment.create()
    environment.pip("install", "--quiet", *options, *packages)
    environment.pip("install", "--quiet", "--no-deps", wheel)


def without_torch(wheel: Path) -> list[str]:
    """What the wheel requires, with what it plots with."""
    found = requirements(wheel, extra="plot")
    assert sum(line.startswith("torch") for line in found) == 1
    return [line for line in found if not line.startswith("torch")]


def test_another_python(
    other_interpreter: Path, wheel: Path, folder: Path, compare: Callable[[Environment], None]
) -> None:
    name = other_interpreter.parts[-3]
    environment = Environment(folder / f"python-{name}", other_interpreter)
    install_without_torch(environment, wheel, without_torch(wheel), "-c", CONSTRAINTS)
    compare(environment)


def test_the_oldest_packages(
    wheel: Path, folder: Path, compare: Callable[[Environment], None]
) -> None:
    """The least that `pyproject.toml` asks for is enough: NumPy 2.0 is among it."""
    oldest = [line.replace(">=", "==") for line in without_torch(wheel)]
    environment = Environment(folder / "oldest")
    install_without_torch(environment, wheel, oldest)
    compare(environment)


def test_the_newest_packages(
    wheel: Path, folder: Path, compare: Callable[[Environment], None]
) -> None:
    """Whatever pip finds today for the newest Python here, the newest NumPy among it."""
    newest = [Path(sys.executable), *other_interpreters()][-1]
    environment = Environment(folder / "newest", newest)
    install_without_torch(environment, wheel, without_torch(wheel))
    compare(environment)
