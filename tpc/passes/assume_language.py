"""From here on only the labels of the input language have to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tpc.ir.program import Program
from tpc.passes.base import Exactness, PassContext, PassResult


@dataclass(frozen=True)
class AssumeLanguage:
    """Weakens the contract, so that analysis may count on framing and alphabet of the input."""

    name: ClassVar[str] = "assume-language"
    exactness: ClassVar[Exactness] = "language"
    summary: ClassVar[str] = "promise the labels of the input language only"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        """Report a change, upon which the manager writes the contract."""
        return PassResult(program, changed=program.contract.scope == "every_string")
