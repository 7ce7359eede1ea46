"""Kill a sweep with SIGKILL at random moments, go on each time, and compare its rows.

    python benchmarks/sweep_kills.py benchmarks/sweeps/sort.toml -o DIR [--kills 10] [-j 2]
    python benchmarks/sweep_kills.py benchmarks/sweeps/sort.toml -o DIR --engine ray

DIR/whole is the sweep that nobody disturbs; one that is there is taken. DIR/killed is killed with
all its processes, and gone on with, so often; --seed draws when, from the time that DIR/whole took
or from --within. DIR/ray runs on two nodes of this machine that are started here (`ray start`), and
is left alone itself: a worker of one node is killed and later this node stopped, both drawn alike.

The exit status is 1 if a row differs but for times, is lost or twice, if the best programs differ
in a byte, or if a trial that was finished, or had come to a rung, was trained so far again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyarrow import parquet

from tpc.sweep.table import BEST, TABLE
from tpc.sweep.trials import NOT_REPEATED, ROW

_MAIN = "import sys; from tpc.cli.main import main; sys.argv[0] = 'tpc'; main()"
_WHOLE, _KILLED, _RAY = "whole", "killed", "ray"
#: When a file was written, and what it says, by its trial and name.
Written = dict[str, tuple[int, bytes]]
#: Seconds that nodes and workers are waited for.
_PATIENCE = 120


def started(words: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """A command as the head of a process group of its own, so that all of it can be killed."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with log.open("ab") as stream:
        return subprocess.Popen(
            words, stdout=stream, stderr=stream, env=environment, start_new_session=True
        )


def sweep_command(plan: Path, folder: Path, options: Sequence[str]) -> list[str]:
    """The arguments of the sweep."""
    return [sys.executable, "-c", _MAIN, "sweep", str(plan), "-o", str(folder), *options]


