"""The C backend: one C99 file and its header, compiled by the system's compiler for checking."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tpc.ir.program import Program
from tpc.runtime.backend import EmittedFile, LoadedProgram


@dataclass(frozen=True)
class CBackend:
    """`tpc compile --target c`; see `tpc.runtime.backend.Backend`."""

    name: str = "c"
    suffix: str = ".c"
    summary: str = "A C99 file and its header, for many sequences at once"

    def emit(self, program: Program, stem: str) -> tuple[EmittedFile, ...]:
        """The C file and its header."""
        from backends.c.emit import emit_files

        source, header = emit_files(program, stem)
        return (
            EmittedFile(f"{stem}.c", source.encode("ascii")),
            EmittedFile(f"{stem}.h", header.encode("ascii")),
        )

    def load(self, program: Program, main: Path) -> LoadedProgram:
        """Compile the file to a shared library and load it."""
        from backends.c.load import CProgram

        return CProgram(program, main)


BACKEND = CBackend()
