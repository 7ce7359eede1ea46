"""How variables are held when many sequences are run at once: the smallest integers that fit.

Two values beyond a domain's own are needed where keys are compared: one for padding, which nothing
looks for, and one for a query that looks for nothing. The two largest values of the type serve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tpc.diagnostics import TpcError
from tpc.ir.nodes import TOKENS, Aggregate, Node, Ones, Select
from tpc.ir.program import Program
from tpc.ir.types import Cat, Label, Num, Real

#: Unsigned integers by width, and binary64.
Storage: TypeAlias = Literal["u8", "u16", "u32", "f64"]

_LARGEST: tuple[tuple[Storage, int], ...] = (
    ("u8", (1 << 8) - 1),
    ("u16", (1 << 16) - 1),
    ("u32", (1 << 32) - 1),
)


@dataclass(frozen=True)
class Variable:
    """How one variable of a program is held.

    Args:
        name: Of the node, or `tokens`.
        size: The values are `0..size-1`; 0 for real numbers.
        storage: Its element type.
    """

    name: str
    size: int
    storage: Storage


def smallest(largest: int, reserved: int = 0) -> Storage:
    """The smallest type that holds `0..largest` and `reserved` more values.

    Raises:
        TpcError: There is none: the number is beyond 32 bits.
    """
    for storage, limit in _LARGEST:
        if largest + reserved <= limit:
            return storage
    raise TpcError(
        f"a value of the program can reach {largest}, and the target counts to {_LARGEST[-1][1]}",
        hint="the targets interpreter and python have no such limit",
    )


def nothing(storage: Storage) -> int:
    """What a query that looks for nothing compares with keys."""
    return dict(_LARGEST)[storage]


def padding(storage: Storage) -> int:
    """The key of a position behind the end of its sequence."""
    return dict(_LARGEST)[storage] - 1


def variables(program: Program, nodes: tuple[Node, ...]) -> Mapping[str, Variable]:
    """Storage of the tokens and of every node that has a value at each position.

    The ranges of numbers are derived anew from the operations: types may declare wider ones. They
    start at 0, because every integer is a sum of ones.

    Raises:
        TpcError: A number is beyond 32 bits.
    """
    size = program.domain_of_type(program.tokens).size
    found = {TOKENS: Variable(TOKENS, size, smallest(size - 1, reserved=2))}
    for node in nodes:
        if isinstance(node, Select):
            continue
        largest = _largest(program, node, found)
        if largest is None:
            found[node.name] = Variable(node.name, 0, "f64")
        elif isinstance(node.type, Cat):
            found[node.name] = Variable(node.name, largest + 1, smallest(largest, reserved=2))
        else:
            found[node.name] = Variable(node.name, largest + 1, smallest(largest))
    return found


def _largest(program: Program, node: Node, known: Mapping[str, Variable]) -> int | None:
    if isinstance(node.type, Real):
        return None
    if isinstance(node.type, Cat | Label):
        return program.domain_of_type(node.type).size - 1
    if isinstance(node, Aggregate):
        select = program.by_name[node.pattern]
        assert isinstance(select, Select), "patterns are made by selects"
        return program.sum_range(select, Num(0, known[node.value].size - 1)).hi
    assert isinstance(node, Ones), f"%{node.name} is no number"
    return 1
