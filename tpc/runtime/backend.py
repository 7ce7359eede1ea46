"""What a backend is, how backends are found, and programs run through them.

A backend turns a program into files, and loads those files again into something that can run and
trace. `tpc` finds backends by the entry-point group `tpc.backends` only, its own too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from tpc.diagnostics import TpcError, one_of
from tpc.files import write_together
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.plugins import BACKENDS
from tpc.semantics.interpreter import Interpreter

#: The name that selects the reference interpreter where a backend could be named.
INTERPRETER = "interpreter"


@dataclass(frozen=True)
class EmittedFile:
    """One file of a compiled program, named relative to the main file's folder."""

    name: str
    content: bytes


class LoadedProgram(Protocol):
    """Emitted files, ready to be executed in this process."""

    def run(self, tokens: Sequence[str], *, raw: bool = False) -> list[str] | str:
        """The labels of a sequence, or the one label of a pooled program.

        Raises:
            TpcError: The input is not one that the program takes, or a file is missing.
        """
        ...

    def run_many(
        self, sequences: Sequence[Sequence[str]], *, raw: bool = False
    ) -> Iterator[list[str] | str]:
        """The answers for several sequences, in order; vectorised where the target is."""
        ...

    def trace(self, tokens: Sequence[str]) -> dict[str, list[Value]]:
        """Values by position of every variable of the network that the emitted program keeps.

        `label` is always among them: the raw answers, a list of one for a pooled program.
        """
        ...


@runtime_checkable
class Backend(Protocol):
    """A target of `tpc compile`.

    Attributes:
        name: As given to `--target`.
        suffix: Of the main file, such as `.py`.
        summary: One line for `--help`.
    """

    name: str
    suffix: str
    summary: str

    def emit(self, program: Program, stem: str) -> tuple[EmittedFile, ...]:
        """The files of a program, the main one first; the same program gives the same bytes.

        Args:
            program: A verified program.
            stem: The main file's name without suffix; other files' names derive from it.

        Raises:
            TpcError: The target cannot express the program.
        """
        ...

    def load(self, program: Program, main: Path) -> LoadedProgram:
        """Load emitted files, given the main one.

        Args:
            program: What the files were emitted from: names, domains and origins for traces.
            main: The main file; the others lie beside it.

        Raises:
            TpcError: A tool that the target needs is missing, or the files do not load.
        """
        ...


@dataclass(frozen=True)
class LazyBackend:
    """A backend whose code is imported only when it is used.

    Args:
        name: As given to `--target`.
        suffix: Of the main file.
        summary: One line for `--help`.
        emitter: `module:function`, from a program and a stem to the files, or to the text of the
            only one.
        loader: `module:function`, from a program and the path of its main file.
    """

    name: str
    suffix: str
    summary: str
    emitter: str
    loader: str

    def emit(self, program: Program, stem: str) -> tuple[EmittedFile, ...]:
        """As `Backend.emit`."""
        found: str | tuple[EmittedFile, ...] = self._function(self.emitter)(program, stem)
        if isinstance(found, str):
            return (EmittedFile(f"{stem}{self.suffix}", found.encode("utf-8")),)
        return found

    def load(self, program: Program, main: Path) -> LoadedProgram:
        """As `Backend.load`."""
        loaded: LoadedProgram = self._function(self.loader)(program, main)
        return loaded

    def _function(self, path: str) -> Callable[..., Any]:
        module, _, name = path.partition(":")
        try:
            function: Callable[..., Any] = getattr(import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise TpcError(f"the backend '{self.name}' cannot be used: {path}: {error}") from error
        return function


@cache
def _entry_points() -> dict[str, EntryPoint]:
    return BACKENDS.installed()


def backend_names() -> list[str]:
    """The names of all installed backends, sorted."""
    return sorted(_entry_points())


def find_backend(name: str) -> Backend:
    """The backend of this name.

    Raises:
        TpcError: There is none, or it cannot be imported.
    """
    entries = _entry_points()
    entry = entries[one_of(backend_names(), name, "backend")]
    backend = BACKENDS.load(entry)
    if not isinstance(backend, Backend):
        raise BACKENDS.broken(entry, f"{entry.value} is not a backend")
    return backend


def target_names() -> list[str]:
    """Everything that a program can be run with."""
    return [INTERPRETER, *backend_names()]


def emit_to(backend: Backend, program: Program, folder: Path, stem: str) -> Path:
    """Write a backend's files into a folder and return the main one's path."""
    files = backend.emit(program, stem)
    write_together((folder / file.name, file.content) for file in files)
    return folder / files[0].name


@contextmanager
def run_with(program: Program, target: str) -> Iterator[LoadedProgram]:
    """The program, ready to run: interpreted, or emitted by a backend and loaded from its files.

    Raises:
        TpcError: There is no such target, or it cannot express or load the program.
    """
    if target == INTERPRETER:
        yield Interpreter(program)
        return
    backend = find_backend(one_of(target_names(), target, "target"))
    with tempfile.TemporaryDirectory(prefix="tpc-") as folder:
        yield backend.load(program, emit_to(backend, program, Path(folder), program.name))
