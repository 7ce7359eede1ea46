"""An emitted text, run by our own interpreter of RASP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from backends.rasp.emitter import Emitter
from backends.rasp.names import LABELS
from backends.rasp.text import escape, unescape
from tpc.ir.nodes import Node
from tpc.ir.program import Program
from tpc.ir.types import Num, Real, Value
from tpc.ir.words import rewrite
from tpc.lowering import lower
from tpc.rasp import RaspProgram
from tpc.semantics.encoding import encode, present


class LoadedRasp:
    """Runs `labels`, and traces every s-op that is a variable of the network.

    Args:
        program: What the text was emitted from.
        rasp: The text, loaded.
    """

    def __init__(self, program: Program, rasp: RaspProgram) -> None:
        self._program = program
        self._rasp = rasp
        names = Emitter(lower(program)).variables
        self._traced = [
            (node, names[node.name]) for node in program.nodes if node.origin and node.name in names
        ]

    def run(self, tokens: Sequence[str], *, raw: bool = False) -> list[str] | str:
        """As `tpc.runtime.backend.LoadedProgram.run`."""
        words = self._words(tokens)
        if not words:
            return []
        labels = list(map(unescape, self._rasp.evaluate(LABELS, words)))
        return present(self._program, tokens, labels, raw=raw)

    def run_many(
        self, sequences: Sequence[Sequence[str]], *, raw: bool = False
    ) -> Iterator[list[str] | str]:
        """As `tpc.runtime.backend.LoadedProgram.run_many`."""
        return (self.run(tokens, raw=raw) for tokens in sequences)

    def trace(self, tokens: Sequence[str]) -> dict[str, list[Value]]:
        """As `tpc.runtime.backend.LoadedProgram.trace`."""
        words = self._words(tokens)
        sops = list(dict.fromkeys([*(sop for _, sop in self._traced), LABELS]))
        found: dict[str, list[Any]] = {sop: [] for sop in sops}
        if words:
            found = self._rasp.evaluate_many(sops, words)
        shown = {
            origin: self._present(node, found[sop])
            for node, sop in self._traced
            for origin in node.origin
        }
        return {**shown, "label": self._present_label(found[LABELS])}

    def _words(self, tokens: Sequence[str]) -> list[str]:
        """The tokens as the text expects them, after the checks that every target makes."""
        encode(self._program, tokens)
        return [escape(rewrite(token, self._program.rewrite)) for token in tokens]

    def _present(self, node: Node, values: list[Any]) -> list[Value]:
        if node.name == self._program.result:
            return self._present_label(values)
        if isinstance(node.type, Num | Real):
            return values
        return [unescape(value) if isinstance(value, str) else value for value in values]

    def _present_label(self, values: list[Any]) -> list[Value]:
        shown = values[:1] if self._program.label_type.pooled else values
        return [unescape(value) for value in shown]
