"""Few strings that show every combination of values of a program of counts.

What a pass guesses on them is seldom wrong: no combination is missing, as it is from a random
sample. They are strings of the program's own multisets, whose tokens and positions are exchanged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tpc.ir.nodes import Positions
from tpc.ir.program import Program
from tpc.proof.multisets import ShapeMultisets, head_names, shape_multisets
from tpc.semantics.arrays import Array
from tpc.semantics.batched import BatchEvaluator

#: More strings than these are not worth it.
_MAX_STRINGS = 60_000

#: What is seen at a position is one integer of 64 bits.
_MAX_NUMBER = 2**62

#: Numbers of strings times positions that are gone through for one shape.
_MAX_POSITIONS = 40_000_000


def covering_strings(program: Program) -> list[tuple[int, ...]] | None:
    """Strings of the language that have, at scored positions, all that the variables can be.

    Returns:
        `None` if the program's heads do more than count, or it takes too many strings.
    """
    shapes, numbering = shape_multisets(program), _Numbering.of(program)
    if shapes is None or numbering is None:
        return None
    found = list[tuple[int, ...]]()
    seen = np.zeros(0, dtype=np.int64)
    for shape in shapes:
        strings = _strings(program, shape)
        if strings is None:
            return None
        rows = numbering.rows(*strings, shape)
        codes, first = np.unique(rows, return_index=True)
        new = ~np.isin(codes, seen)
        seen = np.union1d(seen, codes)
        kept = np.unique(first[new] // max(1, rows.shape[1]))
        found += map(tuple, strings[0][kept].tolist())
        if len(found) > _MAX_STRINGS:
            return None
    return found


@dataclass(frozen=True)
class _Numbering:
    """What is seen at a position as one number: the heads' values, the token, the position.

    Args:
        program: The program.
        heads: The variables that heads compute.
    """

    program: Program
    heads: tuple[str, ...]

    @classmethod
    def of(cls, program: Program) -> _Numbering | None:
        """`None` if the numbers are too large."""
        heads = tuple(head_names(program))
        sizes = [len(program.range_of(name)) for name in heads]
        total = math.prod([*sizes, len(program.vocabulary), program.max_length])
        return cls(program, heads) if total < _MAX_NUMBER else None

    def rows(self, strings: Array, origins: Array, shape: ShapeMultisets) -> Array:
        """The numbers at the scored positions of some strings, `[strings, positions]`.

        Args:
            strings: Token ids, `[strings, length]`.
            origins: Where each stands in the strings that were evaluated, counted through.
            shape: Theirs.
        """
        ids = shape.strings()
        lengths = np.full(len(ids), ids.shape[1], dtype=np.int64)
        evaluator = BatchEvaluator(self.program, only=self.heads, result=False)
        columns = evaluator.evaluate(ids, lengths).columns
        number = np.zeros(ids.size, dtype=np.int64)
        for name in self.heads:
            values = self.program.range_of(name)
            column = columns[name].astype(np.int64).reshape(-1)
            number = number * len(values) + column - values.start
        scored = [position for position, slot in enumerate(shape.frame.shape) if slot.scored]
        found = number[origins[:, scored]] * len(self.program.vocabulary) + strings[:, scored]
        if _reads_positions(self.program):
            found = found * self.program.max_length + np.array(scored, dtype=np.int64)
        return found


def _strings(program: Program, shape: ShapeMultisets) -> tuple[Array, Array] | None:
    """The multisets as strings, with tokens and positions exchanged, and where each was before."""
    ids = shape.strings()
    turns, moves = _turns(program, shape), _moves(program, shape)
    if ids.size * len(turns) * len(moves) > _MAX_POSITIONS:
        return None
    numbers = np.arange(ids.size, dtype=np.int64).reshape(ids.shape)
    strings = turns[:, ids][..., moves].reshape(-1, ids.shape[1])
    return strings, np.tile(numbers[:, moves].reshape(-1, ids.shape[1]), (len(turns), 1))


def _turns(program: Program, shape: ShapeMultisets) -> Array:
    """Exchanges of tokens, `[exchanges, token]`: any of a class takes each other's place in one."""
    most = max(map(len, shape.classes), default=1)
    turned = np.tile(np.arange(len(program.vocabulary), dtype=np.int64), (most, 1))
    for turn in range(most):
        for members in shape.classes:
            by = turn % len(members)
            turned[turn, members] = members[by:] + members[:by]
    return turned


def _moves(program: Program, shape: ShapeMultisets) -> Array:
    """Exchanges of positions, `[exchanges, position]`: any free one takes each other's place."""
    free, length = list(shape.frame.positions), len(shape.frame.shape)
    moves = len(free) if _reads_positions(program) else 1
    moved = np.tile(np.arange(length, dtype=np.int64), (max(1, moves), 1))
    for move in range(moves):
        moved[move, free] = free[move:] + free[:move]
    return moved


def _reads_positions(program: Program) -> bool:
    return any(isinstance(node, Positions) for node in program.nodes)
