"""Which values a variable can have at each position: abstract interpretation over sets of values.

Nothing is enumerated, so that this works for any language; the price is that variables are looked
at one by one (two that always agree are not known to). Every set contains all values that occur.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tpc.ir.language import Slot
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Embed,
    Lookup,
    Node,
    Ones,
    Positions,
    Select,
)
from tpc.ir.program import Program, want
from tpc.ir.types import Cat, Label, Num
from tpc.ir.words import PAD
from tpc.semantics.tables import MAX_DENSE, bounds, dense_table, entries

Mask: TypeAlias = NDArray[np.bool_]
Array: TypeAlias = NDArray[Any]

#: With more positions in all shapes than this, all shapes are looked at together.
_MAX_POSITIONS = 512


@dataclass(frozen=True)
class Frame:
    """A set of strings: any choice of one token at each position, any length that is allowed.

    Args:
        tokens: Which tokens may stand at each position: `[L, V]`.
        least: The shortest length; the longest is `L`.
        scored: Which positions are scored.
        asking: The positions whose attention is looked at by `select_choices`; all by default.
    """

    tokens: Mask
    least: int
    scored: Mask
    asking: Mask | None = None


@dataclass(frozen=True)
class Reach:
    """The values that a variable can have.

    Args:
        values: Categorical: `[L, D]`, for each position which indices occur. Numbers: `None`.
        low: Numbers: the least value at each position.
        high: Numbers: the largest.
    """

    values: Mask | None
    low: Array | None = None
    high: Array | None = None


def every_string(program: Program) -> list[Frame]:
    """All strings over the vocabulary, of every length from 1 on."""
    allowed = np.array([word != PAD for word in program.vocabulary])
    tokens = np.tile(allowed, (program.max_length, 1))
    return [Frame(tokens, 1, np.ones(program.max_length, dtype=bool))]


def input_language(program: Program) -> list[Frame]:
    """The strings of the input language: one frame a shape, or, for many shapes, one for all."""
    shapes = [shape for shape in program.language.shapes(program.max_length) if shape]
    frames = [_frame(program, shape) for shape in shapes]
    if len(frames) * program.max_length <= _MAX_POSITIONS:
        return frames
    longest = max(len(shape) for shape in shapes)
    tokens = np.zeros((longest, len(program.vocabulary)), dtype=bool)
    scored = np.zeros(longest, dtype=bool)
    for frame in frames:
        tokens[: len(frame.tokens)] |= frame.tokens
        scored[: len(frame.tokens)] |= frame.scored
    return [Frame(tokens, min(len(shape) for shape in shapes), scored)]


def _frame(program: Program, shape: tuple[Slot[int], ...]) -> Frame:
    tokens = np.zeros((len(shape), len(program.vocabulary)), dtype=bool)
    for position, slot in enumerate(shape):
        tokens[position, list(slot.tokens)] = True
    return Frame(tokens, len(shape), np.array([slot.scored for slot in shape]))


def reachable(program: Program, frame: Frame) -> dict[str, Reach]:
    """What each variable can be on the strings of a frame."""
    return _interpreted(program, frame).known


def _interpreted(program: Program, frame: Frame) -> _Interpreter:
    """The interpretation, kept with the program, which is immutable."""
    key = (frame.tokens.tobytes(), frame.least)
    cache: dict[object, _Interpreter] = program.__dict__.setdefault("_interpreted", {})
    if key not in cache:
        cache[key] = _Interpreter(program, frame)
        cache[key].run()
    return cache[key]


def possible_values(
    program: Program,
    frames: Sequence[Frame],
    where: Literal["anywhere", "scored"] = "anywhere",
) -> dict[str, range | Mask]:
    """The values of each variable over all frames.

    Returns:
        For a categorical variable a mask over its domain, for a number the range of its values;
        real numbers are left out.
    """
    found: dict[str, range | Mask] = {}
    for frame in frames:
        rows = np.ones(len(frame.tokens), dtype=bool) if where == "anywhere" else frame.scored
        if not rows.any():
            continue
        for name, reach in reachable(program, frame).items():
            known = found.get(name)
            if reach.values is not None:
                mask: Mask = np.any(reach.values[rows], axis=0)
                found[name] = mask if known is None else mask | as_mask(known, range(len(mask)))
            elif reach.low is not None and reach.high is not None:
                low, high = int(reach.low[rows].min()), int(reach.high[rows].max())
                if isinstance(known, range):
                    low, high = min(low, known.start), max(high, known.stop - 1)
                found[name] = range(low, high + 1)
    return found


@dataclass(frozen=True)
class SelectChoices:
    """What a select can meet.

    Args:
        asked: Query values that occur.
        finding: Those of them that can find a match.
        missing: Key values that never occur.
        own_position: Whether every query takes its own position.
    """

    asked: frozenset[int]
    finding: frozenset[int]
    missing: tuple[int, ...]
    own_position: bool


def select_choices(program: Program, frames: Sequence[Frame]) -> dict[str, SelectChoices]:
    """What each select with a predicate can meet on the strings of all frames."""
    interpreters = [(_interpreted(program, frame), frame) for frame in frames]
    selects = [node for node in program.nodes if isinstance(node, Select) and node.predicate]
    return {node.name: _choices(program, node, interpreters) for node in selects}


def _choices(
    program: Program, select: Select, interpreters: Sequence[tuple[_Interpreter, Frame]]
) -> SelectChoices:
    asked: set[int] = set()
    finding: set[int] = set()
    present = np.zeros(program.domain_of(select.key).size, dtype=bool)
    own = select.rule != "all"
    for interpreter, frame in interpreters:
        keys = interpreter.known[select.key].values
        assert keys is not None, "keys are categorical"
        present |= keys.any(axis=0)
        asking = frame.asking
        for i in range(interpreter.length):
            if asking is not None and not asking[i]:
                continue
            ranks = _ranks(select.rule, select.offsets, i, interpreter.length)
            for query in interpreter.queries(select, i):
                asked.add(query)
                matches = list(interpreter.matches(select, i, query))
                if matches:
                    finding.add(query)
                own = own and _takes_itself(ranks, i, matches)
    missing = tuple(int(key) for key in np.flatnonzero(~present))
    return SelectChoices(frozenset(asked), frozenset(finding), missing, own)


def _takes_itself(ranks: Sequence[int], i: int, matches: list[tuple[int, bool]]) -> bool:
    if not matches:
        return i == 0
    best = min(matches, key=lambda match: ranks[match[0]])
    return best == (i, True)


class _Interpreter:
    def __init__(self, program: Program, frame: Frame) -> None:
        self.program = program
        self.frame = frame
        self.length = len(frame.tokens)
        self.known: dict[str, Reach] = {TOKENS: Reach(frame.tokens)}
        self.selects: dict[str, Select] = {}
        self.wanted: dict[str, tuple[int | None, ...]] = {}
        self.places: dict[str, dict[int, list[int]]] = {}
        self.certain: dict[str, list[bool]] = {}

    def run(self) -> dict[str, Reach]:
        for node in self.program.nodes:
            if isinstance(node, Select):
                self.selects[node.name] = node
                if node.predicate is not None:
                    self.wanted[node.name] = want(self.program, node)
            else:
                self.known[node.name] = self.value(node)
        return self.known

    def value(self, node: Node) -> Reach:
        match node:
            case Positions():
                size = self.program.domain_of(node.name).size
                return Reach(np.eye(size, dtype=bool)[: self.length])
            case Ones():
                one = np.ones(self.length, dtype=np.int64)
                return Reach(None, one, one)
            case Embed() if isinstance(node.type, Cat):
                return self.embed(node)
            case Aggregate() if isinstance(node.type, Cat):
                return self.head(node, self.selects[node.pattern])
            case Aggregate() if isinstance(node.type, Num):
                return self.sum(node, self.selects[node.pattern])
            case Lookup():
                return self.lookup(node)
            case _:
                return self.unknown(node)

    def embed(self, node: Embed) -> Reach:
        values = np.array(node.values, dtype=np.int64)
        result = np.zeros((self.length, self.program.domain_of(node.name).size), dtype=bool)
        seen: dict[bytes, Array] = {}
        for i, tokens in enumerate(self.frame.tokens):
            key = tokens.tobytes()
            if key not in seen:
                seen[key] = values[tokens]
            result[i, seen[key]] = True
        return Reach(result)

    def unknown(self, node: Node) -> Reach:
        if isinstance(node.type, Cat | Label):
            size = self.program.domain_of_type(node.type).size
            return Reach(np.ones((self.length, size), dtype=bool))
        return Reach(None)

    # Attention.

    def matches(self, select: Select, i: int, query: int) -> Iterator[tuple[int, bool]]:
        """The positions that can match, ascending, and whether they must.

        Positions that exist only in longer strings can match, and need not.
        """
        wanted = self.wanted[select.name][query]
        keys = self.known[select.key].values
        assert keys is not None, "keys are categorical"
        if wanted is None:
            return
        related = select.query == select.key
        for j in self.candidates(select.key, wanted):
            if select.causal and j > i:
                return
            if j == i and related:
                if wanted == query:
                    yield j, True
            else:
                exists = j <= i or j < self.frame.least
                yield j, exists and self.certain[select.key][j]

    def candidates(self, key: str, wanted: int) -> list[int]:
        """The positions whose key can be the wanted one."""
        found = self.places.setdefault(key, {})
        if wanted not in found:
            keys = self.known[key].values
            assert keys is not None, "keys are categorical"
            found[wanted] = np.flatnonzero(keys[:, wanted]).tolist()
            self.certain[key] = (keys.sum(axis=1) == 1).tolist()
        return found[wanted]

    def queries(self, select: Select, i: int) -> list[int]:
        """One query of each kind that is asked at a position and acts differently."""
        values = self.known[select.query].values
        assert values is not None, "queries are categorical"
        return [int(query) for query in np.flatnonzero(values[i])]

    def distinct_queries(self, node: Aggregate, select: Select, i: int) -> list[int]:
        """The queries at a position; of those that look for the same thing only one."""
        queries = self.queries(select, i)
        if select.query in (select.key, node.value) or select.rule == "score":
            return queries
        return list({self.wanted[select.name][query]: query for query in queries}.values())

    def head(self, node: Aggregate, select: Select) -> Reach:
        values = self.known[node.value].values
        assert values is not None, "verified"
        result = np.zeros_like(values)
        for i in range(self.length):
            for query in self.distinct_queries(node, select, i):
                if select.rule == "score":
                    result[i] |= self.scored(node, select, i, query, values)
                else:
                    result[i] |= self.chosen(node, select, i, query, values)
        return Reach(result)

    def chosen(
        self, node: Aggregate, select: Select, i: int, query: int, values: Mask
    ) -> NDArray[np.bool_]:
        """What a query that looks for matches can find."""
        found = np.zeros(values.shape[1], dtype=bool)
        wanted = self.wanted[select.name][query]
        ranks = _ranks(select.rule, select.offsets, i, self.length)
        matches = sorted((ranks[j], j, must) for j, must in self.matches(select, i, query))
        for _, j, must in matches:
            if node.value == select.key and wanted is not None:
                found[wanted] = True
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
        elif node.value == select.key and wanted is not None:
            # Position 0 is taken because nothing matches: it has not the wanted key itself.
            first[wanted] = False
        result: Mask = found | first
        return result

    def scored(
        self, node: Aggregate, select: Select, i: int, query: int, values: Mask
    ) -> NDArray[np.bool_]:
        """What a query that ranks scores can find: anything no certain key is better than."""
        assert select.scores is not None, "verified"
        ranks = np.array(select.scores[query])
        keys = self.known[select.key].values
        assert keys is not None, "keys are categorical"
        visible = range(i + 1 if select.causal else self.length)
        certain = [j for j in visible if j <= i or j < self.frame.least]
        bound = min(int(ranks[keys[j]].max()) for j in certain)
        found = np.zeros(values.shape[1], dtype=bool)
        for j in visible:
            fitting = keys[j] & (ranks <= bound)
            if fitting.any():
                found |= fitting if node.value == select.key else values[j]
        return found

    def sum(self, node: Aggregate, select: Select) -> Reach:
        value = self.known[node.value]
        if value.low is None or value.high is None:
            return self.unknown_sum(node)
        low = np.zeros(self.length, dtype=np.int64)
        high = np.zeros(self.length, dtype=np.int64)
        for i in range(self.length):
            lows, highs = [], []
            for query in self.distinct_queries(node, select, i):
                least = most = 0
                for j, must in self.matches(select, i, query):
                    least += int(value.low[j]) if must else min(0, int(value.low[j]))
                    most += int(value.high[j]) if must else max(0, int(value.high[j]))
                lows.append(least)
                highs.append(most)
            low[i], high[i] = min(lows, default=0), max(highs, default=0)
        return Reach(None, low, high)

    def unknown_sum(self, node: Aggregate) -> Reach:
        kind = node.type
        assert isinstance(kind, Num), "only numbers are summed here"
        return Reach(None, np.full(self.length, kind.lo), np.full(self.length, kind.hi))

    # Tables.

    def lookup(self, node: Lookup) -> Reach:
        if entries(self.program, node) > MAX_DENSE:
            return self.unknown(node)
        table, ranges = dense_table(self.program, node), bounds(self.program, node)
        size = self.program.domain_of_type(node.type).size
        result = np.zeros((self.length, size), dtype=bool)
        seen: dict[bytes, Array] = {}
        for i in range(self.length):
            axes = [
                self.mask(name, i, low, high)
                for name, (low, high) in zip(node.operands, ranges, strict=True)
            ]
            key = b"".join(np.packbits(axis).tobytes() for axis in axes)
            if key not in seen:
                seen[key] = np.unique(table[np.ix_(*axes)])
            result[i, seen[key]] = True
        return Reach(result)

    def mask(self, name: str, i: int, low: int, high: int) -> Mask:
        reach = self.known[name]
        row: Mask = np.ones(high - low + 1, dtype=bool)
        if reach.values is not None:
            row = reach.values[i]
        elif reach.low is not None and reach.high is not None:
            numbers = np.arange(low, high + 1)
            row = (numbers >= reach.low[i]) & (numbers <= reach.high[i])
        return row


@lru_cache(maxsize=1024)
def _ranks(rule: str, offsets: tuple[int, ...] | None, i: int, length: int) -> tuple[int, ...]:
    """For each key position how many others a query position prefers to it."""

    def preference(j: int) -> tuple[int, ...]:
        match rule:
            case "closest":
                return (int(j == i), abs(j - i), j)
            case "best":
                assert offsets is not None, "verified"
                return (offsets[j - i + len(offsets) // 2], j)
            case _:
                return (j,)

    ranks = [0] * length
    for rank, j in enumerate(sorted(range(length), key=preference)):
        ranks[j] = rank
    return tuple(ranks)


def as_mask(values: range | Mask | None, domain: range) -> Mask:
    """A mask over `domain` of the values of `possible_values`; everything if nothing is known."""
    if values is None:
        return np.ones(len(domain), dtype=bool)
    if isinstance(values, range):
        return np.array([value in values for value in domain])
    return values
