"""Programs as RASP source, which the reference interpreter of the language runs unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from backends.rasp.emit import rasp_text
from tpc.files import read_text
from tpc.ir.printer import digest
from tpc.ir.program import Program
from tpc.lowering import lower
from tpc.runtime.backend import EmittedFile, LoadedProgram


@dataclass(frozen=True)
class RaspBackend:
    """One self-contained `.rasp` file whose last definition is the s-op `labels`."""

    name: str = "rasp"
    suffix: str = ".rasp"
    summary: str = "RASP source for the interpreter of Weiss et al."

    def emit(self, program: Program, stem: str) -> tuple[EmittedFile, ...]:
        """As `tpc.runtime.backend.Backend.emit`."""
        text = rasp_text(lower(program), stem, digest(program))
        return (EmittedFile(f"{stem}{self.suffix}", text.encode("utf-8")),)

    def load(self, program: Program, main: Path) -> LoadedProgram:
        """As `tpc.runtime.backend.Backend.load`: our own interpreter runs the file."""
        from backends.rasp.load import LoadedRasp
        from tpc.rasp import load

        return LoadedRasp(program, load(read_text(main), str(main)))


BACKEND = RaspBackend()
