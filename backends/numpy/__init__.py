"""The NumPy backend: one self-contained module that runs many sequences at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tpc.ir.program import Program
from tpc.runtime.backend import EmittedFile, LoadedProgram


@dataclass(frozen=True)
class NumpyBackend:
    """`tpc compile --target numpy`; see `tpc.runtime.backend.Backend`."""

    name: str = "numpy"
    suffix: str = ".py"
    summary: str = "A NumPy module for many sequences at once"

    def emit(self, program: Program, stem: str) -> tuple[EmittedFile, ...]:
        """One module."""
        from backends.numpy.emit import emit_module

        text = emit_module(program)
        return (EmittedFile(f"{stem}{self.suffix}", text.encode("utf-8")),)

    def load(self, program: Program, main: Path) -> LoadedProgram:
        """Execute the module."""
        from backends.numpy.load import NumpyProgram

        return NumpyProgram(program, main)


BACKEND = NumpyBackend()
