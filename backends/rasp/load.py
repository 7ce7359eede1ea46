"""An emitted text, run by our own interpreter of RASP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from backends.rasp.emitter import Emitter
from backends.rasp.names import LABELS
from backends.rasp.text import escape, unescape
from tpc.files import read_text
from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.ir.words import rewrite
from tpc.lowering import lower
from tpc.rasp import RaspProgram, load
from tpc.runtime.loaded import Loaded
from tpc.semantics.encoding import encode, present


def load_file(program: Program, main: Path) -> LoadedRasp:
    """As `tpc.runtime.backend.Backend.load`: our own interpreter runs the file."""
    return LoadedRasp(program, load(read_text(main), str(main)))


class LoadedRasp(Loaded):
    """Runs `labels`, and traces the s-op of every variable.

    Args:
        program: What the text was emitted from.
        rasp: The text, loaded.
    """

    def __init__(self, program: Program, rasp: RaspProgram) -> None:
        super().__init__(program)
        self._rasp = rasp
        emitter = Emitter(lower(program))
        self._sops = {name: emitter.variables[name] for name in emitter.lowered.columns}
        self._sops[program.result] = LABELS

    def answer(self, tokens: Sequence[str], raw: bool) -> list[str] | str:
        """As `Loaded.answer`."""
        words = self._words(tokens)
        labels = self._rasp.evaluate(LABELS, words) if words else []
        return present(self.program, tokens, list(map(unescape, labels)), raw=raw)

    def columns(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Value]]:
        """As `Loaded.columns`."""
        found = self._rasp.evaluate_many(list(self._sops.values()), self._words(tokens))
        columns = {
            name: [unescape(value) if isinstance(value, str) else value for value in found[sop]]
            for name, sop in self._sops.items()
        }
        if self.program.label_type.pooled:
            columns[self.program.result] = columns[self.program.result][:1]
        return columns

    def _words(self, tokens: Sequence[str]) -> list[str]:
        """The tokens as the text expects them, after the checks that every target makes."""
        encode(self.program, tokens)
        return [escape(rewrite(token, self.program.rewrite)) for token in tokens]
