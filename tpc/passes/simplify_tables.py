"""Lookups rid of what cannot happen: constants, identities, operands that do not matter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from tpc.ir.expressions import Constant, with_constants
from tpc.ir.nodes import TOKENS, Case, Lookup, Node, read_by_formulas, with_numbers
from tpc.ir.program import MAX_TABLE_ENTRIES, Program
from tpc.ir.types import Cat
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import prune, read_instead, rename_operands, with_nodes
from tpc.semantics.arrays import Array, Mask
from tpc.semantics.dense_tables import dense_table, entries, meets, ranges
from tpc.synthesis.decision_lists import ANY, DecisionLists, list_cost


@dataclass(frozen=True)
class SimplifyTables(Pass):
    """Simplifies every lookup over the values that its operands can have.

    Args:
        entries: Cases of tables with up to this many reachable entries are found anew.
    """

    entries: int = 1_024

    name = "simplify-tables"
    exactness = "every_string"
    summary = "drop what no value can reach: cases, operands, whole tables"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Simplify each lookup, then leave out what is read no more."""
        before = program
        found = context.promised(program)
        anywhere, answered = found.anywhere(), found.answered()
        simpler: dict[str, Node] = {}
        for node in program.nodes:
            if isinstance(node, Lookup):
                masks = anywhere if node.name in found.everywhere else answered
                lists = context.findings.lists
                simpler[node.name] = simplified(program, node, masks, lists, self.entries)
        program = with_nodes(program, simpler)
        program, aliases = _without_identities(program, anywhere)
        return result(before, prune(program), {"identities": aliases} if aliases else {})


def simplified(
    program: Program, node: Lookup, possible: dict[str, Mask], lists: DecisionLists, most: int
) -> Lookup:
    """The lookup over reachable values, or the lookup itself if nothing is gained."""
    if node.has_formulas:
        node = _with_constants(program, node, possible)
    lows = [values.start for values in ranges(program, node)]
    masks = [possible[name] for name in node.operands]
    reachable = math.prod(int(mask.sum()) for mask in masks)
    if entries(program, node) > MAX_TABLE_ENTRIES or reachable == 0:
        return _without_dead_cases(node, masks, lows)
    table = reachable_table(program, node, possible)
    operands = list(node.operands)
    table, operands, lows = _merge_repeated(table, operands, lows)
    table, operands, lows = _drop_ignored(table, operands, lows)
    if not operands:
        outcome = int(table) if int(table) != ANY else node.cases[-1].outcome
        return replace(node, operands=(TOKENS,), cases=(Case((None,), outcome),))
    whole = len(operands) == len(node.operands)
    if whole and (reachable > most or not (table == ANY).any()):
        return _without_dead_cases(node, masks, lows)
    cases = lists.find(table, lows)
    kept = tuple(operands) == node.operands or node.has_formulas
    if kept and list_cost(cases) >= list_cost(node.cases):
        return _without_dead_cases(node, masks, lows)
    return replace(node, operands=tuple(operands), cases=cases)


def reachable_table(program: Program, node: Lookup, possible: Mapping[str, Mask]) -> Array:
    """The table with `ANY` for combinations of values that the operands cannot have."""
    table = dense_table(program, node)
    reachable = np.ix_(*(possible[name] for name in node.operands))
    found = np.full_like(table, ANY)
    found[reachable] = table[reachable]
    return found


def _merge_repeated(
    table: Array, operands: list[str], lows: list[int]
) -> tuple[Array, list[str], list[int]]:
    """An operand that is read twice is read once."""
    for name in dict.fromkeys(operands):
        while operands.count(name) > 1:
            first = operands.index(name)
            second = operands.index(name, first + 1)
            table = np.moveaxis(np.diagonal(table, axis1=first, axis2=second), -1, first)
            del operands[second], lows[second]
    return table, operands, lows


