"""How much of what a head or an MLP could express it uses, as the authors' analysis counts it.

A head's predicate is written as statements `if query in {...}: return key == k`, one for each key
value that matches any query; it could have one for each query value. A table is written as
branches, one for each outcome besides the most common one, over the cases that lead there.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import asdict, dataclass

import numpy as np

from tpc.ir.nodes import Aggregate, Lookup, Mlp, OffsetPredicate, Select
from tpc.ir.program import Program, matched_keys, outcome
from tpc.ir.types import Cat
from tpc.semantics.dense_tables import MAX_DENSE, dense_table, entries


@dataclass(frozen=True)
class HeadUsage:
    """A head.

    Attributes:
        name: The variable that it makes.
        kind: `categorical`: it takes one value; `numerical`: it adds up all that match.
        rule: How it chooses among matches.
        query: The variable at the attending position.
        key: The variable that is matched.
        value: The variable that is passed on or added up.
        statements: Distinct key values that match a query; distinct rankings for rule `score`.
        max_statements: Values of the query variable.
        lines: Of the predicate as upstream writes it.
        max_lines: If another key matched every query value.
    """

    name: str
    kind: str
    rule: str
    query: str
    key: str
    value: str
    statements: int
    max_statements: int
    lines: int
    max_lines: int


@dataclass(frozen=True)
class TableUsage:
    """An MLP, as a table or not.

    Attributes:
        name: The variable that it makes.
        kind: `table`, or `mlp` if it is not tabulated: then nothing is counted.
        operands: The variables that it reads.
        cases: Combinations of values that do not lead to the most common outcome.
        max_cases: Combinations of values.
        branches: Outcomes besides the most common one.
        max_branches: Values of its own domain.
    """

    name: str
    kind: str
    operands: tuple[str, ...]
    cases: int | None
    max_cases: int | None
    branches: int | None
    max_branches: int


@dataclass(frozen=True)
class Usage:
    """Heads and MLPs in the program's order."""

    heads: tuple[HeadUsage, ...]
    tables: tuple[TableUsage, ...]

    def to_json(self) -> dict[str, object]:
        """Rows, and their sums."""
        tabulated = [table for table in self.tables if table.cases is not None]
        return {
            "heads": [asdict(head) for head in self.heads],
            "tables": [{**asdict(t), "operands": list(t.operands)} for t in self.tables],
            "totals": {
                "statements": sum(head.statements for head in self.heads),
                "max_statements": sum(head.max_statements for head in self.heads),
                "cases": sum(table.cases or 0 for table in tabulated),
                "max_cases": sum(table.max_cases or 0 for table in tabulated),
                "branches": sum(table.branches or 0 for table in tabulated),
                "max_branches": sum(table.max_branches for table in tabulated),
            },
        }


def usage(program: Program) -> Usage:
    """Count what each head and each MLP uses."""
    heads = tuple(_head(program, node) for node in program.nodes if isinstance(node, Aggregate))
    tables = tuple(
        _table(program, node) for node in program.nodes if isinstance(node, Lookup | Mlp)
    )
    return Usage(heads, tables)


def _head(program: Program, node: Aggregate) -> HeadUsage:
    select = program.by_name[node.pattern]
    assert isinstance(select, Select), "patterns are made by selects"
    queries = program.domain_of(select.query).size
    statements = _statements(program, select)
    return HeadUsage(
        name=node.name,
        kind="categorical" if isinstance(node.type, Cat) else "numerical",
        rule=select.rule,
        query=select.query,
        key=select.key,
        value=node.value,
        statements=statements,
        max_statements=queries,
        lines=1 + 2 * statements,
        max_lines=1 + 2 * queries,
    )


def _statements(program: Program, select: Select) -> int:
    if select.scores is not None:
        return len(set(select.scores))
    if isinstance(select.predicate, OffsetPredicate):
        return 1
    return len(set(matched_keys(program, select)))


def _table(program: Program, node: Lookup | Mlp) -> TableUsage:
    size = len(program.range_of(node.name))
    if isinstance(node, Mlp):
        return TableUsage(node.name, "mlp", node.operands, None, None, None, size)
    counts = _outcomes(program, node)
    common = max(counts.values())
    return TableUsage(
        name=node.name,
        kind="table",
        operands=node.operands,
        cases=counts.total() - common,
        max_cases=math.prod(len(program.range_of(operand)) for operand in node.operands),
        branches=len(counts) - 1,
        max_branches=size,
    )


def _outcomes(program: Program, node: Lookup) -> Counter[int]:
    """How many combinations of values lead to each outcome."""
    if entries(program, node) > MAX_DENSE:
        rows = itertools.product(*(program.range_of(name) for name in node.operands))
        return Counter(found for row in rows if (found := outcome(node.cases, row)) is not None)
    values, counts = np.unique(dense_table(program, node), return_counts=True)
    return Counter(dict(zip(values.tolist(), counts.tolist(), strict=True)))
