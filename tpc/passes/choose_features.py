"""Compute the label from as few variables as possible, proved on the whole input language."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tpc.ir.nodes import TOKENS, Classify, Feature, Lookup, Node
from tpc.ir.program import Program
from tpc.ir.types import Label, Pattern, Real
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import prune, with_nodes
from tpc.proof.combinations import combination_columns
from tpc.synthesis.combinations import Combinations, distinct_variables, from_columns
from tpc.synthesis.description_length import program_cost
from tpc.synthesis.pooled import pooled_combinations, pooled_node, pooled_sums
from tpc.synthesis.selection import (
    LinearAnswer,
    LinearSearch,
    TableAnswer,
    best_table,
    table_answer,
)


@dataclass(frozen=True)
class ChooseFeatures(Pass):
    """Re-solves the classifier on the smallest set of variables that is found to suffice.

    The label of every combination of values that occurs in the input language is kept, or of every
    one that occurs in a sample of it, which then has to be proved. It becomes
    a table of a few variables, or integer weights of more, whichever takes less to write.
    """

    name = "choose-features"
    exactness = "language"
    summary = "compute the label from as few variables as possible, anew"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Replace the node that gives the label."""
        if context.restated:
            return result(program, program)  # The answer was chosen with the rule.
        if program.label_type.pooled:
            return self._pooled(program, context)
        combinations = combinations_of(program, context)
        if isinstance(combinations, str):
            return result(program, program, skipped=(f"{self.name}: {combinations}",))
        found, guessed = combinations
        names = distinct_variables(found, _costs(found))
        answer = _answer(found, names)
        statistics: dict[str, int | float | str] = {"combinations": found.count}
        if answer is None or answer.cost >= program_cost(program):
            return result(program, program, statistics)
        label = label_node(program, answer, tuple(found.classes.tolist()))
        after = prune(with_nodes(program, {label.name: label}))
        statistics["variables read"] = len(answer.names)
        return result(program, after, statistics, guessed=guessed)

    def _pooled(self, program: Program, context: PassContext) -> PassResult:
        """Choose weights for sums over positions: no table could read them."""
        evidence, old = context.evidence(program), program.by_name[program.result]
        if isinstance(evidence, str):
            return result(program, program, skipped=(f"{self.name}: {evidence}",))
        assert isinstance(old, Classify), "only classifiers pool"
        batches, first = evidence.batches(program), old.pool == "first"
        sums = pooled_sums(program, _read(program), batches, first=first)
        found = pooled_combinations(program, sums, evidence.labels)
        if found is None:
            return result(program, program)  # It adds real numbers.
        answer = LinearSearch(found, distinct_variables(found, _costs(found))).run()
        statistics = {"combinations": found.count}
        if answer is None:
            return result(program, program, statistics)
        label = pooled_node(old, found, answer)
        after = prune(with_nodes(program, {label.name: label}))
        if program_cost(after) >= program_cost(program):
            return result(program, program, statistics)
        statistics["variables read"] = len(label.features)
        return result(program, after, statistics, guessed=not evidence.whole)


def _read(program: Program) -> list[str]:
    """What an answer may read."""
    return [TOKENS, *(n.name for n in program.nodes if not isinstance(n.type, Pattern | Label))]


def _costs(found: Combinations) -> dict[str, float]:
    return {name: found.cost([name]) for name in found.names}


def combinations_of(program: Program, context: PassContext) -> tuple[Combinations, bool] | str:
    """Combinations of variables at scored positions, or why they cannot be computed.

    Found by going through the input language, or, for a program that counts, by following its
    sums; both are exact. Elsewhere they are those of a sample.

    Returns:
        The combinations, and whether there may be more of them.
    """
    if program.label_type.pooled:
        return "one label for a whole sequence is not supported"
    evidence = context.evidence(program)
    read = _read(program)
    if isinstance(evidence, str) or not evidence.whole:
        counted = combination_columns(program)
        if counted is not None:
            columns = {name: counted[name] for name in read}
            return from_columns(program, columns, counted[program.result]), False
    if isinstance(evidence, str):
        return evidence
    columns = evidence.columns(program, read)
    return from_columns(program, columns, evidence.labels), not evidence.whole


def _answer(found: Combinations, names: list[str]) -> TableAnswer | LinearAnswer | None:
    """A table of very few variables; else weights, or a table of the same variables."""
    table = best_table(found, names)
    if table is not None:
        return table
    linear = LinearSearch(found, names).run()
    if linear is None or any(isinstance(found.program.type_of(n), Real) for n in linear.names):
        return linear
    table = table_answer(found, linear.names, found.cost(linear.names))
    return table if table is not None and table.cost < linear.cost else linear


def label_node(
    program: Program, answer: TableAnswer | LinearAnswer, occurring: tuple[int, ...]
) -> Node:
    """The program's answer, as a table or as weights.

    Args:
        program: Whose answer is to be replaced.
        answer: What was found.
        occurring: The class indices that columns of weights stand for.
    """
    old = program.by_name[program.result]
    assert isinstance(old.type, Label), "verified"
    if isinstance(answer, TableAnswer):
        return Lookup(old.name, answer.names, answer.cases, old.type, old.origin)
    size = program.domain_of_type(old.type).size
    features = []
    for name, values, rows in zip(answer.names, answer.values, answer.rows, strict=True):
        full = []
        for row in rows.tolist():
            weights = [0.0] * size
            for index, weight in zip(occurring, row, strict=True):
                weights[index] = float(weight)
            full.append(tuple(weights))
        if len(values):
            common = Counter(full).most_common(1)[0][0]
            by_value = dict(zip(values.tolist(), full, strict=True))
            full = [by_value.get(value, common) for value in program.range_of(name)]
        features.append(Feature(name, tuple(full)))
    never = tuple(index for index in range(size) if index not in occurring)
    return Classify(old.name, tuple(features), old.type, never, "none", old.origin)
