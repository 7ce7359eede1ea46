"""Trying a change of one node on many strings, at the price of what it changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from tpc.ir.nodes import Node, Select, operands
from tpc.ir.program import Program
from tpc.proof.evidence import Evidence
from tpc.semantics.arrays import Array
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.strings import LanguageBatch

#: About so many of the strings that a change touches are looked at before all of them.
_FEW = 256

#: Strings that earlier changes went wrong on, which are tried first.
_SUSPECTS = 64


@dataclass
class _Part:
    """A batch of strings, their labels, all columns so far, and strings that went wrong."""

    batch: LanguageBatch
    labels: Array
    columns: dict[str, Array]
    suspects: Array


class Trial:
    """A program whose columns on strings of its input language are at hand.

    Args:
        program: The program, whose labels at scored positions are to be kept.
        evidence: The strings.
    """

    def __init__(self, program: Program, evidence: Evidence) -> None:
        self.program = program
        self.parts: list[_Part] = []
        evaluator = BatchEvaluator(program)
        for batch in evidence.batches(program):
            found = evaluator.evaluate(batch.ids, batch.lengths)
            suspects = np.zeros(0, dtype=np.int64)
            self.parts.append(_Part(batch, found.labels, dict(found.columns), suspects))

    def scored_positions(self) -> list[Array]:
        """The scored positions `[B, L]` of each batch, of a causal program one for each prefix."""
        selects = [node for node in self.program.nodes if isinstance(node, Select)]
        causal = all(select.causal for select in selects)
        return [
            batch.scored & _new_prefixes(batch.ids) if causal else batch.scored
            for batch in (part.batch for part in self.parts)
        ]

    def accept(self, changed: Program) -> bool:
        """Take a changed program if it has the same labels.

        It may differ in any nodes that keep their names; what they are computed from is looked at.
        """
        affected = affected_nodes(self.program, changed)
        evaluator = BatchEvaluator(changed)
        for part in self.parts:
            if self._kept(evaluator, part, affected, part.suspects) is None:
                return False
        updates = []
        for part in self.parts:
            rows = self._touched(evaluator, part, affected)
            some = rows[:: max(1, len(rows) // _FEW)]
            if len(some) < len(rows) and self._kept(evaluator, part, affected, some) is None:
                return False
            columns = self._kept(evaluator, part, affected, rows)
            if columns is None:
                return False
            updates.append((part, rows, columns))
        for part, rows, columns in updates:
            self._update(changed, part, rows, columns)
        self.program = changed
        return True

    def columns(self, changed: Program, names: Collection[str]) -> list[dict[str, Array]]:
        """The columns `[B, L]` of those of these variables that a change affects, by batch."""
        affected = affected_nodes(self.program, changed)
        computed = [node.name for node in affected if node.name in names]
        evaluator = BatchEvaluator(changed, only=computed, result=False)
        found = []
        for part in self.parts:
            known = self._known(part, affected, slice(None))
            columns = evaluator.evaluate(part.batch.ids, part.batch.lengths, known=known).columns
            kept = {node.name for node in affected} & columns.keys()
            found.append({name: columns[name] for name in kept})
        return found

    def take(self, changed: Program, columns: list[dict[str, Array]]) -> None:
        """Go on from a changed program; columns as `columns` gave them, whatever its labels."""
        affected = affected_nodes(self.program, changed)
        for part, new in zip(self.parts, columns, strict=True):
            for node in affected:
                part.columns.pop(node.name, None)
            self._update(changed, part, np.arange(len(part.batch.ids)), new)
        self.program = changed

    def _touched(self, evaluator: BatchEvaluator, part: _Part, affected: list[Node]) -> Array:
        """The strings on which one of the first affected variables has another value."""
        first = _sources(self.program, affected, evaluator.program)
        if first is None:
            return np.arange(len(part.batch.ids))
        known = self._known(part, affected, slice(None))
        narrow = evaluator.narrowed(first)
        columns = narrow.evaluate(part.batch.ids, part.batch.lengths, known=known).columns
        different = np.zeros(len(part.batch.ids), dtype=bool)
        for name in first:
            different |= (columns[name] != part.columns[name]).any(axis=1)
        return np.flatnonzero(different)

    def _kept(
        self, evaluator: BatchEvaluator, part: _Part, affected: list[Node], rows: Array
    ) -> dict[str, Array] | None:
        """The affected columns on some strings, if these keep their labels."""
        if not len(rows):
            return {}
        known = self._known(part, affected, rows)
        found = evaluator.evaluate(part.batch.ids[rows], part.batch.lengths[rows], known=known)
        wrong = found.labels != part.labels[rows]
        if not self.program.label_type.pooled:
            wrong = (wrong & part.batch.scored[rows]).any(axis=1)
        if wrong.any():
            worst = rows[np.flatnonzero(wrong)[:4]]
            part.suspects = np.unique(np.concatenate([worst, part.suspects])[:_SUSPECTS])
            return None
        names = {node.name for node in affected}
        return {name: c for name, c in found.columns.items() if name in names}

    @staticmethod
    def _known(part: _Part, affected: list[Node], rows: Array | slice) -> dict[str, Array]:
        names = {node.name for node in affected}
        return {name: c[rows] for name, c in part.columns.items() if name not in names}

    @staticmethod
    def _update(changed: Program, part: _Part, rows: Array, columns: dict[str, Array]) -> None:
        for name, column in columns.items():
            old = part.columns.get(name)
            if old is not None and len(rows) < len(part.batch.ids):
                kind = np.promote_types(old.dtype, column.dtype)
                new = old.astype(kind)  # A copy: results may be views of constants.
                new[rows] = column
                part.columns[name] = new
            else:
                part.columns[name] = column
        for name in set(part.columns) - {node.name for node in changed.nodes} - {"tokens"}:
            del part.columns[name]


def _new_prefixes(ids: Array) -> Array:
    """Where a string begins to differ from the one before it, and from there on: `[B, L]`."""
    new = np.ones(ids.shape, dtype=bool)
    new[1:] = np.logical_or.accumulate(ids[1:] != ids[:-1], axis=1)
    return new


def affected_nodes(before: Program, after: Program) -> list[Node]:
    """The nodes of `after` that may have other values than in `before`, in order."""
    names: set[str] = set()
    found = []
    for node in after.nodes:
        if before.by_name.get(node.name) != node or names.intersection(operands(node)):
            names.add(node.name)
            found.append(node)
    return found


def _sources(before: Program, affected: list[Node], after: Program) -> list[str] | None:
    """The variables by which every change comes about, if they read nothing that is affected.

    Patterns have no column: the heads that read a changed pattern stand for it.
    """
    names = {node.name for node in affected}
    patterns = {node.name for node in affected if isinstance(node, Select)}
    found = []
    for node in affected:
        read = names.intersection(operands(node))
        redefined = before.by_name.get(node.name) != node
        if not redefined and not read & patterns:
            continue
        if read - patterns:
            return None
        if node.name not in patterns:
            found.append(node.name)
    new = any(name not in before.by_name for name in found)
    return None if new or after.result in found else found
