"""Running a program through the interpreter or any backend, all behind one interface."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tpc.diagnostics import TpcError, did_you_mean
from tpc.files import write_together
from tpc.ir.program import Program
from tpc.runtime.backend import Backend, LoadedProgram, backend_names, find_backend
from tpc.semantics.interpreter import Interpreter

#: The name that selects the reference interpreter where a backend could be named.
INTERPRETER = "interpreter"


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
    if target not in target_names():
        hint = did_you_mean(target, target_names()) or f"targets: {', '.join(target_names())}"
        raise TpcError(f"there is no target '{target}'", hint=hint)
    backend = find_backend(target)
    with tempfile.TemporaryDirectory(prefix="tpc-") as folder:
        yield backend.load(program, emit_to(backend, program, Path(folder), program.name))
