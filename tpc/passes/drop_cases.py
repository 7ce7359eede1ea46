"""Predicates and tables made plainer wherever no label of the input language changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tpc.ir.bounds import fault_in
from tpc.ir.nodes import Case, Lookup, Node, OffsetPredicate, Positions, Select, TablePredicate
from tpc.ir.program import Program, matched_keys
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.recover_origins import without_lost
from tpc.passes.rewriting import prune, with_nodes
from tpc.proof.trial import Trial
from tpc.synthesis.description_length import node_cost


@dataclass(frozen=True)
class DropCases(Pass):
    """Tries plainer predicates and tables one by one, on strings of the input language."""

    name = "drop-cases"
    exactness = "language"
    summary = "make predicates and tables plainer where no label changes"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Take every change that saves something and changes no label."""
        evidence = context.covering_evidence(program)
        if isinstance(evidence, str):
            return result(program, program, skipped=(f"{self.name}: {evidence}",))
        trial = Trial(program, evidence)
        taken = _plainer_rules(trial)
        for node in reversed(trial.program.nodes):
            if isinstance(node, Select):
                taken += _plainer_select(trial, node)
            elif isinstance(node, Lookup):
                taken += _plainer_lookup(trial, node)
        if not taken:
            return result(program, program)
        after = without_lost(program, prune(trial.program), evidence)
        return result(program, after, {"changes": taken}, guessed=not evidence.whole)


def _try(trial: Trial, node: Node) -> bool:
    """Take a node instead of the one of its name, if it is cheaper and right."""
    program = trial.program
    if node_cost(program, node) >= node_cost(program, program.by_name[node.name]):
        return False
    return trial.accept(with_nodes(program, {node.name: node}))


def _plainer_rules(trial: Trial) -> int:
    """Let every head that takes the closest match take the first, if it is all the same.

    All or none: a reader has to know each rule that occurs.
    """
    program = trial.program
    changed: dict[str, Node] = {
        node.name: replace(node, rule="first")
        for node in program.nodes
        if isinstance(node, Select)
        and node.rule == "closest"
        and not isinstance(program.by_name.get(node.key), Positions)
    }
    if changed and trial.accept(with_nodes(program, changed)):
        return len(changed)
    return 0


# Predicates.


def _plainer_select(trial: Trial, node: Select) -> int:
    for predicate in whole_predicates(trial.program, node):
        if _try(trial, replace(node, predicate=predicate)):
            return 1
    taken = 0
    for query in range(trial.program.domain_of(node.query).size):
        for changed in _plainer_queries(node, query):
            if trial.accept(with_nodes(trial.program, {node.name: changed})):
                node, taken = changed, taken + 1
                break
    return taken


def whole_predicates(program: Program, node: Select) -> Iterator[TablePredicate | OffsetPredicate]:
    """Predicates that say one thing about all queries: a key, or an offset."""
    if node.predicate is None:
        return
    matched = matched_keys(program, node)
    keys = Counter(key for key in matched if key is not None)
    for key, _ in keys.most_common():
        yield TablePredicate((key,) * len(matched))
    query, key_domain = program.domain_of(node.query), program.domain_of(node.key)
    deltas = Counter(key - q for q, key in enumerate(matched) if key is not None)
    for delta, count in deltas.most_common(3):
        named = query.labels is not None or key_domain.labels is not None
        if count > 1 and (query == key_domain if delta == 0 else not named):
            yield OffsetPredicate(delta)


def _plainer_queries(node: Select, query: int) -> Iterator[Select]:
    """Selects in which one query matches what at least as many others match."""
    if not isinstance(node.predicate, TablePredicate):
        return
    matched = node.predicate.keys
    counts = Counter(matched)
    for other, count in counts.most_common():
        if other != matched[query] and count >= counts[matched[query]]:
            keys = (*matched[:query], other, *matched[query + 1 :])
            yield replace(node, predicate=TablePredicate(keys))


# Tables.


def _plainer_lookup(trial: Trial, node: Lookup) -> int:
    taken = 0
    attempts = plainer_cases(node.cases)
    while (cases := next(attempts, None)) is not None:
        changed = replace(node, cases=cases)
        if fault_in(trial.program, changed) is None and _try(trial, changed):
            node, taken, attempts = changed, taken + 1, plainer_cases(cases)
    return taken


def plainer_cases(cases: tuple[Case, ...]) -> Iterator[tuple[Case, ...]]:
    """Lists with a case less, with a condition less, or with one outcome for another."""
    width = len(cases[-1].patterns)
    # Tables are total: what no case before the last covers, the last does.
    cases = (*cases[:-1], Case((None,) * width, cases[-1].outcome))
    outcomes = Counter(case.outcome for case in cases)
    for outcome, _ in outcomes.most_common():
        yield (Case((None,) * width, outcome),)
    for index in range(len(cases) - 1):
        yield (*cases[:index], *cases[index + 1 :])
    for index, case in enumerate(cases[:-1]):
        for axis, pattern in enumerate(case.patterns):
            if pattern is not None:
                patterns = (*case.patterns[:axis], None, *case.patterns[axis + 1 :])
                yield (*cases[:index], Case(patterns, case.outcome), *cases[index + 1 :])
    for index, case in enumerate(cases[:-1]):
        for axis, pattern in enumerate(case.patterns):
            for interval in pattern if pattern is not None and len(pattern) > 1 else ():
                rest = tuple(part for part in pattern or () if part != interval)
                patterns = (*case.patterns[:axis], rest, *case.patterns[axis + 1 :])
                yield (*cases[:index], Case(patterns, case.outcome), *cases[index + 1 :])