def finished(process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for a command.

    Raises:
        RuntimeError: It failed.
    """
    if process.wait():
        raise RuntimeError(f"status {process.returncode}, see {log}")


def undisturbed(plan: Path, output: Path, options: Sequence[str]) -> float:
    """Run the sweep that nobody disturbs, if it is not there; its seconds."""
    path = output / "whole.json"
    if not path.exists():
        shutil.rmtree(output / _WHOLE, ignore_errors=True)
        begun, log = time.monotonic(), output / "whole.log"
        finished(started(sweep_command(plan, output / _WHOLE, options), log), log)
        path.write_text(json.dumps({"seconds": time.monotonic() - begun}) + "\n")
    return float(json.loads(path.read_text())["seconds"])


def written(folder: Path) -> Written:
    """Of each row, and of each trial that came to a rung, when it was written and what it says."""
    paths = [path for name in (ROW, "rung-*.json") for path in folder.glob(f"trials/*/{name}")]
    return {
        f"{path.parent.name}/{path.name}": (path.stat().st_mtime_ns, path.read_bytes())
        for path in paths
    }


def counted(found: Written) -> str:
    """How many rows there are, and trials at rungs."""
    count = sum(name.endswith(ROW) for name in found)
    return f"{count} rows, {len(found) - count} at rungs"


def killed_often(
    command: Sequence[str], folder: Path, log: Path, delays: Sequence[float]
) -> list[str]:
    """Kill a sweep after each of these delays, and let it end then; what is wrong.

    Raises:
        RuntimeError: It ended before it was killed so often, or failed.
    """
    wrong: list[str] = []
    before: Written = {}
    for number, delay in enumerate(delays, 1):
        process = started(command, log)
        try:
            status = process.wait(delay)
            raise RuntimeError(f"status {status} before kill {number}: see {log}")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        now = written(folder)
        wrong += repeated(before, now)
        before = now
        print(f"kill {number:2d} after {delay:5.1f} s: {counted(now)}", flush=True)
    finished(started(command, log), log)
    return wrong + repeated(before, written(folder))


def repeated(before: Written, now: Written) -> list[str]:
    """What became of files that were there before, if anything did."""
    return [
        f"{name} was there, and {'was made again' if name in now else 'is lost'}"
        for name, content in before.items()
        if now.get(name) != content
    ]


def rows(folder: Path) -> list[dict[str, Any]]:
    """The table, without what differs from one computation to the next."""
    found = parquet.read_table(folder / TABLE).to_pylist()
    return [{k: v for k, v in row.items() if k not in NOT_REPEATED} for row in found]


def differences(whole: Path, other: Path) -> list[str]:
    """What differs between two sweeps: rows and the best programs."""
    expected, found = rows(whole), rows(other)
    keys = [row["key"] for row in found]
    wrong = [
        f"trial {key} is there twice" for key in sorted({k for k in keys if keys.count(k) > 1})
    ]
    wrong += [f"trial {row['key']} is lost" for row in expected if row["key"] not in keys]
    wrong += [f"trial {row['key']} differs" for row in found if row not in expected]
    wrong += ["the order of the rows differs"] if not wrong and expected != found else []
    names = {path.name for folder in (whole, other) for path in (folder / BEST).iterdir()}
    for name in sorted(names):
        one, two = whole / BEST / name, other / BEST / name
        if not (one.exists() and two.exists()) or one.read_bytes() != two.read_bytes():
            wrong.append(f"{name} differs")
    return wrong


def ray(*words: str) -> list[str]:
    """A command of Ray, of the environment that this script runs in."""
    return [str(Path(sys.executable).with_name("ray")), *words]


def node(output: Path, name: str, *words: str) -> subprocess.Popen[bytes]:
    """A node with one processor, which ends with the process that is returned."""
    command = ray("start", *words, "--num-cpus", "1", "--block", "--disable-usage-stats")
    (output / f"{name}.log").unlink(missing_ok=True)
    return started(command, output / f"{name}.log")


def of_tasks(process: int) -> list[int]:
    """The processes below another that run trials."""
    try:
        line = Path(f"/proc/{process}/cmdline").read_bytes()
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    found = [process] if b"ray::run_shipped" in line else []
    return found + [one for child in children for one in of_tasks(int(child))]


def disturbed(plan: Path, output: Path, seconds: float, stream: random.Random, port: int) -> None:
    """Run the sweep on two nodes, kill a worker of the second, and stop this node later.

    Raises:
        RuntimeError: The sweep failed, or ended before.
    """
    address, log = f"127.0.0.1:{port}", output / "ray.log"
    head = node(output, "head", "--head", "--port", str(port), "--include-dashboard", "false")
    nodes = [head]
    try:
        wait_for(output / "head.log", "Ray runtime started")
        nodes.append(node(output, "second", "--address", address))
        wait_for(output / "second.log", "Ray runtime started")
        command = sweep_command(plan, output / _RAY, ["--engine", "ray", "--address", address])
        sweep, begun = started(command, log), time.monotonic()
        delays = sorted(stream.uniform(0.1, 0.6) * seconds for _ in range(2))
        time.sleep(delays[0])
        os.kill(worker_of(nodes[1].pid), signal.SIGKILL)
        say("a worker was killed", begun, output)
        time.sleep(max(0.0, delays[1] + begun - time.monotonic()))
        nodes[1].send_signal(signal.SIGTERM)
        nodes[1].wait(_PATIENCE)
        if sweep.poll() is not None:
            raise RuntimeError("the sweep ended before the node was stopped")
        say("the node was stopped", begun, output)
        finished(sweep, log)
    finally:
        for one in reversed(nodes):
            one.send_signal(signal.SIGTERM)
            one.wait(_PATIENCE)


def worker_of(process: int) -> int:
    """A process of a node that runs trials, as soon as there is one.

    Raises:
        RuntimeError: There is none.
    """
    for _ in range(10 * _PATIENCE):
        if found := of_tasks(process):
            return found[0]
        time.sleep(0.1)
    raise RuntimeError("no worker runs a trial")


def wait_for(log: Path, words: str) -> None:
    """Wait until a log has these words.

    Raises:
        RuntimeError: It never has.
    """
    for _ in range(10 * _PATIENCE):
        if log.exists() and words in log.read_text(errors="replace"):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{log} does not say: {words}")


def say(what: str, begun: float, output: Path) -> None:
    """A line for what was done to the sweep."""
    found = counted(written(output / _RAY))
    print(f"{what} after {time.monotonic() - begun:5.1f} s: {found}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("plan", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--engine", choices=("local", "ray"), default="local")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--within", type=float, help="seconds for all kills, if not its time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-j", "--workers", type=int, default=2)
    parser.add_argument("--port", type=int, default=26379, help="of the head of Ray's nodes")
    given = parser.parse_args()
    output, stream = given.output, random.Random(given.seed)
    output.mkdir(parents=True, exist_ok=True)
    options = ["-j", str(given.workers)]
    seconds = undisturbed(given.plan, output, options)
    print(f"undisturbed: {len(rows(output / _WHOLE))} rows in {seconds:.0f} s", flush=True)
    seconds = given.within or seconds
    folder = output / (_RAY if given.engine == "ray" else _KILLED)
    shutil.rmtree(folder, ignore_errors=True)
    wrong: list[str] = []
    if given.engine == "ray":
        disturbed(given.plan, output, seconds, stream, given.port)
    else:
        command = sweep_command(given.plan, folder, options)
        delays = [stream.uniform(0, 2 * seconds / given.kills) for _ in range(given.kills)]
        wrong += killed_often(command, folder, output / "killed.log", delays)
    wrong += differences(output / _WHOLE, folder)
    print("\n".join(wrong) or "the same rows, none lost or twice; the same programs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
