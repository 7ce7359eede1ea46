"""A lowered program for targets that run many sequences at once: storage, tables, folding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tpc.lowering.lowered import Head, Lookup, Lowered, Ones, Perceptron, Positions, Step
from tpc.lowering.storage import Variable, variables
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
