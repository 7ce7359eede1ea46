"""Which values a variable can have at each position: abstract interpretation over sets of values.

Nothing is enumerated, so that this works for any language; the price is that variables are looked
at one by one (two that always agree are not known to). Every set contains all values that occur.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tpc.ir.nodes import TOKENS, Aggregate, Embed, Lookup, Node, Ones, Positions, Select
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Cat, Label, Num
from tpc.semantics.arrays import Array, Mask
from tpc.semantics.dense_tables import MAX_DENSE, dense_table, entries, ranges
from tpc.semantics.selecting import preference_ranks
from tpc.semantics.strings import Frame

Where: TypeAlias = Literal["anywhere", "scored"]


@dataclass(frozen=True)
class PositionValues:
    """The values that a variable can have at each position.

    Args:
        values: Categorical: `[L, D]`, for each position which indices occur. Numbers: `None`.
        low: Numbers: the least value at each position; `None` for real ones.
        high: Numbers: the largest.
    """

    values: Mask | None
    low: Array | None = None
    high: Array | None = None

    @property
    def known(self) -> bool:
        """Whether anything is known; nothing is of real numbers."""
        return self.values is not None or self.low is not None

    def over(self, positions: Mask | slice, domain: range) -> Mask:
        """A mask over `domain` of the values at some positions; everything if nothing is known."""
        if self.values is not None:
            found: Mask = np.any(self.values[positions], axis=0)
            return found
        if self.low is None or self.high is None:
            return np.ones(len(domain), dtype=bool)
        low, high = int(self.low[positions].min()), int(self.high[positions].max())
        inside = np.zeros(len(domain), dtype=bool)
        inside[max(0, low - domain.start) : max(0, high + 1 - domain.start)] = True
        return inside


class ValueSets:
    """The values that the variables of a program can have.

    What has been found for a set of strings is kept for as long as this object.

    Args:
        program: A verified program.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._found: dict[tuple[bytes, int], Interpretation] = {}

    def on(self, frame: Frame) -> Interpretation:
        """What the program can compute on the strings of a frame."""
        key = (frame.tokens.tobytes(), frame.least)
        if key not in self._found:
            self._found[key] = Interpretation(self.program, frame)
        return self._found[key]

    def possible(self, frames: Sequence[Frame], where: Where = "anywhere") -> dict[str, Mask]:
        """For each variable that is not real a mask over `program.range_of(name)`.

        Args:
            frames: The strings.
            where: At which of their positions.
        """
        found: dict[str, Mask] = {}
        for frame in frames:
            rows = np.ones(len(frame.tokens), dtype=bool) if where == "anywhere" else frame.scored
            if not rows.any():
                continue
            for name, values in self.on(frame).known.items():
                if values.known:
                    mask = values.over(rows, self.program.range_of(name))
                    found[name] = found[name] | mask if name in found else mask
        return found


