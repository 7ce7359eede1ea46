"""Tables and predicates made plainer where other weights make up for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tpc.ir.bounds import fault_in
from tpc.ir.nodes import Classify, Lookup, Select
from tpc.ir.program import Program
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.choose_features import label_node
from tpc.passes.drop_cases import plainer_cases, whole_predicates
from tpc.passes.fold_features import integral
from tpc.passes.recover_origins import without_lost
from tpc.passes.rewriting import prune, with_nodes
from tpc.proof.evidence import Evidence
from tpc.proof.trial import Trial
from tpc.semantics.arrays import Array
from tpc.synthesis.combinations import Combinations
from tpc.synthesis.description_length import node_cost, program_cost
from tpc.synthesis.selection import LinearSearch

#: Multiplications that finding new weights for one change may take.
_TRY = 1.5e10


@dataclass(frozen=True)
class ResolveTables(Pass):
    """Tries plainer tables and predicates together with new weights for the features.

    Args:
        tries: So many changes are tried.
    """

    tries: int = 120

    name = "resolve-tables"
    exactness = "language"
    summary = "make tables and heads plainer where new weights make up for it"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Take every change for which weights are found that give the labels."""
        node = program.by_name[program.result]
        if not isinstance(node, Classify) or node.pool != "none" or not integral(node):
            return result(program, program)
        if context.restated or not node.features:
            return result(program, program)
        evidence = context.covering_evidence(program)
        if isinstance(evidence, str):
            return result(program, program, skipped=(f"{self.name}: {evidence}",))
        solver = _Solver(program, node, evidence)
        if not solver.start():
            return result(program, program)
        taken = solver.simplify(self.tries)
        if not taken:
            return result(program, program)
        after = solver.finish()
        if after is None or program_cost(after) >= program_cost(program):
            return result(program, program)
        after = without_lost(program, after, evidence)
        return result(program, after, {"changes": taken}, guessed=not evidence.whole)


class _Solver:
    """A program whose classifier's weights are found anew after each change."""

    def __init__(self, program: Program, node: Classify, evidence: Evidence) -> None:
        self.trial = Trial(program, evidence)
        self.names = list(dict.fromkeys(feature.variable for feature in node.features))
        self.positions = self.trial.scored_positions()
        parts = self.trial.parts
        self.columns = self.flat([part.columns for part in parts])
        self.labels = self.flat([{"label": part.labels} for part in parts])["label"]
        self.search = self.searching(program, self.columns)

    @property
    def program(self) -> Program:
        """The program so far, with weights that need not fit."""
        return self.trial.program

    def flat(self, batches: Sequence[dict[str, Array]]) -> dict[str, Array]:
        """Columns at the positions that count, one after the other."""
        names = [name for name in (*self.names, "label") if name in batches[0]]
        return {
            name: np.concatenate(
                [batch[name][chosen] for batch, chosen in zip(batches, self.positions, strict=True)]
            )
            for name in names
        }

    def searching(self, program: Program, columns: dict[str, Array]) -> LinearSearch:
        return LinearSearch(Combinations(program, columns, self.labels), self.names)

    def start(self) -> bool:
        """Find weights for the program as it is."""
        return self.search.attempt(self.names, np.inf)

    def simplify(self, tries: int) -> int:
        """Change nodes one case at a time, what saves most first; how many changes held."""
        taken = 0
        for node in reversed(self.program.nodes):
            if tries <= 0 or not isinstance(node, Lookup | Select):
                continue
            attempts = self.plainer(node)
            while attempts and tries > 0:
                tries -= 1
                attempt = attempts.pop(0)
                if self.holds(attempt):
                    taken += 1
                    attempts = self.plainer(attempt)
        return taken

    def plainer(self, node: Lookup | Select) -> list[Lookup | Select]:
        """Cheaper tables or predicates than that of a node, the cheapest first."""
        options: list[Lookup | Select]
        if isinstance(node, Select):
            predicates = whole_predicates(self.program, node)
            options = [replace(node, predicate=predicate) for predicate in predicates]
        else:
            tables = [replace(node, cases=cases) for cases in plainer_cases(node.cases)]
            options = [table for table in tables if fault_in(self.program, table) is None]
        costs = [node_cost(self.program, option) for option in options]
        order = sorted(range(len(options)), key=costs.__getitem__)
        most = node_cost(self.program, node)
        return [options[index] for index in order if costs[index] < most]

    def holds(self, node: Lookup | Select) -> bool:
        """Take a changed node, if there are weights with it."""
        changed = with_nodes(self.program, {node.name: node})
        batches = self.trial.columns(changed, self.names)
        columns = {**self.columns, **self.flat(batches)}
        search = self.searching(changed, columns)
        search.start_from(self.search)
        if not search.attempt(self.names, _TRY):
            return False
        self.trial.take(changed, batches)
        self.columns, self.search = columns, search
        return True

    def finish(self) -> Program | None:
        """The program with integer weights."""
        answer = self.search.answer()
        if answer is None:
            return None
        classes = tuple(self.search.found.classes.tolist())
        label = label_node(self.program, answer, classes)
        return prune(with_nodes(self.program, {label.name: label}))
