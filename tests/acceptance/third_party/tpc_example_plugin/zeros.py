"""A pass: features whose weights are all zero are left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from tpc.ir.nodes import Classify
from tpc.ir.program import Program
from tpc.passes.base import Exactness, Pass, PassContext, PassResult, result
from tpc.passes.rewriting import prune, with_nodes


@dataclass(frozen=True)
class DropZeroFeatures(Pass):
    """Adding zero to a sum changes no sum, and so no answer."""

    name: ClassVar[str] = "drop-zero-features"
    exactness: ClassVar[Exactness] = "every_string"
    summary: ClassVar[str] = "leave out features whose weights are all zero"

    def run(self, program: Program, context: PassContext) -> PassResult:  # noqa: ARG002
        """Rebuild the classifier, if there is one, and drop what nothing reads any more."""
        node = program.by_name[program.result]
        if not isinstance(node, Classify):
            return result(program, program)
        kept = tuple(feature for feature in node.features if any(map(any, feature.rows)))
        changed = with_nodes(program, {node.name: replace(node, features=kept)})
        dropped = len(node.features) - len(kept)
        return result(program, prune(changed), {"features dropped": dropped})
