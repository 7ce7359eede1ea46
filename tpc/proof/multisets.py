"""Every combination of values that a program of counts can have, one multiset of tokens at a time.

Where heads only count, and nothing that they read knows a position, a head's value depends on the
token it is asked for and on how often each token occurs. Heads that read counts of other heads are
as easy. Tokens that the heads treat alike are interchangeable, so that few multisets are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from tpc.ir.language import Slot
from tpc.ir.nodes import (
    TOKENS,
    Aggregate,
    Classify,
    Embed,
    Lookup,
    Mlp,
    Node,
    Ones,
    Positions,
    Select,
    backward_slice,
    read_by_formulas,
)
from tpc.ir.program import Program, matched_keys
from tpc.ir.types import Real, contains
from tpc.semantics.arrays import Array, joint
from tpc.semantics.batched import BatchEvaluator

#: More multisets than these, or combinations, are not followed.
_MAX_MULTISETS, _MAX_ROWS = 100_000, 3_000_000

#: Multisets that are evaluated together.
_BATCH = 8_192

#: How often each token of a class of interchangeable ones occurs, the most frequent first.
Counts = tuple[int, ...]


def multiset_columns(program: Program) -> dict[str, Array] | None:
    """Columns of all variables over every combination of them at scored positions.

    Returns:
        For each variable its value in each combination that some string of the language has, the
        label among them; `None` if the program is not of the kind, or has too many combinations.
    """
    shapes = shape_multisets(program)
    if shapes is None:
        return None
    heads = head_names(program)
    parts: list[Array] = []
    rows = 0
    for shape in shapes:
        for part in _reached(program, heads, shape):
            rows += len(part)
            parts.append(part)
        if rows > _MAX_ROWS:
            return None
    return _evaluated(program, heads, np.concatenate(parts)) if parts else None


def head_names(program: Program) -> list[str]:
    """The variables that heads compute, in order."""
    return [node.name for node in program.nodes if isinstance(node, Aggregate)]


def shape_multisets(program: Program) -> list[ShapeMultisets] | None:
    """The multisets of tokens of each shape of the language, up to exchanges of tokens.

    Returns:
        `None` if the program's heads do more than count, or there are too many multisets.
    """
    attended = _attended(program)
    if attended is None or program.label_type.pooled:
        return None
    found = list[ShapeMultisets]()
    left = _MAX_MULTISETS
    for shape in filter(None, program.language.shapes(program.max_length)):
        frame = _frame(shape)
        if frame is None:
            return None
        classes = _classes(attended, frame)
        # One more than may be followed says that there are too many.
        every = _multisets(frame.free, list(map(len, classes)))
        multisets = list(islice(every, left + 1))
        left -= len(multisets)
        if left < 0:
            return None
        found.append(ShapeMultisets(frame, classes, multisets))
    return found


@dataclass(frozen=True)
class _Attended:
    """What the heads read.

    Args:
        program: The program.
        nodes: All that queries, keys and values are computed from, the heads among them.
    """

    program: Program
    nodes: tuple[Node, ...]

    def alike(self, one: int, other: int) -> bool:
        """Whether the heads treat two tokens alike, so that strings may exchange them."""
        return all(self._alike(node, one, other) for node in self.nodes)

    def _alike(self, node: Node, one: int, other: int) -> bool:
        match node:
            case Embed():
                return node.values[one] == node.values[other]
            case Lookup():
                computed = read_by_formulas(node.cases)
                if any(node.operands[index] == TOKENS for index in computed):
                    return False
                return all(
                    pattern is None or contains(pattern, one) == contains(pattern, other)
                    for case in node.cases
                    for name, pattern in zip(node.operands, case.patterns, strict=True)
                    if name == TOKENS
                )
            case Mlp():
                return TOKENS not in node.operands
            case Select():
                return self._select_alike(node, one, other)
            case _:
                return True

    def _select_alike(self, node: Select, one: int, other: int) -> bool:
        """Whether what is looked for is exchanged with what is asked."""
        matched = matched_keys(self.program, node)
        exchanged = {one: other, other: one}
        for query, key in enumerate(matched):
            asked = exchanged.get(query, query) if node.query == TOKENS else query
            found = matched[asked]
            if node.key == TOKENS and found is not None:
                found = exchanged.get(found, found)
            if found != key:
                return False
        return True


def _attended(program: Program) -> _Attended | None:
    """What the heads read, if they only count and know no position."""
    free = {TOKENS}
    read = set[str]()
    for node in program.nodes:
        match node:
            case Ones() | Embed():
                free.add(node.name)
            case Lookup() | Mlp():
                if free.issuperset(node.operands):
                    free.add(node.name)
            case Select() | Classify() | Positions():
                pass
            case Aggregate():
                select = program.by_name[node.pattern]
                assert isinstance(select, Select), "verified"
                asked = {select.query, select.key, node.value}
                if not free.issuperset(asked) or node.value == TOKENS:
                    return None
                if select.rule != "all" or select.causal or isinstance(node.type, Real):
                    return None
                read |= {*asked, node.name}
                free.add(node.name)
    names = backward_slice(program.nodes, read - {TOKENS})
    return _Attended(program, tuple(node for node in program.nodes if node.name in names))


# Strings.


@dataclass(frozen=True)
class Frame:
    """A shape whose slots are of one token each, or free: of the same tokens.

    Args:
        shape: The slots.
        positions: Of the free slots.
        tokens: Of the free slots.
    """

    shape: tuple[Slot[int], ...]
    positions: tuple[int, ...]
    tokens: tuple[int, ...]

    @property
    def free(self) -> int:
        """How many slots are free."""
        return len(self.positions)

    def string(self, tokens: Sequence[int]) -> list[int]:
        """A string of these tokens at the free positions."""
        found = [slot.tokens[0] for slot in self.shape]
        for position, token in zip(self.positions, tokens, strict=True):
            found[position] = token
        return found


def _frame(shape: tuple[Slot[int], ...]) -> Frame | None:
    positions = tuple(position for position, slot in enumerate(shape) if len(slot.tokens) > 1)
    tokens = {shape[position].tokens for position in positions}
    if len(tokens) > 1:
        return None
    return Frame(shape, positions, next(iter(tokens), ()))


def _classes(attended: _Attended, frame: Frame) -> list[list[int]]:
    """Tokens of the free slots that are interchangeable, together."""
    classes: list[list[int]] = []
    # To exchange a token that the frame has would change the frame.
    framed = {slot.tokens[0] for slot in frame.shape if len(slot.tokens) == 1}
    for token in frame.tokens:
        for members in classes if token not in framed else ():
            if members[0] not in framed and attended.alike(members[0], token):
                members.append(token)
                break
        else:
            classes.append([token])
    return classes


def _multisets(size: int, members: Sequence[int]) -> Iterator[tuple[Counts, ...]]:
    """How often tokens occur in strings of a size, by class: all ways but for exchanges."""
    if not members:
        if size == 0:
            yield ()
        return
    for taken in range(size + 1):
        for counts in _partitions(taken, members[0], taken):
            for rest in _multisets(size - taken, members[1:]):
                yield (counts, *rest)


def _partitions(total: int, parts: int, most: int) -> Iterator[Counts]:
    """Ways to write a number as at most so many positive numbers, none of which ascends."""
    if total == 0:
        yield ()
        return
    for first in range(min(total, most), 0, -1):
        if parts:
            for rest in _partitions(total - first, parts - 1, first):
                yield (first, *rest)


@dataclass(frozen=True)
class ShapeMultisets:
    """The multisets of one shape.

    Args:
        frame: The shape.
        classes: Its tokens, interchangeable ones together.
        multisets: How often the tokens of each class occur.
    """

    frame: Frame
    classes: list[list[int]]
    multisets: list[tuple[Counts, ...]]

    def strings(self) -> Array:
        """A string of each multiset, `[multisets, length]`."""
        found = [self.frame.string(_tokens(self.classes, m)) for m in self.multisets]
        return np.array(found, dtype=np.int64)


# Combinations.


def _reached(program: Program, heads: list[str], shape: ShapeMultisets) -> Iterator[Array]:
    """Rows of token, position and the heads' values at scored positions of one shape."""
    frame, classes, strings = shape.frame, shape.classes, shape.strings()
    evaluator = BatchEvaluator(program, only=heads, result=False)
    scored = tuple(position for position in frame.positions if frame.shape[position].scored)
    #: By tokens, and the positions where they may stand, what the heads can be there.
    found: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Array]] = {}
    for low in range(0, len(strings), _BATCH):
        ids = strings[low : low + _BATCH]
        lengths = np.full(len(ids), len(frame.shape), dtype=np.int64)
        columns = evaluator.evaluate(ids, lengths).columns
        values = np.stack([columns[name] for name in heads] or [np.zeros_like(ids)], axis=-1)
        for position, slot in enumerate(frame.shape):
            if len(slot.tokens) == 1 and slot.scored:
                found.setdefault((slot.tokens, (position,)), []).append(values[:, position])
        for members in classes:
            there = np.isin(ids[:, frame.positions], members)
            reached = values[:, frame.positions][there]
            found.setdefault((tuple(members), scored), []).append(reached)
    for (tokens, positions), parts in found.items():
        distinct = np.unique(np.concatenate(parts).astype(np.int64), axis=0)
        yield _rows(tokens, positions, distinct)


