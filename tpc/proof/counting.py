"""Every combination of values that a counting program can have, without going through strings.

In a program of one layer whose heads count matches, or read one position, a position's variables
depend on the other positions through sums only. The sums that can be reached are found slot by
slot: strings that lead to the same sums are one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tpc.ir.language import Slot
from tpc.ir.nodes import TOKENS, Aggregate, Classify, Embed, Lookup, Mlp, Ones, Positions, Select
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Real
from tpc.semantics.arrays import Array, joint
from tpc.semantics.batched import BatchEvaluator

#: More sums than this at one position, or combinations in all, are not followed.
_MAX_SUMS, _MAX_ROWS = 50_000, 3_000_000

#: The sums of all heads are the digits of one integer, which has 64 bits.
_MAX_NUMBER = 2**62


@dataclass(frozen=True)
class _Head:
    """A head as a sum over slots.

    Args:
        node: The aggregate.
        select: Its pattern.
        matched: For each query the key that matches it.
        values: All that the sum can be.
    """

    node: Aggregate
    select: Select
    matched: tuple[int | None, ...]
    values: range

    def reads(self, key: int | None, position: int, other: int, length: int) -> bool:
        """Whether a query at `position` for the position `key` reads `other`: that, else 0."""
        visible = position + 1 if self.select.causal else length
        return other == (key if key is not None and key < visible else 0)


class _TooLargeError(Exception):
    """There are more combinations than are worth following."""


def counted_columns(program: Program) -> dict[str, Array] | None:
    """Columns of all variables over every combination of them at scored positions.

    Returns:
        For each variable its value in each combination that some string of the language has, the
        label among them; `None` if the program is not of the kind, or has too many combinations.
    """
    heads = _heads(program)
    if heads is None or program.label_type.pooled:
        return None
    try:
        return _Counter(program, heads).run()
    except _TooLargeError:
        return None


def _heads(program: Program) -> list[_Head] | None:
    """The heads, if all of them are sums over slots of what one token and position say."""
    local = {TOKENS}
    heads = []
    for node in program.nodes:
        match node:
            case Positions() | Ones() | Embed():
                local.add(node.name)
            case Lookup() | Mlp():
                if local.issuperset(node.operands):
                    local.add(node.name)
            case Select() | Classify():
                pass
            case Aggregate():
                select = program.by_name[node.pattern]
                assert isinstance(select, Select), "verified"
                if not local.issuperset((select.query, select.key, node.value)):
                    return None
                reads = isinstance(program.by_name.get(select.key), Positions)
                if select.predicate is None or isinstance(node.type, Real):
                    return None
                if select.rule != "all" and not reads:
                    return None
                matched, values = matched_keys(program, select), program.range_of(node.name)
                heads.append(_Head(node, select, matched, values))
    return heads


class _Counter:
    def __init__(self, program: Program, heads: list[_Head]) -> None:
        self.program = program
        self.heads = heads
        if math.prod(len(head.values) for head in heads) >= _MAX_NUMBER:
            raise _TooLargeError
        self.local = self._local_columns()
        self.cache: dict[tuple[bytes, ...], Array] = {}

    def run(self) -> dict[str, Array]:
        parts: list[tuple[Array, Array, Array]] = []
        rows = 0
        for shape in self.program.language.shapes(self.program.max_length):
            for position, token, reached in self._reached(shape):
                rows += len(reached)
                if rows > _MAX_ROWS:
                    raise _TooLargeError
                parts.append(
                    (np.full(len(reached), token), np.full(len(reached), position), reached)
                )
        if not parts:
            raise _TooLargeError
        return self._evaluate(*map(np.concatenate, zip(*parts, strict=True)))

    def _local_columns(self) -> dict[str, Array]:
        """For each variable of one token and position: `[position, token]`."""
        size, length = len(self.program.vocabulary), self.program.max_length
        names = {TOKENS}
        for head in self.heads:
            names |= {head.select.query, head.select.key, head.node.value}
        ids = np.repeat(np.arange(size, dtype=np.int64)[:, None], length, axis=1)
        evaluator = BatchEvaluator(self.program, only=names, result=False)
        columns = evaluator.evaluate(ids, np.full(size, length)).columns
        return {name: columns[name].T.astype(np.int64) for name in names}

    def _reached(self, shape: tuple[Slot[int], ...]) -> Iterator[tuple[int, int, Array]]:
        """For each scored position and token there: the reachable sums, one number each."""
        for position, slot in enumerate(shape):
            for token in slot.tokens if slot.scored else ():
                yield position, token, self._sums(shape, position, token)

    def _sums(self, shape: tuple[Slot[int], ...], position: int, token: int) -> Array:
        start = np.zeros(1, dtype=np.int64)
        steps = []
        for other, slot in enumerate(shape):
            choices = (token,) if other == position else slot.tokens
            added = self._added(len(shape), position, token, other, choices)
            if len(added) == 1:
                start = start + added
            else:
                steps.append(added)
        steps.sort(key=lambda step: step.tobytes())
        return start + self._combined(tuple(steps))

    def _combined(self, steps: tuple[Array, ...]) -> Array:
        """All sums of one number of each step."""
        if not steps:
            return np.zeros(1, dtype=np.int64)
        key = tuple(step.tobytes() for step in steps)
        if key not in self.cache:
            before = self._combined(steps[:-1])
            sums = np.unique((before[:, None] + steps[-1][None, :]).reshape(-1))
            if len(sums) > _MAX_SUMS:
                raise _TooLargeError
            self.cache[key] = sums
        return self.cache[key]

    def _added(
        self, length: int, position: int, token: int, other: int, choices: Sequence[int]
    ) -> Array:
        """What the tokens that may stand at another position add to the sums of all heads."""
        tokens = np.array(choices, dtype=np.int64)
        total = np.zeros(len(tokens), dtype=np.int64)
        radix = 1
        for head in self.heads:
            key = head.matched[int(self.local[head.select.query][position, token])]
            values = self.local[head.node.value][other, tokens]
            if head.select.rule != "all":
                if head.reads(key, position, other, length):
                    total += radix * values
            elif key is not None and (other <= position or not head.select.causal):
                same = self.local[head.select.key][other, tokens] == key
                total += radix * np.where(same, values, 0)
            radix *= len(head.values)
        return np.unique(total)

    def _evaluate(self, tokens: Array, positions: Array, sums: Array) -> dict[str, Array]:
        """All variables, from the token, the position and the sums."""
        nodes = self.program.nodes
        known = {node.name: positions[:, None] for node in nodes if isinstance(node, Positions)}
        # Sums may be negative: every head's is brought to its range before it is split off.
        rest = sums.copy()
        for head in self.heads:
            low, size = head.values.start, len(head.values)
            value = (rest - low) % size + low
            known[head.node.name] = value[:, None]
            rest = (rest - value) // size
        ids = tokens[:, None]
        lengths = np.ones(len(tokens), dtype=np.int64)
        found = BatchEvaluator(self.program).evaluate(ids, lengths, known=known)
        columns = {name: column[:, 0] for name, column in found.columns.items()}
        rows = joint(list(columns.values()), len(tokens))
        return {name: column[rows.first] for name, column in columns.items()}
