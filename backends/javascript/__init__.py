"""Programs as JavaScript: one ES module without dependencies, for Node and for browsers.

Its `run(tokens, raw = false)` gives the labels, `runBatch(sequences, raw = false)` those of several
sequences, and `trace(tokens)` all that was computed on the way, with a statement for each variable.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tpc.ir.program import Program
from tpc.runtime.backend import EmittedFile, LoadedProgram


@dataclass(frozen=True)
class JavaScriptBackend:
    """The target `javascript`; a file that is called `.mjs` needs no `package.json` in Node."""

    name: str = "javascript"
    suffix: str = ".mjs"
    summary: str = "a readable ES module for Node and browsers"

    def emit(self, program: Program, stem: str) -> tuple[EmittedFile, ...]:
        """As `tpc.runtime.backend.Backend.emit`: one file."""
        from backends.javascript.module import module_text

        return (EmittedFile(f"{stem}{self.suffix}", module_text(program).encode("utf-8")),)

    def load(self, program: Program, main: Path) -> LoadedProgram:
        """As `tpc.runtime.backend.Backend.load`: in a process of Node."""
        from tpc.runtime.node import NodeProgram

        return NodeProgram(program, main)


BACKEND = JavaScriptBackend()
