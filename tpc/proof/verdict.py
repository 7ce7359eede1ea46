"""What a question asked of all inputs can end with: proved, refuted or unknown.

The three words mean one thing wherever they are printed: *proved* on every input that was asked
about, *refuted* by an input that the interpreter confirms, *unknown* where neither was reached
within the budget. What was only sampled is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True)
class Proved:
    """It holds on every input.

    Args:
        by: What proved it, such as "all 4,680 inputs compared": a noun phrase for reports.
    """

    word: ClassVar[str] = "proved"

    by: str

    def __str__(self) -> str:
        return f"{self.word}: {self.by}"


@dataclass(frozen=True)
class Refuted:
    """It fails on an input, which was made small and confirmed by the interpreter.

    Args:
        ids: The token ids of the input.
        position: Where it fails; 0 if there is one label for the whole input.
    """

    word: ClassVar[str] = "refuted"

    ids: tuple[int, ...]
    position: int

    def __str__(self) -> str:
        return f"{self.word}: at position {self.position} of an input of {len(self.ids)} tokens"


@dataclass(frozen=True)
class Unknown:
    """Neither was reached.

    Args:
        open: What is left to settle, such as "3 of 14 shapes of the input language".
        spent: What was spent on it, such as "2,000 inputs sampled".
    """

    word: ClassVar[str] = "unknown"

    open: str
    spent: str

    def __str__(self) -> str:
        return f"{self.word}: {self.open}; {self.spent}"


Verdict: TypeAlias = Proved | Refuted | Unknown
