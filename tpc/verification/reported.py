"""Is an imported program as accurate as its trainer said?

A check of the import that assumes nothing of how the network works: the trainer wrote down what
its own network got right, and the same rows can be generated again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tpc.data.splits import SPLIT_NAMES
from tpc.evaluation.scores import score
from tpc.ir.program import Program

if TYPE_CHECKING:
    from tpc.model.run import Run


@dataclass(frozen=True)
class ReportedAccuracy:
    """Token accuracy on one split: what the trainer reported, and what the program has.

    Attributes:
        split: `train`, `val` or `test`.
        tokens: Labels scored.
        reported: Share of them that the trainer's network got right.
        found: Share that the program gets right.
    """

    split: str
    tokens: int
    reported: float
    found: float

    @property
    def off(self) -> int:
        """By how many labels the two differ."""
        return round(abs(self.found - self.reported) * self.tokens)


def compare_reported(run: Run, program: Program) -> list[ReportedAccuracy]:
    """Score a program on the generated data of its run and compare with the trainer's report.

    Args:
        run: The run that the program was exported from.
        program: The program, whose metadata hold the accuracies that the trainer reported.

    Returns:
        One comparison for each split that was reported on; nothing for a run on text, whose rows
        cannot be generated.
    """
    reported = program.metadata.get("accuracy", {})
    data = run.dataset() if run.arguments is not None and reported else None
    if data is None:
        return []
    comparisons = []
    for split in SPLIT_NAMES:
        if split in reported:
            found = score(program, list(data.splits.named(split)))
            comparisons.append(
                ReportedAccuracy(split, found.tokens, reported[split], found.token_accuracy)
            )
    return comparisons
