"""A lowered program for targets that run many sequences at once: storage, tables, folding."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.diagnostics import TpcError
from tpc.ir.nodes import TOKENS, Feature, read_by_formulas
from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.lowering.formulas import total_division
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
from tpc.lowering.storage import DTYPES, Storage, Variable, no_match, variables
from tpc.semantics.dense_tables import covered, painted
from tpc.semantics.layers import winning_outputs

Array: TypeAlias = NDArray[Any]

#: Strategies that compare keys position by position.
SEARCHES = ("closest", "first", "best", "count", "sum")

#: MLPs over integers with at most so many combinations become tables when a program is compiled.
MAX_TABULATED = 4_096
#: Even grouped tables have a limit, beyond which the emitted files would be too large to compile.
_MAX_GROUPED = 1 << 20


@dataclass(frozen=True)
class Table:
    """A function of some columns.

    Args:
        operands: The columns, in order.
        codes: For each operand `None` where it indexes `values` itself, or the index of each of
            its values: values that no case distinguishes share one.
        values: The outcomes, one axis for each operand.
    """

    operands: tuple[str, ...]
    codes: tuple[Array | None, ...]
    values: Array


@dataclass(frozen=True)
class Arrays:
    """A program with everything folded that does not depend on the tokens.

    Args:
        lowered: The program.
        variables: How the tokens and the live columns are held.
        by_position: The values at positions `0..max_length-1` of columns that depend on the
            position alone.
        tables: Of lookups, unless formulas compute them, and of MLPs that are small enough.
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
            if not _computed(step, known) or by_position.keys() >= set(step.operands):
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
        if isinstance(step, Lookup) and _computed(step, known):
            tables.pop(step.name, None)
    heads = (step for step in lowered.live_steps if isinstance(step, Head))
    searched = (head.selector.key for head in heads if head.strategy in SEARCHES)
    return Arrays(
        lowered, known, by_position, tables, matched, targets, tuple(dict.fromkeys(searched))
    )


def _computed(step: Lookup, known: Mapping[str, Variable]) -> bool:
    """Whether a lookup is written as its formulas: all of them can be computed everywhere."""
    bounds = [(0, known[name].size - 1) for name in step.operands]
    formulas = [case.outcome for case in step.deciding if not isinstance(case.outcome, int)]
    reads = bool(read_by_formulas(step.deciding))
    return reads and all(total_division(f, bounds) is not None for f in formulas)


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
        assert isinstance(step, Perceptron), "a lookup of what is known has a table"
        return perceptron(lowered, step, inputs)
    table = tables[step.name]
    index = tuple(
        column if codes is None else codes[column]
        for column, codes in zip(inputs, table.codes, strict=True)
    )
    return table.values[index].astype(np.int64)


# Tables.


def matched_keys(selector: Selector, key: Variable) -> Array:
    """For each query value the key that matches it, as keys are stored."""
    none = no_match(key.storage)
    table = [none if index is None else index for index in selector.matched]
    return np.array(table, dtype=DTYPES[key.storage])


def lookup_table(step: Lookup, known: Mapping[str, Variable]) -> Table:
    """The table of a lookup, of at most 65,536 entries where its operands' ranges allow it.

    Raises:
        TpcError: It distinguishes too many combinations.
    """
    ranges = [range(known[name].size) for name in step.operands]
    codes: list[Array | None] = [None] * len(ranges)
    # Of values that are not distinguished the first one stands for all.
    kept: list[Array | slice] = [slice(None)] * len(ranges)
    sizes = list(map(len, ranges))
    if math.prod(sizes) > MAX_TABLE_ENTRIES:
        for axis, values in enumerate(ranges):
            codes[axis], first = _distinguished(step, axis, values)
            kept[axis], sizes[axis] = first, len(first)
    if math.prod(sizes) > _MAX_GROUPED:
        raise TpcError(
            f"%{step.name} distinguishes {math.prod(sizes)} combinations of values, too many for "
            "a table of this target",
            hint="the targets interpreter and python take its cases one by one",
        )
    held = [np.arange(size)[which] for size, which in zip(map(len, ranges), kept, strict=True)]
    axes = list(map(np.sort, held))
    table = painted(step.cases, [axis.tolist() for axis in axes])
    table = table[np.ix_(*map(np.searchsorted, axes, held))]
    # What no input can have may have no outcome, or one that is not stored.
    table = table.clip(0, known[step.name].size - 1)
    return Table(step.operands, tuple(codes), table.astype(DTYPES[known[step.name].storage]))


def _distinguished(step: Lookup, axis: int, values: range) -> tuple[Array, Array]:
    """Which of an operand's values the cases distinguish: their codes, and the first of each.

    All values between two bounds of sets are alike: one of them is compared with the cases.
    """
    if axis in read_by_formulas(step.cases):
        return np.arange(len(values), dtype=np.uint32), np.arange(len(values))
    patterns = [case.patterns[axis] for case in step.cases]
    bounds = {bound for found in patterns for low, high in found or () for bound in (low, high + 1)}
    starts = np.array(
        sorted({0, *(bisect_left(values, bound) for bound in bounds)} - {len(values)})
    )
    ends = [values[start] for start in starts]
    masks = [covered(pattern, ends) for pattern in patterns]
    _, first, code = np.unique(masks, axis=1, return_index=True, return_inverse=True)
    lengths = np.diff(starts, append=len(values))
    return np.repeat(code.reshape(-1).astype(np.uint32), lengths), starts[first]


def perceptron_table(
    lowered: Lowered, step: Perceptron, known: Mapping[str, Variable]
) -> Table | None:
    """An MLP as a table, where its operands are integers with few enough combinations."""
    sizes = [known[name].size for name in step.operands]
    if 0 in sizes or math.prod(sizes) > MAX_TABULATED:
        return None
    grid = [axis.reshape(-1) for axis in np.indices(sizes)]
    values = perceptron(lowered, step, grid).reshape(sizes)
    kind = DTYPES[known[step.name].storage]
    return Table(step.operands, (None,) * len(sizes), values.astype(kind))


def perceptron(lowered: Lowered, step: Perceptron, inputs: Sequence[Array]) -> Array:
    """The winning output of each row of inputs: binary64, in the interpreter's order."""
    widths = [input_width(lowered, name) for name in step.operands]
    return winning_outputs(step.weights, widths, inputs)


def input_width(lowered: Lowered, operand: str) -> int | None:
    """How many one-hot inputs of an MLP an operand takes; `None` for a number, which takes one."""
    column = lowered.columns[operand]
    return len(column.type_range) if column.kind == "category" else None


def perceptron_features(lowered: Lowered, step: Perceptron) -> tuple[Feature, ...]:
    """What each operand of an MLP adds to its hidden units, as a classifier's features have it."""
    weights, end = step.weights, 0
    inputs = len(weights.w_in) // weights.hidden
    features = []
    for name in step.operands:
        start, end = end, end + (input_width(lowered, name) or 1)
        rows = tuple(weights.w_in[index::inputs] for index in range(start, end))
        features.append(Feature(name, rows))
    return tuple(features)