def _drop_ignored(
    table: Array, operands: list[str], lows: list[int]
) -> tuple[Array, list[str], list[int]]:
    """Operands whose value never decides are left out, the last ones first."""
    for axis in reversed(range(len(operands))):
        highest = table.max(axis=axis)
        expected = np.expand_dims(highest, axis)
        if ((table == ANY) | (table == expected)).all():
            table = highest
            operands, lows = operands[:axis] + operands[axis + 1 :], lows[:axis] + lows[axis + 1 :]
    return table, operands, lows


def _with_constants(program: Program, node: Lookup, possible: Mapping[str, Mask]) -> Lookup:
    """Operands that have one value are that value in formulas, and no case is for another."""
    known = {
        axis: int(np.flatnonzero(possible[name])[0]) + values.start
        for axis, (name, values) in enumerate(
            zip(node.operands, ranges(program, node), strict=True)
        )
        if possible[name].sum() == 1
    }
    cases = []
    for case in node.cases:
        if all(meets(case.patterns[axis], (value,)) for axis, value in known.items()):
            patterns = tuple(None if i in known else p for i, p in enumerate(case.patterns))
            outcome = case.outcome
            if not isinstance(outcome, int):
                formula = with_constants(outcome, known)
                outcome = formula.value if isinstance(formula, Constant) else formula
            cases.append(Case(patterns, outcome))
            if patterns == (None,) * len(patterns):
                break
    if not known or not cases:
        return node
    found = _without_unread(replace(node, cases=tuple(cases)))
    if found.operands:
        return found
    return replace(node, operands=(TOKENS,), cases=(Case((None,), cases[0].outcome),))


def _without_unread(node: Lookup) -> Lookup:
    """The operands that neither formulas nor sets of values name are left out."""
    kept = sorted(
        read_by_formulas(node.cases)
        | {i for case in node.cases for i, pattern in enumerate(case.patterns) if pattern}
    )
    numbers = {axis: number for number, axis in enumerate(kept)}
    cases = (Case(tuple(case.patterns[i] for i in kept), case.outcome) for case in node.cases)
    return replace(
        node,
        operands=tuple(node.operands[i] for i in kept),
        cases=tuple(with_numbers(case, numbers) for case in cases),
    )


def _without_dead_cases(node: Lookup, masks: list[Mask], lows: list[int]) -> Lookup:
    """Cases that no reachable value of some operand satisfies are left out."""
    if node.has_formulas:
        # Dead cases may keep formulas from combinations that they are not for.
        return _without_unread(node)
    values = [(np.flatnonzero(mask) + low).tolist() for mask, low in zip(masks, lows, strict=True)]
    kept = []
    for case in node.cases:
        if all(map(meets, case.patterns, values)):
            kept.append(case)
        if all(pattern is None for pattern in case.patterns):
            break
    if not kept or len(kept) == len(node.cases):
        return node
    if any(pattern is not None for pattern in kept[-1].patterns):
        # Dead cases may have been needed for totality; the last live one can stand in for them.
        kept[-1] = Case((None,) * len(node.operands), kept[-1].outcome)
    return replace(node, cases=tuple(kept))


def _without_identities(program: Program, possible: dict[str, Mask]) -> tuple[Program, int]:
    """Whoever reads a lookup that returns its operand reads the operand."""
    names: dict[str, str] = {}
    for node in program.nodes:
        node = rename_operands(node, names)  # noqa: PLW2901
        if isinstance(node, Lookup) and _is_identity(program, node, possible):
            names[node.name] = node.operands[0]
    return read_instead(program, names), len(names)


def _is_identity(program: Program, node: Lookup, possible: dict[str, Mask]) -> bool:
    if len(node.operands) != 1 or not isinstance(node.type, Cat):
        return False
    operand = node.operands[0]
    if program.type_of(operand) != node.type:
        return False
    table = dense_table(program, node)
    values = np.flatnonzero(possible[operand])
    return bool((table[values] == values).all())
