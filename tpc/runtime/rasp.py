"""Emitted RASP texts, run by our own interpreter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tpc.ir.program import Program
from tpc.ir.types import Value
from tpc.ir.words import rewrite
from tpc.rasp import RaspProgram
from tpc.rasp.writing import escape, unescape
from tpc.runtime.loaded import Loaded
from tpc.semantics.encoding import encode, present


class LoadedRasp(Loaded):
    """Evaluates the s-op of the label, and traces that of every variable.

    Args:
        program: What the text was emitted from.
        rasp: The text, loaded.
        sops: The s-op of each column.
    """

    def __init__(self, program: Program, rasp: RaspProgram, sops: Mapping[str, str]) -> None:
        super().__init__(program)
        self._rasp = rasp
        self._sops = sops

    def answer(self, tokens: Sequence[str], raw: bool) -> list[str] | str:
        """As `Loaded.answer`."""
        words = self._words(tokens)
        labels = self._rasp.evaluate(self._sops[self.program.result], words) if words else []
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
