"""Tables and predicates said as formulas, where that is shorter and no label changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tpc.ir.bounds import fault_in
from tpc.ir.expressions import Binary, Constant, Expression, Operand
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Case,
    FormulaPredicate,
    Lookup,
    Node,
    OffsetPredicate,
    Select,
    TablePredicate,
    operands,
    predicate_of,
)
from tpc.ir.program import MAX_TABLE_ENTRIES, Program
from tpc.ir.types import Cat, Domain, Num, value_set
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.recover_origins import without_lost
from tpc.passes.rewriting import prune, variants, with_nodes
from tpc.proof.trial import Trial
from tpc.semantics.arrays import Array, joint
from tpc.semantics.dense_tables import entries, ranges
from tpc.synthesis.description_length import node_cost, program_cost
from tpc.synthesis.formulas import Entries, divides_by_zero, shortest_formula

#: Offsets between key and query that are tried, the most frequent.
_DELTAS = 3

#: Tables with more entries that occur are left alone, and formulas with more exceptions.
_MOST_ENTRIES, _EXCEPTIONS = 2_000, 3


@dataclass(frozen=True)
class SynthesiseFormulas(Pass):
    """Finds for each table the shortest formula over its operands, for predicates over the query.

    What cannot occur does not matter: formulas are found for the combinations of values on strings
    of the input language, first at scored positions, then at all.
    """

    name = "synthesise-formulas"
    exactness = "language"
    summary = "say tables and predicates as formulas where they are shorter"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Take every formula that saves something and changes no label."""
        evidence = context.evidence(program)
        if isinstance(evidence, str):
            return result(program, program, skipped=(f"{self.name}: {evidence}",))
        if not any(isinstance(node, Lookup | Select) for node in program.nodes):
            return result(program, program)
        program = narrowed(program)
        trial, taken = Trial(program, evidence), 0
        for node in reversed(program.nodes):
            taken += any(_accept(trial, changed) for changed in _attempts(trial, node))
        if not taken:
            return result(program, program)
        after = without_lost(program, prune(trial.program), evidence)
        return result(program, after, {"formulas": taken}, guessed=not evidence.whole)


def narrowed(program: Program) -> Program:
    """The program with counts from 1 on where every position counts itself: they can divide."""
    changed: dict[str, Node] = {}
    for node in program.nodes:
        if not isinstance(node, Aggregate) or not isinstance(node.type, Num):
            continue
        select, value = program.by_name[node.pattern], program.type_of(node.value)
        if isinstance(select, Select) and _is_same(select, select.key) and isinstance(value, Num):
            changed[node.name] = replace(node, type=Num(max(node.type.lo, value.lo), node.type.hi))
    return with_nodes(program, changed)


def _attempts(trial: Trial, node: Node) -> Iterator[Program]:
    """Programs in which a node is said in another way."""
    program = trial.program
    if isinstance(node, Lookup):
        # Where nothing occurs, too, a formula has to stay within the type.
        fitting = (said for said in _lookups(trial, node) if fault_in(program, said) is None)
        yield from (with_nodes(program, {node.name: said}) for said in fitting)
        yield from _as_numbers(program, node)
    elif isinstance(node, Select):
        yield from (with_nodes(program, {node.name: said}) for said in _selects(program, node))


def _accept(trial: Trial, changed: Program) -> bool:
    """Take a program, if it is shorter and has the same labels."""
    return program_cost(changed) < program_cost(trial.program) and trial.accept(changed)


# Tables.


def _lookups(trial: Trial, node: Lookup) -> Iterator[Lookup]:
    """A lookup with formulas: an operand as it is, then what its table says."""
    program = trial.program
    size = program.range_of(node.name).stop
    if not isinstance(node.type, Cat | Num) or _worded(program, node):
        return
    if len(node.cases) > 1:
        for index, values in enumerate(ranges(program, node)):
            yield _said(node, _within(Operand(index), values.stop, size))
    if entries(program, node) > MAX_TABLE_ENTRIES:
        return
    for everywhere in (False, True):
        columns = occurring(trial, (*node.operands, node.name), everywhere=everywhere)
        if columns is not None:
            found = _formula(program, node, columns)
            if found is not None:
                yield found


def _worded(program: Program, node: Lookup) -> bool:
    return isinstance(node.type, Cat) and program.domain_of(node.name).labels is not None


def _within(expression: Expression, stop: int, size: int) -> Expression:
    """An expression whose values are kept below a size, where they could reach it."""
    return expression if stop <= size else Binary("min", expression, Constant(size - 1))


