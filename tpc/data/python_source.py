"""Python that a user names: `FILE.py`, `FILE.py:NAME` or `MODULE:NAME`, and places in it.

What is named is code, and is run: nothing here is called for a name that was read from a file.
"""

from __future__ import annotations

import hashlib
import importlib
import linecache
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tpc.diagnostics import Location, TpcError, did_you_mean, quoted

_FILE = re.compile(r"(?P<file>.+\.py)(?::(?P<name>\w+))?")
_MODULE = re.compile(r"(?P<module>\w+(?:\.\w+)*):(?P<name>\w+)")


@dataclass(frozen=True)
class PythonSource:
    """A module that a user named.

    Attributes:
        module: As imported.
        name: What was named in it, if anything was.
        where: As it was named, without the name in it: for messages.
        reference: The same for good: a file by its whole path.
        digest: `sha256:...` of its file.
    """

    module: ModuleType
    name: str | None
    where: str
    reference: str
    digest: str

    def named(self) -> object:
        """What the name stands for.

        Raises:
            TpcError: The module has no such name.
        """
        assert self.name is not None, "whoever asks has checked it"
        known = [name for name in vars(self.module) if not name.startswith("_")]
        if self.name not in vars(self.module):
            raise TpcError(
                f"{self.where} has no {quoted(self.name)}", hint=did_you_mean(self.name, known)
            )
        found: object = getattr(self.module, self.name)
        return found


def is_reference(text: str) -> bool:
    """Whether a text names Python rather than something that is registered."""
    return bool(_FILE.fullmatch(text) or _MODULE.fullmatch(text))


def load_source(reference: str) -> PythonSource:
    """Import what a user named.

    Raises:
        TpcError: There is no such file or module, or running it fails.
    """
    if found := _FILE.fullmatch(reference):
        return _load_file(Path(found["file"]).expanduser(), found["name"])
    found = _MODULE.fullmatch(reference)
    if not found:
        raise TpcError(
            f"{quoted(reference)} names no Python",
            hint="name a file, FILE.py or FILE.py:NAME, or an installed MODULE:NAME",
        )
    return _import_module(found["module"], found["name"])


def _load_file(path: Path, name: str | None) -> PythonSource:
    try:
        code = path.read_bytes()
    except OSError as error:
        raise TpcError(f"cannot read {path}: {error.strerror}") from error
    digest = hashlib.sha256(code)
    whole = path.resolve()
    known = f"_tpc_{hashlib.sha256(str(whole).encode()).hexdigest()[:12]}_{digest.hexdigest()[:12]}"
    module = sys.modules.get(known) or _execute(code, path, known)
    return PythonSource(module, name, str(path), str(whole), f"sha256:{digest.hexdigest()}")


def _execute(code: bytes, path: Path, known: str) -> ModuleType:
    """Run a file as a module, which may import what is beside it, as with `python FILE`."""
    module = ModuleType(known)
    module.__file__ = str(path.resolve())
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)
    sys.modules[known] = module
    linecache.checkcache(str(path))
    try:
        with _blaming(str(path), str(path)):
            exec(compile(code, str(path), "exec"), vars(module))
    except BaseException:
        del sys.modules[known]
        raise
    return module


def _import_module(name: str, inner: str) -> PythonSource:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    with _blaming(name, None):
        module = importlib.import_module(name)
    file = getattr(module, "__file__", None)
    try:
        content = Path(file).read_bytes() if file else b""
    except OSError:
        content = b""
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return PythonSource(module, inner, name, name, digest)


@contextmanager
def _blaming(where: str, file: str | None) -> Iterator[None]:
    """What goes wrong while a module is run is an error with its place."""
    try:
        yield
    except TpcError:
        raise
    except SyntaxError as error:
        line, column = error.lineno or 1, max(1, error.offset or 1)
        source = (error.text or "").rstrip("\n")
        place = Location(error.filename or where, line, column, source)
        raise TpcError(f"this is not Python: {error.msg}", location=place) from error
    except (Exception, SystemExit) as error:
        place_or_none = raised_at(error, file) if file else None
        message = f"{described(error)}, while {where} is run"
        raise TpcError(message, location=place_or_none) from error


def described(error: BaseException) -> str:
    """An exception in one line: its type and what it says."""
    text = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def raised_at(error: BaseException, file: str) -> Location | None:
    """The innermost line of a file on the way to an exception."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file
    ]
    if not frames or frames[-1].lineno is None:
        return None
    return line_of(file, frames[-1].lineno)


def defined_at(function: Callable[..., object]) -> Location | None:
    """The line of a function's `def`, if it is written in Python."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    line: int = code.co_firstlineno
    while linecache.getline(code.co_filename, line).lstrip().startswith(("@", ")")):
        line += 1
    return line_of(code.co_filename, line)


def line_of(file: str, line: int) -> Location:
    """A whole line of a file."""
    text = linecache.getline(file, line).rstrip()
    indent = len(text) - len(text.lstrip())
    return Location(file, line, indent + 1, text, max(1, len(text) - indent))
