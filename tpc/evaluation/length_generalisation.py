"""Programs on sequences longer than any they were trained on.

Only a program whose answer does not depend on absolute positions says anything about positions
beyond its training. Its tables of sums say nothing about sums that shorter sequences cannot have:
sequences with such sums are counted apart, and are not answered.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tpc.diagnostics import TpcError
from tpc.ir import nodes as ir
from tpc.ir.builder import Builder
from tpc.ir.program import Program
from tpc.ir.types import Num

#: The constant that takes the place of positions whose weights are all the same.
_CONSTANT = "longer_ones"


@dataclass(frozen=True)
class LongerProgram:
    """A program for longer sequences.

    Attributes:
        program: Takes up to the longer length.
        covered: For each sum that a table reads, the values that the table is about.
    """

    program: Program
    covered: dict[str, range]

    def answered(
        self, columns: Mapping[str, NDArray[Any]], lengths: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which sequences have only sums that the tables are about.

        Args:
            columns: The covered variables, `[B, L]`.
            lengths: `[B]`.
        """
        good = np.ones(len(lengths), dtype=bool)
        for name, values in self.covered.items():
            column = columns[name]
            inside = (column >= values.start) & (column < values.stop)
            padding = np.arange(column.shape[1]) >= lengths[:, None]
            good &= (inside | padding).all(1)
        return good


def lengthen(program: Program, max_length: int) -> LongerProgram:
    """The program for sequences of up to `max_length` tokens.

    Raises:
        TpcError: A variable that the answer depends on reads positions or ranked offsets.
    """
    needed = ir.backward_slice(program.nodes, [program.result])
    nodes = _without_constant_positions(
        tuple(node for node in program.nodes if node.name in needed)
    )
    for node in nodes:
        _refuse_positions(program, node)
    builder = Builder(program.domains, program.tokens, max_length)
    covered: dict[str, range] = {}
    for node in nodes:
        longer = builder.add(_longer(program, builder, node))
        if isinstance(longer, ir.Lookup):
            covered |= {
                name: program.range_of(name)
                for name in longer.operands
                if name != ir.TOKENS and builder.type_of(name) != program.type_of(name)
            }
    return LongerProgram(program.replace(max_length=max_length, nodes=builder.nodes), covered)


def _without_constant_positions(nodes: tuple[ir.Node, ...]) -> tuple[ir.Node, ...]:
    """Positions are read in vain where every position has the same weights: a constant."""
    positions = {node.name for node in nodes if isinstance(node, ir.Positions)}
    changed = [
        ir.Ones(_CONSTANT),
        *(
            _with_constant(node, positions) if isinstance(node, ir.Classify) else node
            for node in nodes
        ),
    ]
    read = {name for node in changed for name in ir.operands(node)}
    unread = (positions | {_CONSTANT}) - read
    return tuple(node for node in changed if node.name not in unread)


def _with_constant(node: ir.Classify, positions: set[str]) -> ir.Classify:
    features = tuple(
        ir.Feature(_CONSTANT, feature.rows[:1])
        if feature.variable in positions and len(set(feature.rows)) == 1
        else feature
        for feature in node.features
    )
    return dataclasses.replace(node, features=features)


def _refuse_positions(program: Program, node: ir.Node) -> None:
    reads = any(isinstance(program.by_name.get(name), ir.Positions) for name in ir.operands(node))
    ranked = isinstance(node, ir.Select) and node.offsets is not None
    if reads or ranked:
        what = "ranks distances" if ranked and not reads else "reads positions"
        raise TpcError(
            f"%{program.name} cannot take more than {program.max_length} tokens: %{node.name} "
            f"{what}, and those beyond its training mean nothing to it",
            hint="optimise the program first: passes remove reads that never matter",
        )


def _longer(program: Program, builder: Builder, node: ir.Node) -> ir.Node:
    """The node with the ranges that longer sequences give it."""
    if isinstance(node, ir.Aggregate):
        value, select = builder.type_of(node.value), builder.by_name[node.pattern]
        if isinstance(value, Num) and isinstance(select, ir.Select):
            return dataclasses.replace(node, type=builder.sum_range(select, value))
    if isinstance(node, ir.Lookup) and any(
        isinstance(builder.type_of(name), Num) for name in node.operands
    ):
        # Tables stay total; sequences for which this line counts are not answered.
        last, values = node.cases[-1].outcome, program.range_of(node.name)
        rest = ir.Case((None,) * len(node.operands), last if isinstance(last, int) else values[0])
        cases = (_as_far_as(program, node, case) for case in node.cases)
        return dataclasses.replace(node, cases=(*cases, rest))
    return node


def _as_far_as(program: Program, node: ir.Lookup, case: ir.Case) -> ir.Case:
    """A case whose formula is for the values that its operands had before, and no others."""
    if isinstance(case.outcome, int):
        return case
    ranges = map(program.range_of, node.operands)
    patterns = (
        ((values[0], values[-1]),) if pattern is None else pattern
        for pattern, values in zip(case.patterns, ranges, strict=True)
    )
    return ir.Case(tuple(patterns), case.outcome)
