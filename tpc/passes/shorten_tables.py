"""Tables as the shortest decision lists that can be found in reasonable time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tpc.ir.nodes import Lookup
from tpc.ir.program import Program
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import with_nodes
from tpc.passes.simplify_tables import reachable_table
from tpc.semantics.dense_tables import entries, ranges
from tpc.synthesis.decision_lists import decision_list, list_cost


@dataclass(frozen=True)
class ShortenTables(Pass):
    """Finds the cases of each lookup anew: their order, their sets, and the default.

    Args:
        entries: Tables over larger products of ranges are left alone.
    """

    entries: int = 65_536

    name = "shorten-tables"
    exactness = "every_string"
    summary = "say tables as the shortest decision lists that are found"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Replace cases wherever fewer or shorter ones say the same."""
        found = context.promised(program)
        anywhere, answered = found.anywhere(), found.answered()
        changed = {}
        for node in program.nodes:
            if not isinstance(node, Lookup) or entries(program, node) > self.entries:
                continue
            possible = anywhere if node.name in found.everywhere else answered
            table = reachable_table(program, node, possible)
            cases = decision_list(table, [values.start for values in ranges(program, node)])
            if list_cost(cases) < list_cost(node.cases):
                changed[node.name] = replace(node, cases=cases)
        statistics = {"tables shortened": len(changed)} if changed else {}
        return result(program, with_nodes(program, dict(changed)), statistics)
