"""A lowered program for targets that run many sequences at once: storage, tables, folding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tpc.ir.nodes import TOKENS
from tpc.lowering.lowered import (
    Embedding,
    Head,
    Lookup,
    Lowered,
    Ones,
    Perceptron,
    Positions,
    Selector,
    Step,
    reads,
)
from tpc.lowering.storage import DTYPES, Storage, Variable, variables
from tpc.lowering.tables import (
    Array,
    Table,
    lookup_table,
    matched_keys,
    perceptron,
    perceptron_table,
)

#: Strategies that compare keys position by position.
SEARCHES = ("closest", "first", "best", "count", "sum")


@dataclass(frozen=True)
class Arrays:
    """A program with everything folded that does not depend on the tokens.

    Args:
        lowered: The program.
        variables: How the tokens and the live columns are held.
        by_position: The values at positions `0..max_length-1` of columns that depend on the
            position alone.
        tables: Of lookups, and of MLPs that are small enough.
        matched: By head: for each query value the key that matches it, as keys are stored; not
            for rule `score`.
        targets: By head of strategy `fixed`: the candidate of each query position, or -1.
        keys: The columns that are compared with matched keys, in order.
    """

    lowered: Lowered
    variables: Mapping[str, Variable]
    by_position: Mapping[str, Array]
    tables: Mapping[str, Table]
    matched: Mapping[str, Array]
    targets: Mapping[str, Array]
    keys: tuple[str, ...]

    def storage(self, name: str) -> Storage:
        """The element type of a column."""
        return self.variables[name].storage

    def table(self, step: Embedding | Lookup | Perceptron) -> Table:
        """A step as a table; an embedding is one over the tokens."""
        if not isinstance(step, Embedding):
            return self.tables[step.name]
        values = np.array(step.values, dtype=DTYPES[self.storage(step.name)])
        return Table((TOKENS,), (None,), values)

    def at_positions(self, table: Table) -> Array:
        """A table resolved at each position: the axes of operands that depend on it are gone."""
        parts = []
        for position in range(self.lowered.max_length):
            index: list[int | slice] = []
            for operand, codes in zip(table.operands, table.codes, strict=True):
                known = self.by_position.get(operand)
                if known is None:
                    index.append(slice(None))
                else:
                    value = known[position]
                    index.append(int(value if codes is None else codes[value]))
            parts.append(table.values[tuple(index)])
        return np.stack(parts)

    def last_reads(self) -> Mapping[str, tuple[str, ...]]:
        """After which step which columns are read no more.

        The result's own are left out, and what depends on the position alone: it takes no room.
        """
        last: dict[str, str] = {}
        for step in self.lowered.live_steps:
            if not isinstance(step, Selector):
                last |= dict.fromkeys(reads(step), step.name)
        found: dict[str, tuple[str, ...]] = {}
        for name, reader in last.items():
            if reader != self.lowered.result and name not in (TOKENS, *self.by_position):
                found[reader] = (*found.get(reader, ()), name)
        return found


def arrays(lowered: Lowered) -> Arrays:
    """Decide storage, tables and what can be folded.

    Raises:
        TpcError: A number is beyond 32 bits, or a table too large.
    """
    known = variables(lowered)
    tables: dict[str, Table] = {}
    matched: dict[str, Array] = {}
    targets: dict[str, Array] = {}
    by_position: dict[str, Array] = {}
    for step in lowered.live_steps:
        if isinstance(step, Lookup):
            tables[step.name] = lookup_table(step, known)
        elif isinstance(step, Perceptron):
            table = perceptron_table(lowered, step, known)
            if table is not None:
                tables[step.name] = table
        elif isinstance(step, Head) and step.strategy != "score":
            matched[step.name] = matched_keys(step.selector, known[step.selector.key])
            if step.strategy == "fixed":
                queries = by_position[step.selector.query]
                targets[step.name] = _targets(lowered, step, matched[step.name][queries])
        folded = _by_position(lowered, step, by_position, tables)
        if folded is not None:
            by_position[step.name] = folded
    heads = (step for step in lowered.live_steps if isinstance(step, Head))
    searched = (head.selector.key for head in heads if head.strategy in SEARCHES)
    return Arrays(
        lowered, known, by_position, tables, matched, targets, tuple(dict.fromkeys(searched))
    )


def _targets(lowered: Lowered, head: Head, matched: Array) -> Array:
    """The visible position that each query position matches, or -1."""
    found = matched.astype(np.int64)
    length = lowered.max_length
    last = np.arange(length) if head.selector.causal else length - 1
    return np.where(found <= last, found, -1)


def _by_position(
    lowered: Lowered, step: Step, known: Mapping[str, Array], tables: Mapping[str, Table]
) -> Array | None:
    """The step's value at each position, if it depends on nothing else."""
    if isinstance(step, Positions):
        return np.arange(lowered.max_length)
    if isinstance(step, Ones):
        return np.ones(lowered.max_length, dtype=np.int64)
    if not isinstance(step, Lookup | Perceptron) or any(n not in known for n in step.operands):
        return None
    inputs = [known[name] for name in step.operands]
    if step.name not in tables:
        assert isinstance(step, Perceptron), "every lookup has a table"
        return perceptron(lowered, step, inputs)
    table = tables[step.name]
    index = tuple(
        column if codes is None else codes[column]
        for column, codes in zip(inputs, table.codes, strict=True)
    )
    return table.values[index].astype(np.int64)
