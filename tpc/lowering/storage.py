"""How columns are held when many sequences are run at once: the smallest integers that fit.

Two values beyond a domain's own are needed where keys are compared: one for padding, which matches
nothing, and one for a query that nothing matches. The two largest values of the type serve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from tpc.diagnostics import TpcError
from tpc.lowering.lowered import Column, Head, Lowered

#: Unsigned integers by width, and binary64.
Storage: TypeAlias = Literal["u8", "u16", "u32", "f64"]

DTYPES: dict[Storage, type[Any]] = {
    "u8": np.uint8,
    "u16": np.uint16,
    "u32": np.uint32,
    "f64": np.float64,
}

#: The storage of an element type.
STORAGES = {kind: storage for storage, kind in DTYPES.items()}

_LARGEST: dict[Storage, int] = {"u8": (1 << 8) - 1, "u16": (1 << 16) - 1, "u32": (1 << 32) - 1}

#: Binary64 has all integers up to this.
_EXACT = 1 << 53


@dataclass(frozen=True)
class Variable:
    """How one column is held.

    Args:
        size: The values are `0..size-1`; 0 for real numbers.
        storage: Its element type.
    """

    size: int
    storage: Storage


def smallest(largest: int, reserved: int = 0) -> Storage:
    """The smallest type that holds `0..largest` and `reserved` more values.

    Raises:
        TpcError: There is none: the number is beyond 32 bits.
    """
    for storage, limit in _LARGEST.items():
        if largest + reserved <= limit:
            return storage
    raise TpcError(
        f"a value of the program can reach {largest}, and the target counts to {_LARGEST['u32']}",
        hint="the targets interpreter and python have no such limit",
    )


def require_exact(lowered: Lowered) -> None:
    """Check that binary64 holds all integers of the program exactly.

    Raises:
        TpcError: One can be larger.
    """
    for column in lowered.columns.values():
        if column.kind == "number" and column.values[-1] > _EXACT:
            raise TpcError(
                f"%{column.name} can reach {column.values[-1]}, and the target's integers are "
                f"exact up to {_EXACT}",
                hint="the targets interpreter and python have no such limit",
            )


def no_match(storage: Storage) -> int:
    """What a query that no key matches compares with keys."""
    return _LARGEST[storage]


def padding(storage: Storage) -> int:
    """The key of a position behind the end of its sequence."""
    return _LARGEST[storage] - 1


def variables(lowered: Lowered) -> Mapping[str, Variable]:
    """Storage of the tokens and of every live column.

    The ranges of numbers are derived anew from the operations: types may declare wider ones. They
    start at 0, because every integer is looked up or a sum of ones.

    Raises:
        TpcError: A number is beyond 32 bits.
    """
    found: dict[str, Variable] = {}
    heads = {step.name: step for step in lowered.steps if isinstance(step, Head)}
    for name, column in lowered.columns.items():
        if column.source != "tokens" and name not in lowered.live:
            continue
        if column.kind == "real":
            found[name] = Variable(0, "f64")
        elif column.kind == "number":
            largest = _largest_number(lowered, column, heads, found)
            found[name] = Variable(largest + 1, smallest(largest))
        else:
            reserved = 2 if column.kind == "category" else 0
            size = len(column.type_range)
            found[name] = Variable(size, smallest(size - 1, reserved))
    return found


def _largest_number(
    lowered: Lowered,
    column: Column,
    heads: Mapping[str, Head],
    known: Mapping[str, Variable],
) -> int:
    """1, a looked up one, or a head's sum: at most one match where the keys are positions."""
    if column.source == "ones":
        return 1
    if column.source == "lookup":
        return max(column.values)
    head = heads[column.name]
    most = 1 if lowered.is_positions(head.selector.key) else lowered.max_length
    return most * (known[head.value].size - 1)