def _as_numbers(program: Program, node: Lookup) -> Iterator[Program]:
    """A table of one number that is the number itself, in a domain that has all of them."""
    if len(node.operands) > 1 or not isinstance(node.type, Cat) or _worded(program, node):
        return
    readers = [other for other in program.nodes if node.name in operands(other)]
    if not all(isinstance(r, Select) and _by_formula(r, node.name) for r in readers):
        return
    name = next(n for n in variants("number") if n not in program.domain_by_name)
    domain = Domain(name, program.range_of(node.operands[0]).stop)
    said = replace(_said(node, Operand(0)), type=Cat(name))
    yield with_nodes(program.replace(domains=(*program.domains, domain)), {node.name: said})


def _by_formula(select: Select, name: str) -> bool:
    """Whether a select looks for values of a variable by a formula of another, or of itself."""
    formula = isinstance(select.predicate, FormulaPredicate | OffsetPredicate)
    return _is_same(select, name) or (formula and select.query != name)


def _is_same(select: Select, name: str) -> bool:
    """Whether a select compares a variable with itself and nothing else."""
    return select.query == select.key == name and select.predicate == OffsetPredicate(0)


def _said(node: Lookup, expression: Expression, before: Sequence[Case] = ()) -> Lookup:
    outcome = expression.value if isinstance(expression, Constant) else expression
    return replace(node, cases=(*before, Case((None,) * len(node.operands), outcome)))


def occurring(trial: Trial, names: Sequence[str], *, everywhere: bool) -> list[Array] | None:
    """The distinct combinations of variables on the strings, `None` if there are too many.

    Args:
        trial: The program, on strings.
        names: The variables.
        everywhere: At all positions, not at scored ones alone.
    """
    scored = trial.scored_positions()
    found = []
    for part, chosen in zip(trial.parts, scored, strict=True):
        positions = np.arange(part.batch.ids.shape[1])[None, :] < part.batch.lengths[:, None]
        rows = positions if everywhere else chosen
        found.append([part.columns[name][rows] for name in names])
    columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    first = joint(columns, len(columns[0])).first
    if not 0 < len(first) <= _MOST_ENTRIES:
        return None
    return [column[first].astype(np.int64) for column in columns]


def grid(axes: Sequence[range]) -> tuple[Array, ...]:
    """All combinations of values, a column for each operand."""
    meshed = np.meshgrid(*(np.arange(axis.start, axis.stop) for axis in axes), indexing="ij")
    return tuple(axis.ravel() for axis in meshed)


def _formula(program: Program, node: Lookup, columns: Sequence[Array]) -> Lookup | None:
    *given, outcomes = columns
    size = program.range_of(node.name).stop
    asked = Entries(tuple(given), outcomes, outcomes, grid(ranges(program, node)), size - 1)
    found = shortest_formula(asked, node_cost(program, node), _EXCEPTIONS)
    if found is None:
        return None
    before = [
        Case(tuple(value_set([int(c[row])]) for c in given), int(outcomes[row]))
        for row in found.exceptions
    ]
    return _said(node, found.expression, before)


# Predicates.


def _selects(program: Program, node: Select) -> Iterator[Select]:
    """A select whose key is a formula of the query; one whose query decides nothing."""
    if not isinstance(node.predicate, TablePredicate):
        return
    keys = node.predicate.keys
    if len(set(keys)) == 1 and node.query != TOKENS:
        table = TablePredicate(keys[:1] * program.domain_of(TOKENS).size)
        yield replace(node, query=TOKENS, predicate=table)
    domains = program.domain_of(node.query), program.domain_of(node.key)
    if len(set(keys)) == 1 or any(domain.labels is not None for domain in domains):
        return
    deltas = Counter(key - query for query, key in enumerate(keys) if key is not None)
    for delta, count in deltas.most_common(_DELTAS):
        if count > 1:
            yield replace(node, predicate=OffsetPredicate(delta))
    matching = [query for query, key in enumerate(keys) if key is not None]
    queries, matched = np.array(matching), np.array([key for key in keys if key is not None])
    asked = Entries((queries,), matched, matched, (queries,), domains[1].size - 1)
    found = shortest_formula(asked, node_cost(program, node)) if matching else None
    if found is not None and not divides_by_zero(found.expression, [np.arange(len(keys))]):
        yield replace(node, predicate=predicate_of(found.expression))
