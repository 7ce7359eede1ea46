"""What a comparison by parts found, of one kind of part of one variable after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tpc.proof.verdict import Proved, Unknown

Kind: TypeAlias = Literal[
    "input", "predicate row", "order of positions", "score row", "table entry", "MLP", "class row"
]

#: How several parts of a kind are called, in the order in which reports list them.
PLURALS: dict[Kind, str] = {
    "input": "input values",
    "predicate row": "predicate rows",
    "order of positions": "orders of positions",
    "score row": "score rows",
    "table entry": "table entries",
    "MLP": "MLPs kept as weights",
    "class row": "rows of the classifier",
}


@dataclass(frozen=True)
class Mismatch:
    """A part that differs.

    Args:
        part: Which, such as "attn_0_1 predicate row 3".
        network: What the network has there.
        program: What the program has there.
        example: Token ids of an input that shows it, where one is known beforehand.
    """

    part: str
    network: str
    program: str
    example: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{self.part}: the network has {self.network}, the program {self.program}"


@dataclass(frozen=True)
class PartGroup:
    """The parts of one kind that one variable of the network has.

    Args:
        kind: What they are.
        variable: The network's name of it.
        parts: How many were compared.
        different: Those that differ.
        open: Those that could not be settled, each with why.
        close: Choices of the network that are by less than what the rounding of binary32 can move.
    """

    kind: Kind
    variable: str
    parts: int
    different: tuple[Mismatch, ...] = ()
    open: tuple[str, ...] = ()
    close: int = 0


@dataclass(frozen=True)
class PartsReport:
    """A whole program.

    Args:
        groups: All parts.
        margin_bound: Labels are equal wherever the network chooses its class by more than this:
            the rounding of its sums in binary32 and of the program's in binary64.
    """

    groups: tuple[PartGroup, ...]
    margin_bound: float

    @property
    def parts(self) -> int:
        """How many parts were compared."""
        return sum(group.parts for group in self.groups)

    @property
    def different(self) -> tuple[Mismatch, ...]:
        """All parts that differ."""
        return tuple(found for group in self.groups for found in group.different)

    @property
    def open(self) -> tuple[str, ...]:
        """All parts that could not be settled."""
        return tuple(found for group in self.groups for found in group.open)

    def verdict(self) -> Proved | Unknown | Mismatch:
        """That every part is the network's, the first one that is not, or what is open."""
        if self.different:
            return self.different[0]
        if self.open:
            more = f" and {len(self.open) - 1} more" if len(self.open) > 1 else ""
            return Unknown(f"{self.open[0]}{more}", f"{self.parts:,} parts compared")
        return Proved(f"{self.parts:,} parts compared")
