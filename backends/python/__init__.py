"""Programs as Python: one readable module of the standard library alone, and at most one data file.

The module's `run(tokens, raw=False)` computes the variables of the program in their order, one
list each, named as in the program; tables show values as users see them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tpc.ir.program import Program
from tpc.runtime.backend import EmittedFile, LoadedProgram


@dataclass(frozen=True)
class PythonBackend:
    """The target `python`."""

    name: str = "python"
    suffix: str = ".py"
    summary: str = "a readable module that needs the standard library alone"

    def emit(self, program: Program, stem: str) -> tuple[EmittedFile, ...]:
        """`stem.py` and, where some table is too long to read, `stem_data.json`."""
        from backends.python.module import emit
        from tpc.lowering import lower
        from tpc.semantics import interpreter

        return emit(lower(program), stem, partial(interpreter.run, program))

    def load(self, program: Program, main: Path) -> LoadedProgram:
        """The emitted module, executed.

        Raises:
            TpcError: It cannot be read or is no such module.
        """
        from backends.python.loaded import LoadedModule

        return LoadedModule(program, main)


BACKEND = PythonBackend()