class Interpretation:
    """What a program can compute on a set of strings.

    Args:
        program: The program.
        frame: The strings.

    Attributes:
        known: The values of each variable.
        length: How many positions the strings have at most.
    """

    def __init__(self, program: Program, frame: Frame) -> None:
        self.program = program
        self.frame = frame
        self.length = len(frame.tokens)
        self.known: dict[str, PositionValues] = {TOKENS: PositionValues(frame.tokens)}
        self.selects: dict[str, Select] = {}
        self.matched: dict[str, tuple[int | None, ...]] = {}
        self._positions: dict[str, dict[int, list[int]]] = {}
        self._certain: dict[str, list[bool]] = {}
        for node in program.nodes:
            if isinstance(node, Select):
                self.selects[node.name] = node
                if node.predicate is not None:
                    self.matched[node.name] = matched_keys(program, node)
            else:
                self.known[node.name] = self._value(node)

    def _value(self, node: Node) -> PositionValues:
        match node:
            case Positions():
                size = self.program.domain_of(node.name).size
                return PositionValues(np.eye(self.length, size, dtype=bool))
            case Ones():
                one = np.ones(self.length, dtype=np.int64)
                return PositionValues(None, one, one)
            case Embed() if isinstance(node.type, Cat):
                return self._embed(node)
            case Aggregate() if isinstance(node.type, Cat):
                return self._head(node, self.selects[node.pattern])
            case Aggregate() if isinstance(node.type, Num):
                return self._sum(node, self.selects[node.pattern])
            case Lookup():
                return self._lookup(node)
            case _:
                return self._unknown(node)

    def _embed(self, node: Embed) -> PositionValues:
        values = np.array(node.values, dtype=np.int64)
        result = np.zeros((self.length, self.program.domain_of(node.name).size), dtype=bool)
        for i, tokens in enumerate(self.frame.tokens):
            result[i, values[tokens]] = True
        return PositionValues(result)

    def _unknown(self, node: Node) -> PositionValues:
        if isinstance(node.type, Cat | Label):
            size = self.program.domain_of_type(node.type).size
            return PositionValues(np.ones((self.length, size), dtype=bool))
        if isinstance(node.type, Num):
            low, high = np.full((2, self.length), [[node.type.lo], [node.type.hi]])
            return PositionValues(None, low, high)
        return PositionValues(None)

    def categorical(self, name: str) -> Mask:
        """For each position which values of a categorical variable occur: `[L, D]`."""
        values = self.known[name].values
        assert values is not None, f"%{name} is not categorical"
        return values

    # Attention.

    def matches(self, select: Select, i: int, query: int) -> Iterator[tuple[int, bool]]:
        """The positions that can match, ascending, and whether they must.

        Positions that exist only in longer strings can match, and need not.
        """
        key = self.matched[select.name][query]
        if key is None:
            return
        related = select.query == select.key
        for j in self._candidates(select.key, key):
            if select.causal and j > i:
                return
            if j == i and related:
                if key == query:
                    yield j, True
            else:
                exists = j <= i or j < self.frame.least
                yield j, exists and self._certain[select.key][j]

    def _candidates(self, name: str, key: int) -> list[int]:
        """The positions at which a variable can have the value `key`."""
        found = self._positions.setdefault(name, {})
        if key not in found:
            keys = self.categorical(name)
            found[key] = np.flatnonzero(keys[:, key]).tolist()
            self._certain[name] = (keys.sum(axis=1) == 1).tolist()
        return found[key]

    def queries(self, select: Select, i: int) -> list[int]:
        """The query values that occur at a position."""
        found: list[int] = np.flatnonzero(self.categorical(select.query)[i]).tolist()
        return found

    def _distinct_queries(self, node: Aggregate, select: Select, i: int) -> list[int]:
        """The queries at a position; of those with the same matching key only one."""
        queries = self.queries(select, i)
        if select.query in (select.key, node.value) or select.rule == "score":
            return queries
        return list({self.matched[select.name][query]: query for query in queries}.values())

    def _head(self, node: Aggregate, select: Select) -> PositionValues:
        values = self.categorical(node.value)
        result = np.zeros_like(values)
        for i in range(self.length):
            for query in self._distinct_queries(node, select, i):
                if select.rule == "score":
                    result[i] |= self._scored(node, select, i, query, values)
                else:
                    result[i] |= self._chosen(node, select, i, query, values)
        return PositionValues(result)

    def _chosen(self, node: Aggregate, select: Select, i: int, query: int, values: Mask) -> Mask:
        """What the best match of a query can be."""
        found = np.zeros(values.shape[1], dtype=bool)
        key = self.matched[select.name][query]
        ranks = preference_ranks(select, i, self.length)
        matches = sorted((ranks[j], j, must) for j, must in self.matches(select, i, query))
        for _, j, must in matches:
            if node.value == select.key and key is not None:
                found[key] = True
            elif j == i and node.value == select.query:
                found[query] = True
            else:
                found |= values[j]
            if must:
                return found
        first = values[0].copy()
        if i == 0 and node.value == select.query:
            first[:] = False
            first[query] = True
        elif node.value == select.key and key is not None:
            # Position 0 is taken because nothing matches: its own key is another one.
            first[key] = False
        result: Mask = found | first
        return result

    def _scored(self, node: Aggregate, select: Select, i: int, query: int, values: Mask) -> Mask:
        """What the best scored key of a query can be: any that no certain key is better than."""
        assert select.scores is not None, "verified"
        ranks = np.array(select.scores[query])
        keys = self.categorical(select.key)
        visible = range(i + 1 if select.causal else self.length)
        certain = [j for j in visible if j <= i or j < self.frame.least]
        bound = min(int(ranks[keys[j]].max()) for j in certain)
        found = np.zeros(values.shape[1], dtype=bool)
        for j in visible:
            fitting = keys[j] & (ranks <= bound)
            if fitting.any():
                found |= fitting if node.value == select.key else values[j]
        return found

    def _sum(self, node: Aggregate, select: Select) -> PositionValues:
        value = self.known[node.value]
        if value.low is None or value.high is None:
            return self._unknown(node)
        low = np.zeros(self.length, dtype=np.int64)
        high = np.zeros(self.length, dtype=np.int64)
        for i in range(self.length):
            lows, highs = [], []
            for query in self._distinct_queries(node, select, i):
                least = most = 0
                for j, must in self.matches(select, i, query):
                    least += int(value.low[j]) if must else min(0, int(value.low[j]))
                    most += int(value.high[j]) if must else max(0, int(value.high[j]))
                lows.append(least)
                highs.append(most)
            low[i], high[i] = min(lows, default=0), max(highs, default=0)
        return PositionValues(None, low, high)

    # Tables.

    def _lookup(self, node: Lookup) -> PositionValues:
        if entries(self.program, node) > MAX_DENSE:
            return self._unknown(node)
        table, operands = dense_table(self.program, node), ranges(self.program, node)
        values = self.program.range_of(node.name)
        result = np.zeros((self.length, len(values)), dtype=bool)
        seen: dict[bytes, Array] = {}
        for i in range(self.length):
            axes = [
                self.known[name].over(slice(i, i + 1), whole)
                for name, whole in zip(node.operands, operands, strict=True)
            ]
            key = b"".join(np.packbits(axis).tobytes() for axis in axes)
            if key not in seen:
                seen[key] = np.unique(table[np.ix_(*axes)])
            result[i, seen[key] - values.start] = True
        if isinstance(node.type, Num):
            low = np.argmax(result, axis=1)
            high = len(values) - 1 - np.argmax(result[:, ::-1], axis=1)
            return PositionValues(None, low + values.start, high + values.start)
        return PositionValues(result)
