"""Kill every writing command at random moments, fill its disk, lock its folder: nothing is lost.

    python -m tests.reliability.crash [--times 100] [--seed 0] [--jobs 1] [--only NAME]

After each kill every output is the old one or the new one, whole. Where several belong together
they are all old or all new, but for kills that hit the moment between two renames, which are
counted by themselves: whatever mixture could be there then is also made, and answers as the old
or the new program does, or refuses with a sentence, and the next run mends it. After the next run
nothing else is left in the folder. Where the disk is
full (a limit on the size of files, and a small file system in memory where one can be mounted) or
the folder cannot be written to, the command ends with status 2 and a sentence, and the old outputs
stay. The exit status is 1 if anything else was seen. Training, which resumes, has its own script:
`benchmarks/kill_and_resume.py`.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

from tests.reliability.workspace import COMMANDS, TRAINING, Command, contents, make_inputs, start

#: Of Linux: PR_CAPBSET_DROP, and the capability by which root writes where it may not.
_DROP, _DAC_OVERRIDE = 24, 1
OLD = b"old\n"
#: What files say that are not of one program.
SENTENCE = "is not this program's: compile it again"


@dataclass(frozen=True)
class Trial:
    """One command in one folder, with what it writes when nothing goes wrong.

    Args:
        command: What to run.
        inputs: What it reads.
        folder: Where it writes.
        new: Its outputs by name.
        old: What it replaces.
        seconds: How long it takes.
    """

    command: Command
    inputs: Path
    folder: Path
    new: dict[str, bytes]
    old: dict[str, bytes]
    seconds: float

    def mixtures(self) -> tuple[dict[str, bytes], ...]:
        """All outputs that are neither all old nor all new."""
        choices = product(*((self.old[name], self.new[name]) for name in self.new))
        made = [dict(zip(self.new, contents, strict=True)) for contents in choices]
        return tuple(files for files in made if files not in (self.old, self.new))

    def restore(self) -> None:
        """Put the old outputs in place, and leave all else that is there."""
        self.put(self.old)

    def put(self, files: dict[str, bytes]) -> None:
        """Put outputs in place, and leave all else that is there."""
        for name, content in files.items():
            (self.folder / name).write_bytes(content)

    def fault(self, allowed: tuple[dict[str, bytes], ...], *, litter: bool) -> str | None:
        """What is wrong with the folder, if anything.

        Args:
            allowed: The outputs that may be there.
            litter: Whether temporary files may be there as well.
        """
        found = contents(self.folder)
        outputs = {name: found.pop(name, None) for name in self.new}
        if outputs not in allowed:
            return f"its outputs are neither the old nor the new ones: {_sizes(outputs)}"
        if found and not litter:
            return f"it leaves {', '.join(sorted(found))}"
        return None


def _sizes(outputs: dict[str, bytes | None]) -> str:
    return ", ".join(
        f"{name} {'missing' if data is None else f'{len(data)} bytes'}"
        for name, data in outputs.items()
    )


def prepare(command: Command, inputs: Path, folder: Path) -> Trial:
    """Run a command to its end, twice: the second time is what it takes.

    The first time, outputs that belong together come from an earlier program: they are the old.
    """
    folder.mkdir()
    earlier, old = command, dict.fromkeys(command.outputs, OLD)
    if command.asks:
        changed = (part.replace("program.tpir", "earlier.tpir") for part in command.arguments)
        earlier = replace(command, arguments=tuple(changed))
        old = _completed(earlier, inputs, folder)
    _completed(command, inputs, folder)
    begun = time.monotonic()
    new = _completed(command, inputs, folder)
    return Trial(command, inputs, folder, new, old, time.monotonic() - begun)


def _completed(command: Command, inputs: Path, folder: Path) -> dict[str, bytes]:
    """The outputs of a command that runs to its end."""
    process = start(command, inputs, folder)
    _, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command.name}: {errors.decode()}")
    found = contents(folder)
    if found.keys() != set(command.outputs):
        raise RuntimeError(f"{command.name} writes {', '.join(found)}")
    return {name: found[name] for name in command.outputs}


def kill(trial: Trial, draw: random.Random) -> tuple[str, str | None]:
    """Kill the command once, at a random moment or just after it opened a file; what is wrong."""
    trial.restore()
    before = set(trial.folder.iterdir())
    process = start(trial.command, trial.inputs, trial.folder)
    deadline = time.monotonic() + draw.uniform(0, 1.1) * trial.seconds
    if draw.random() < 0.5:  # As it writes, which is a small part of its time.
        while set(trial.folder.iterdir()) <= before and process.poll() is None:
            time.sleep(0)
        deadline = time.monotonic() + draw.expovariate(1000)
    while time.monotonic() < deadline and process.poll() is None:
        time.sleep(0)
    if process.poll() is not None:
        process.communicate()
        return "ended before a kill", trial.fault((trial.new,), litter=False)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    if trial.fault(trial.mixtures(), litter=True) is None:
        return "killed between two renames", None
    return "killed", trial.fault((trial.old, trial.new), litter=True)


def answer(trial: Trial) -> tuple[bool, str]:
    """Whether the outputs answer, and what they say."""
    with tempfile.TemporaryDirectory() as scratch:
        for asked in trial.command.asks:
            done = subprocess.run(
                [part.replace("{scratch}", scratch) for part in asked],
                cwd=trial.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                return False, done.stderr
    return True, done.stdout


def mixed(trial: Trial) -> Iterator[str | None]:
    """What is wrong with each mixture of old and new outputs: what a kill can leave, and more."""
    known = []
    for files in (trial.old, trial.new):
        trial.put(files)
        known.append(answer(trial))
    if known[0] == known[1] or not all(answers for answers, _ in known):
        raise RuntimeError(f"{trial.command.name}: no two programs: {known}")
    for files in trial.mixtures():
        trial.put(files)
        answers, said = answer(trial)
        if (answers, said) not in known and (answers or SENTENCE not in said):
            yield f"a mixture says {said}, the old and the new programs {known}"
        yield completes(trial)


def completes(trial: Trial) -> str | None:
    """Run the command to its end; what is wrong afterwards."""
    process = start(trial.command, trial.inputs, trial.folder)
    _, errors = process.communicate()
    if process.returncode:
        return f"it fails after a kill: {errors.decode()}"
    return trial.fault((trial.new,), litter=False)


def refused(trial: Trial, prepared: Callable[[], None] | None) -> str | None:
    """Run the command where it cannot write, after `prepared` in its process; what is wrong."""
    trial.restore()
    process = start(trial.command, trial.inputs, trial.folder, prepare=prepared)
    _, errors = process.communicate()
    return _refusal(process.returncode, errors) or trial.fault((trial.old,), litter=False)


def _refusal(status: int, errors: bytes) -> str | None:
    """What is wrong with how a command ended that could not write."""
    text = errors.decode()
    if status == 2 and text.startswith("error: ") and text.count("\n") <= 2:
        return None
    return f"status {status}: {text}"


def limit_files(size: int) -> Callable[[], None]:
    """In the child: no file grows beyond `size` bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def no_privilege() -> None:
    """In the child: permissions hold for root too."""
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).prctl(_DROP, _DAC_OVERRIDE, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot give up the right to write everywhere")


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path | None]:
    """A file system of `size` bytes in memory; None where this user cannot mount one."""
    folder.mkdir()
    mounted = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
            capture_output=True,
            check=False,
        ).returncode
    )
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


