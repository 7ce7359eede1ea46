"""Virtual environments that know nothing of the checkout, and commands run in them."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_string
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"

#: What would lead back to the checkout, or to another environment.
PRIVATE = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYENV_VERSION")


@dataclass(frozen=True)
class Outcome:
    """Exit status, standard output and standard error of a process."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Environment:
    """A virtual environment.

    Args:
        folder: Where it is; what commands keep in a home directory goes there too.
        interpreter: The Python that it is made of.
    """

    folder: Path
    interpreter: Path = field(default=Path(sys.executable))

    @property
    def python(self) -> Path:
        return self.folder / "bin/python"

    @property
    def site_packages(self) -> Path:
        (found,) = self.folder.glob("lib/python3*/site-packages")
        return found

    def create(self) -> Environment:
        subprocess.run([self.interpreter, "-m", "venv", self.folder], check=True)
        return self

    def pip(self, *arguments: object) -> str:
        """Run pip, which must succeed."""
        kept = ("--disable-pip-version-check", "--cache-dir", self.folder.parent / "pip-cache")
        outcome = call([self.python, "-m", "pip", *arguments, *kept], ROOT.parent, _environment())
        assert outcome.status == 0, outcome.err
        return outcome.out

    def run(self, *arguments: object, folder: Path, stdin: str = "") -> Outcome:
        """Run a program of the environment: `python`, `tpc`."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        name, *rest = arguments
        environment = {
            **_environment(),
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "100",
            "OMP_NUM_THREADS": "1",
        }
        return call([self.folder / "bin" / str(name), *rest], folder, environment, stdin)

    def tpc(self, *arguments: object, folder: Path, status: int = 0, stdin: str = "") -> Outcome:
        """Run `tpc`, which must end with this status and no traceback."""
        outcome = self.run("tpc", *arguments, folder=folder, stdin=stdin)
        said = f"tpc {' '.join(map(str, arguments))}\n{outcome.out}{outcome.err}"
        assert outcome.status == status, said
        assert "Traceback" not in outcome.err, said
        return outcome


def call(
    command: Sequence[object], folder: Path, environment: dict[str, str], stdin: str = ""
) -> Outcome:
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in PRIVATE}


def other_interpreters() -> list[Path]:
    """One Python of each other version from 3.11 on: those of pyenv, and those on the path."""
    found: dict[tuple[int, int], Path] = {}
    for path in _interpreters():
        version = _version(path)
        if version is not None and version >= (3, 11) and version != sys.version_info[:2]:
            found.setdefault(version, path)
    return [found[version] for version in sorted(found)]


def _interpreters() -> Iterator[Path]:
    root = os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")
    yield from sorted(Path(root).glob("versions/3.*/bin/python"), reverse=True)
    for folder in os.environ["PATH"].split(os.pathsep):
        if "shims" not in folder:
            yield from sorted(Path(folder).glob("python3.[0-9]*[0-9]"))


def _version(interpreter: Path) -> tuple[int, int] | None:
    """The version, or None if this is no Python that can make an environment."""
    code = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    outcome = call([interpreter, "-c", code], ROOT.parent, _environment())
    if outcome.status != 0:
        return None
    major, minor = map(int, outcome.out.split())
    return major, minor


def requirements(wheel: Path, extra: str | None = None) -> list[str]:
    """What a wheel requires, and what one of its extras requires besides."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("dist-info/METADATA"))
        metadata = message_from_string(archive.read(name).decode())
    found = []
    for line in metadata.get_all("Requires-Dist", []):
        requirement, _, condition = line.partition(";")
        if not condition or (extra and f'"{extra}"' in condition):
            found.append(requirement.strip())
    return found
