"""`tpc doctor`: what is installed, does it work, and what is to be done where it does not?"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path

import typer

import tpc
from tpc.cli.common import JsonOption, print_json, print_table
from tpc.diagnostics import TpcError, shortened

#: Seconds that a tool may take to say what it is: torch may come from a slow disk.
_PATIENCE = 120
_TORCH = """
import json, torch
cuda = torch.cuda.is_available()
names = [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())] if cuda else []
print(json.dumps([torch.__version__, torch.get_num_threads(), names or ["cpu"]]))
"""
_SQUARE = "int square(int n) { return n * n; }\n"


@dataclass(frozen=True)
class Check:
    """One thing to look for.

    Args:
        name: Of it.
        needed_for: What does not work without it; empty if all works, only more slowly.
        look: What is found, as text. Whatever it raises is the problem.
        hint: What to do about a problem that says nothing of it.
    """

    name: str
    needed_for: str
    look: Callable[[], str]
    hint: str = ""

    def finding(self) -> dict[str, str | None]:
        """What was found, or the problem and what to do about it."""
        found, problem, hint = "", None, None
        try:
            found = self.look()
        except TpcError as error:
            problem, hint = error.message, error.hint or self.hint
        except Exception as error:  # A broken package raises what it likes.
            problem, hint = shortened(f"{type(error).__name__}: {error}", 400), self.hint
        return {
            "name": self.name,
            "status": "ok" if problem is None else "missing" if self.needed_for else "note",
            "found": found,
            "problem": problem,
            "hint": hint,
            "needed_for": self.needed_for,
        }


def doctor(as_json: JsonOption = False) -> None:
    """Say what is installed, whether it works, and what to do where it does not.

    Exit status 1 means that something is missing without which a part of tpc does not work.
    """
    with ThreadPoolExecutor() as pool:
        findings = list(pool.map(Check.finding, CHECKS))
    missing = any(found["status"] == "missing" for found in findings)
    if as_json:
        print_json({"ok": not missing, "findings": findings})
    else:
        rows = [[str(found[key]) for key in ("name", "status", "found")] for found in findings]
        print_table(("", "", ""), rows)
        for found in findings:
            if found["problem"] is not None:
                needed = f"; needed for {found['needed_for']}" if found["needed_for"] else ""
                print(f"\n{found['name']}: {found['problem']}{needed}\nhint: {found['hint']}")
    raise typer.Exit(1 if missing else 0)


def _tpc() -> str:
    where = Path(tpc.__file__).parent
    try:
        installed = metadata.version("tpc")
    except metadata.PackageNotFoundError:
        raise TpcError(f"{where} is not installed, so that its backends are not found") from None
    if installed != tpc.__version__:
        raise TpcError(f"{where} is version {tpc.__version__}, and {installed} is installed")
    return f"{tpc.__version__}, {where}"


def _packages() -> str:
    """What tpc depends on, but for extras: versions alone are read, nothing is imported."""
    found, absent = [], []
    for line in metadata.requires("tpc") or []:
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        if "extra ==" in line:
            continue
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            absent.append(name)
    if absent:
        raise TpcError(f"not installed: {', '.join(absent)}")
    return ", ".join(found)


def _torch() -> str:
    """What torch says of itself, in a process of its own: it takes seconds, and may crash."""
    metadata.version("torch")
    version, threads, devices = json.loads(_output([sys.executable, "-c", _TORCH]))
    return f"{version}, {threads} threads, device {', '.join(devices)}"


def _backends() -> str:
    from tpc.runtime.backend import backend_names, find_backend

    return ", ".join(find_backend(name).name for name in backend_names())


def _compiler() -> str:
    """The C compiler, after it has compiled a function that is right."""
    from tpc.runtime.compiled import compiler, load_library

    command = compiler()
    with tempfile.TemporaryDirectory(prefix="tpc-") as folder:
        source = Path(folder) / "square.c"
        source.write_text(_SQUARE)
        if load_library([source]).square(7) != 49:
            raise TpcError(f"{command} compiles programs that are wrong")
    version = _output([*command.split(), "--version"]).splitlines()[0]
    return f"{version}, {shutil.which(command.split()[0])}"


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise TpcError("there is no command 'node'")
    script = "console.log(process.version)"
    return f"{_output([node, '--input-type=module', '-e', script]).strip()}, {node}"


def _cache() -> str:
    from tpc.ir.parser import cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return str(folder)
    except OSError as error:
        raise TpcError(f"{folder} cannot be written to: {error.strerror}") from error


def _output(command: list[str]) -> str:
    """What a command prints.

    Raises:
        TpcError: It fails, with the last line of what it says; or it does not end.
    """
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TpcError(f"{command[0]} does not run: {error}") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it says nothing"]
        raise TpcError(f"it fails with status {done.returncode}: {said[-1]}")
    return done.stdout


CHECKS = (
    Check("tpc", "everything", _tpc, "install it: pip install -e . in its folder"),
    Check("Python", "everything", lambda: f"{sys.version.split()[0]}, {sys.executable}"),
    Check("packages", "everything", _packages, "pip install --force-reinstall tpc"),
    Check(
        "NumPy",
        "everything",
        lambda: import_module("numpy").__version__,
        "pip install --force-reinstall numpy",
    ),
    Check("torch", "train, import, verify", _torch, "pip install --force-reinstall torch"),
    Check("backends", "compile, --target", _backends, "uninstall the package that it is from"),
    Check("C compiler", "--target c", _compiler, "install one (on Debian: apt install gcc)"),
    Check("Node", "--target javascript", _node, "install it (on Debian: apt install nodejs)"),
    Check(
        "extra plot",
        "plot",
        lambda: f"matplotlib {metadata.version('matplotlib')}",
        "pip install 'tpc[plot]'",
    ),
    Check("cache folder", "", _cache, "set XDG_CACHE_HOME: commands start faster with it"),
)
