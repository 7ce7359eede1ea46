"""Which class is taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Confusion:
    """A table of counts.

    Attributes:
        classes: Names of rows and columns: those that occur, in the order of the given classes.
        counts: `counts[true][predicted]`.
    """

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, object]:
        """Names and rows."""
        return {"classes": list(self.classes), "counts": [list(row) for row in self.counts]}


def confusion(
    true: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]], classes: Sequence[str]
) -> Confusion:
    """Count pairs of true and predicted labels.

    Args:
        true: Label sequences, scored labels only.
        predicted: The answers to them.
        classes: All classes in order; true labels that are none of them follow in string order.
    """
    pairs = Counter(
        pair
        for expected, answered in zip(true, predicted, strict=True)
        for pair in zip(expected, answered, strict=True)
    )
    occurring = {name for pair in pairs for name in pair}
    known = [name for name in classes if name in occurring]
    names = (*known, *sorted(occurring - set(known)))
    return Confusion(names, tuple(tuple(pairs[row, column] for column in names) for row in names))