def full_disks(trial: Trial, draw: random.Random, times: int) -> Iterator[str | None]:
    """Outcomes on disks that fill up at random points."""
    largest = max(map(len, trial.new.values()))
    for _ in range(times):
        yield refused(trial, limit_files(draw.randrange(len(OLD), largest)))
    page = resource.getpagesize()
    with small_disk(trial.folder.with_suffix(".disk"), page * (len(trial.new) + 1)) as disk:
        if disk is None or largest <= page:
            return
        small = dict.fromkeys(trial.new, OLD)
        yield refused(replace(trial, folder=disk, old=small), None)


def locked(trial: Trial) -> str | None:
    """The outcome in a folder that cannot be written to."""
    trial.restore()
    trial.folder.chmod(0o555)
    try:
        return refused(trial, no_privilege)
    finally:
        trial.folder.chmod(0o755)


def outcomes(trial: Trial, draw: random.Random, times: int) -> Iterator[tuple[str, str | None]]:
    """What was done to a command, and what was wrong then."""
    for count in range(times):
        yield kill(trial, draw)
        if count % 10 == 9 or count == times - 1:
            yield "run after kills", completes(trial)
    for fault in full_disks(trial, draw, max(1, times // 10)):
        yield "full disks", fault
    yield "locked folders", locked(trial)
    if trial.command.asks:
        yield from (("mixtures", fault) for fault in mixed(trial))


def training(folder: Path) -> Iterator[tuple[str, str | None]]:
    """A training that cannot write leaves nothing, not even an empty directory."""
    command = Command("train", (*TRAINING, "-o", "run"), ())
    for name, prepared, mode in (
        ("full disks", limit_files(0), 0o755),
        ("full disks", limit_files(2000), 0o755),
        ("locked folders", no_privilege, 0o555),
    ):
        place = Path(tempfile.mkdtemp(dir=folder))
        place.chmod(mode)
        process = start(command, folder, place, prepare=prepared)
        _, errors = process.communicate()
        yield name, _refusal(process.returncode, errors) or _left(place)


def _left(folder: Path) -> str | None:
    found = sorted(path.name for path in folder.rglob("*"))
    return f"it leaves {', '.join(found)}" if found else None


def try_command(command: Command | None, inputs: Path, times: int, seed: int) -> tuple[str, int]:
    """Everything that is done to one command, or to training: a report and the number of faults."""
    with tempfile.TemporaryDirectory() as name:
        if command is None:
            return report("train", training(Path(name)))
        trial = prepare(command, inputs, Path(name) / "out")
        return report(command.name, outcomes(trial, random.Random(f"{seed} {command.name}"), times))


def report(name: str, seen: Iterator[tuple[str, str | None]]) -> tuple[str, int]:
    """What was done to a command how often, with every fault, and the number of faults."""
    counts, faults = Counter[str](), []
    for what, fault in seen:
        counts[what] += 1
        if fault:
            faults.append(f"  {what}: FAULT: {fault}")
    line = f"{name}: {', '.join(f'{n} {what}' for what, n in counts.items())}"
    return "\n".join([line, *faults]), len(faults)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=100, help="kills of each command")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="commands at a time")
    parser.add_argument("--only", help="one command, by its name; train is one")
    given = parser.parse_args()
    chosen = [c for c in (*COMMANDS, None) if given.only in (None, c.name if c else "train")]
    faults = 0
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(given.jobs) as pool:
        inputs = Path(name) / "inputs"
        make_inputs(inputs)
        trying = partial(try_command, inputs=inputs, times=given.times, seed=given.seed)
        for text, found in pool.map(trying, chosen):
            print(text, flush=True)
            faults += found
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
