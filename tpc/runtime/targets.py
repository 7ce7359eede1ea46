"""Running a program through the interpreter or any backend, all behind one interface."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tpc.diagnostics import TpcError
from tpc.files import write_atomic
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.runtime.backend import Backend, LoadedProgram, backend_names, find_backend
from tpc.semantics import interpreter

#: The name that selects the reference interpreter where a backend could be named.
INTERPRETER = "interpreter"


@dataclass(frozen=True)
class Interpreted:
    """The reference interpreter, with the interface of a loaded program."""

    program: Program

    def run(self, tokens: Sequence[str], *, raw: bool = False) -> list[str] | str:
        """As `LoadedProgram.run`."""
        return interpreter.run(self.program, tokens, raw=raw)

    def run_many(
        self, sequences: Sequence[Sequence[str]], *, raw: bool = False
    ) -> Iterator[list[str] | str]:
        """As `LoadedProgram.run_many`."""
        return (self.run(tokens, raw=raw) for tokens in sequences)

    def trace(self, tokens: Sequence[str]) -> dict[str, list[Value]]:
        """As `LoadedProgram.trace`."""
        return interpreter.trace(self.program, tokens)


def target_names() -> list[str]:
    """Everything that a program can be run with."""
    return [INTERPRETER, *backend_names()]


def emit_to(backend: Backend, program: Program, folder: Path, stem: str) -> Path:
    """Write a backend's files into a folder and return the main one's path."""
    files = backend.emit(program, stem)
    for file in files:
        write_atomic(folder / file.name, file.content)
    return folder / files[0].name


@contextmanager
def run_with(program: Program, target: str) -> Iterator[LoadedProgram]:
    """The program, ready to run: interpreted, or emitted by a backend and loaded from its files.

    Raises:
        TpcError: There is no such target, or it cannot express or load the program.
    """
    if target == INTERPRETER:
        yield Interpreted(program)
        return
    if target not in target_names():
        close = difflib.get_close_matches(target, target_names(), n=3)
        hint = f"did you mean {' or '.join(close)}?" if close else None
        raise TpcError(
            f"there is no target '{target}'", hint=hint or f"targets: {', '.join(target_names())}"
        )
    backend = find_backend(target)
    with tempfile.TemporaryDirectory(prefix="tpc-") as folder:
        yield backend.load(program, emit_to(backend, program, Path(folder), program.name))
