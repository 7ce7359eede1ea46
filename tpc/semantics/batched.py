"""Programs on many sequences at once, with NumPy: the referee's answers, thousands of times faster.

The semantics are those of `tpc.semantics.interpreter`, to the bit: integers are exact, and real
numbers are added in the same order. Arrays are position-major inside (`[L, B]`), so that every step
runs over contiguous memory; results are shown as `[B, L]` views.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from tpc.ir import nodes as ir
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label, Num
from tpc.semantics.arrays import Array, joint
from tpc.semantics.dense_tables import LookupColumns
from tpc.semantics.layers import best_classes, class_logits, perceptron
from tpc.semantics.selecting import chosen_positions, matching_sum
from tpc.semantics.strings import padded_batches


@dataclass(frozen=True)
class BatchResult:
    """What a batch of sequences makes a program compute. Values at padding mean nothing.

    Args:
        columns: For each variable an array `[B, L]`: indices of categorical values and integers
            in a small integer type, real numbers in binary64. The label of a pooled program is
            an array `[B]`.
        labels: The column of the program's result: class indices `[B, L]`, or `[B]` if pooled;
            empty if the result was not asked for.
    """

    columns: Mapping[str, Array]
    labels: Array


class BatchEvaluator:
    """Evaluates a verified program on arrays of token ids.

    Args:
        program: The program.
        only: Evaluate no more than what these variables need; by default every node.
        result: Whether the program's result is needed too.
    """

    def __init__(
        self, program: Program, only: Collection[str] | None = None, *, result: bool = True
    ) -> None:
        self.program = program
        self._lookups = LookupColumns(program)
        self._nodes = self._needed(only, result)

    def _needed(self, only: Collection[str] | None, result: bool) -> tuple[ir.Node, ...]:
        nodes = self.program.nodes
        if only is None:
            return nodes
        names = ir.backward_slice(nodes, {*only, self.program.result} if result else only)
        return tuple(node for node in nodes if node.name in names)

    def narrowed(self, only: Collection[str]) -> BatchEvaluator:
        """An evaluator of no more than what these variables need, with the tables of this one."""
        found = copy(self)
        found._nodes = found._needed(only, result=False)
        return found

    def evaluate(
        self, ids: Array, lengths: Array, *, known: Mapping[str, Array] | None = None
    ) -> BatchResult:
        """Run the program.

        Args:
            ids: Token ids `[B, L]`; entries at and after a sequence's length are ignored.
            lengths: The lengths `[B]`, at most `L`; at least 1 if the program is pooled.
            known: Columns `[B, L]` of variables that need not be computed.
        """
        batch = _Batch(self.program, self._lookups, ids, lengths)
        given = known or {}
        batch.columns.update({name: column.T for name, column in given.items()})
        for node in self._nodes:
            if isinstance(node, ir.Select):
                batch.selects[node.name] = node
            elif node.name not in given:
                batch.columns[node.name] = batch.value(node)
        columns = {name: column.T for name, column in batch.columns.items()}
        labels = columns.get(self.program.result, np.zeros(0, dtype=np.int8))
        return BatchResult(columns, labels)

    def class_indices(self, sequences: Sequence[Sequence[int]]) -> list[list[int]]:
        """The classes of each sequence of token ids by position, or its one class if pooled."""
        found: list[list[int]] = [[]] * len(sequences)
        for numbers, ids, lengths in padded_batches(sequences):
            labels = self.evaluate(ids, lengths).labels.tolist()
            for number, label, length in zip(numbers, labels, lengths.tolist(), strict=True):
                found[number] = label[:length] if isinstance(label, list) else [label]
        return found


class _Batch:
    """One batch underway. Columns are `[L, B]`, pooled labels `[B]`."""

    def __init__(
        self, program: Program, lookups: LookupColumns, ids: Array, lengths: Array
    ) -> None:
        self.program, self.lookups = program, lookups
        self.count, self.length = ids.shape
        steps = np.arange(self.length)[:, None]
        self.valid: Array | None = None
        if self.count and int(lengths.min()) < self.length:
            self.valid = steps < np.asarray(lengths)[None, :]
        tokens = np.ascontiguousarray(ids.T)
        if self.valid is not None:
            tokens = np.where(self.valid, tokens, 0)
        size = program.domain_of(ir.TOKENS).size
        self.columns: dict[str, Array] = {ir.TOKENS: tokens.astype(small(0, size - 1))}
        self.selects: dict[str, ir.Select] = {}
        self.chosen: dict[str, Array] = {}

    def value(self, node: ir.Node) -> Array:
        shape = (self.length, self.count)
        kind = self.dtype(node)
        match node:
            case ir.Positions():
                return np.broadcast_to(np.arange(self.length, dtype=kind)[:, None], shape)
            case ir.Ones():
                return np.ones(shape, dtype=kind)
            case ir.Embed():
                return np.asarray(node.values, dtype=kind)[self.columns[ir.TOKENS]]
            case ir.Lookup():
                inputs = [self.columns[name] for name in node.operands]
                return self.lookups.column(node, inputs).astype(kind)
            case ir.Mlp():
                return self.mlp(node).astype(kind)
            case ir.Aggregate():
                return self.aggregate(node).astype(kind, copy=False)
            case ir.Classify():
                inputs = [self.columns[feature.variable] for feature in node.features]
                logits, which = class_logits(self.program, node, inputs, shape, self.valid)
                return best_classes(logits, node.never)[which].astype(kind)
            case _:
                raise AssertionError(f"%{node.name} has no column")

    def dtype(self, node: ir.Node) -> type[np.generic]:
        kind = node.type
        if isinstance(kind, Num):
            return small(kind.lo, kind.hi)
        if isinstance(kind, Cat | Label):
            return small(0, self.program.domain_of_type(kind).size - 1)
        return np.float64

    def aggregate(self, node: ir.Aggregate) -> Array:
        select, values = self.selects[node.pattern], self.columns[node.value]
        queries, keys = self.columns[select.query], self.columns[select.key]
        if select.rule == "all":
            kind = self.dtype(node)
            return matching_sum(self.program, select, queries, keys, values, self.valid, kind)
        if select.name not in self.chosen:
            found = chosen_positions(self.program, select, queries, keys, self.valid)
            self.chosen[select.name] = found
        return np.take_along_axis(values, self.chosen[select.name], axis=0)

    def mlp(self, node: ir.Mlp) -> Array:
        """Evaluated once for each combination of inputs that occurs."""
        inputs = [self.columns[name].reshape(-1) for name in node.operands]
        rows = joint(inputs, self.length * self.count)
        distinct = perceptron(self.program, node, [column[rows.first] for column in inputs])
        return distinct[rows.codes].reshape(self.length, self.count)


def small(low: int, high: int) -> type[np.signedinteger[Any]]:
    """The smallest signed integer type that holds `low..high`."""
    for kind in (np.int8, np.int16, np.int32):
        info = np.iinfo(kind)
        if info.min <= low and high <= info.max:
            return kind
    return np.int64
