"""Accuracy over labels and over whole sequences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Accuracy:
    """Counts of labels and sequences; the ratios are not-a-number where nothing was scored."""

    right_labels: int
    labels: int
    right_sequences: int
    sequences: int

    @property
    def token(self) -> float:
        """The share of the scored labels that are right."""
        return self.right_labels / self.labels if self.labels else float("nan")

    @property
    def sequence(self) -> float:
        """The share of the sequences all of whose scored labels are right."""
        return self.right_sequences / self.sequences if self.sequences else float("nan")


def accuracy(true: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]]) -> Accuracy:
    """The accuracy of label sequences; both hold scored labels only."""
    right = labels = complete = sequences = 0
    for expected, answered in zip(true, predicted, strict=True):
        hits = sum(one == other for one, other in zip(expected, answered, strict=True))
        right += hits
        labels += len(expected)
        complete += hits == len(expected)
        sequences += 1
    return Accuracy(right, labels, complete, sequences)
