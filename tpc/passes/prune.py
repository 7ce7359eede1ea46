"""Leave out variables that the answer does not depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tpc.ir.program import Program
from tpc.passes import rewriting
from tpc.passes.base import Exactness, PassContext, PassResult, result


@dataclass(frozen=True)
class Prune:
    """Drops nodes that nobody reads, and domains that no type names."""

    name: ClassVar[str] = "prune"
    exactness: ClassVar[Exactness] = "every_string"
    summary: ClassVar[str] = "leave out variables that the answer does not depend on"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        """Drop what the result cannot be reached from."""
        after = rewriting.prune(program)
        dropped = len(program.nodes) - len(after.nodes)
        return result(program, after, {"nodes dropped": dropped} if dropped else {})
