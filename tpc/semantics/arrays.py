"""Columns of values, and their joint values: which combinations occur, and which row has which.

Programs have few distinct combinations of values even over millions of positions; everything that
is decided per combination instead of per position is decided fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Mask: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.integer]
Codes: TypeAlias = NDArray[np.int64]

#: Up to this many possible codes a table of flags is faster than sorting.
_FLAGS = 1 << 24


@dataclass(frozen=True)
class Joint:
    """The distinct combinations of some columns.

    Args:
        codes: For each row, the number of its combination, `0..count-1`.
        first: For each combination, one row that has it.
    """

    codes: Codes
    first: Codes

    @property
    def count(self) -> int:
        """How many combinations occur."""
        return len(self.first)


def dense(keys: Ints, size: int) -> Joint:
    """Number the distinct keys of `0..size-1`, in ascending order."""
    rows = np.arange(len(keys), dtype=np.int64)
    if size > _FLAGS:
        _, first, codes = np.unique(keys, return_index=True, return_inverse=True)
        return Joint(codes.astype(np.int64), first.astype(np.int64))
    where = np.full(size, -1, dtype=np.int64)
    where[keys[::-1]] = rows[::-1]
    present = where >= 0
    number = np.cumsum(present, dtype=np.int64) - 1
    return Joint(number[keys], where[present])


def joint(columns: Sequence[NDArray[np.generic]], rows: int) -> Joint:
    """The distinct combinations of columns of `rows` rows each; integers or reals."""
    result = Joint(np.zeros(rows, dtype=np.int64), np.zeros(min(rows, 1), dtype=np.int64))
    if rows == 0:
        return result
    for column in columns:
        values, size = _numbered(column)
        result = dense(result.codes * size + values, result.count * size)
    return result


def _numbered(column: NDArray[np.generic]) -> tuple[Ints, int]:
    """The column as integers from 0 on, and how many of them there can be."""
    if np.issubdtype(column.dtype, np.integer):
        low, high = int(column.min()), int(column.max())
        if high - low < _FLAGS:
            return column.astype(np.int64) - low, high - low + 1
    bits = column.astype(np.float64) + 0.0 if column.dtype.kind == "f" else column
    values, codes = np.unique(bits, return_inverse=True)
    return codes.astype(np.int64), len(values)
