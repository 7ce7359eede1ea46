"""Leave out variables that the answer does not depend on."""

from __future__ import annotations

from dataclasses import dataclass

from tpc.ir.program import Program
from tpc.passes import rewriting
from tpc.passes.base import Pass, PassContext, PassResult, result


@dataclass(frozen=True)
class Prune(Pass):
    """Drops nodes that nobody reads, and domains that no type names."""

    name = "prune"
    exactness = "every_string"
    summary = "leave out variables that the answer does not depend on"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        """Drop what the result cannot be reached from."""
        after = rewriting.prune(program)
        dropped = len(program.nodes) - len(after.nodes)
        return result(program, after, {"nodes dropped": dropped} if dropped else {})