def _tokens(classes: list[list[int]], multiset: tuple[Counts, ...]) -> list[int]:
    return [
        token
        for members, counts in zip(classes, multiset, strict=True)
        for token, count in zip(members, counts, strict=False)
        for _ in range(count)
    ]


def _rows(tokens: Sequence[int], positions: Sequence[int], values: Array) -> Array:
    """Every token at every position with each of some values."""
    pairs = np.array([(t, position) for t in tokens for position in positions], dtype=np.int64)
    pairs = pairs.reshape(-1, 2)
    return np.hstack([np.repeat(pairs, len(values), axis=0), np.tile(values, (len(pairs), 1))])


def _evaluated(program: Program, heads: list[str], rows: Array) -> dict[str, Array]:
    """All variables, from the token, the position and the heads' values."""
    rows = np.unique(rows, axis=0)
    known = {n.name: rows[:, 1:2] for n in program.nodes if isinstance(n, Positions)}
    known |= {name: rows[:, 2 + number, None] for number, name in enumerate(heads)}
    lengths = np.ones(len(rows), dtype=np.int64)
    found = BatchEvaluator(program).evaluate(rows[:, :1], lengths, known=known)
    columns = {name: column[:, 0] for name, column in found.columns.items()}
    distinct = joint(list(columns.values()), len(rows))
    return {name: column[distinct.first] for name, column in columns.items()}
