"""Precision, recall and F1 of labelled spans in the IOB2 scheme, counted strictly.

A span begins with `B-X` and goes on over every `I-X` of the same type. An `I-X` that continues
nothing is no part of a span: a prediction has to follow the scheme to be counted. This is seqeval's
strict mode, which the paper reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

OUTSIDE = "O"
Span = tuple[int, int, str]
"""First position, position after the last one, type."""


@dataclass(frozen=True)
class SpanScore:
    """Counts of spans over a whole split; the ratios are 0 where they would divide by 0.

    Attributes:
        right: Predicted spans that are also true: same borders, same type.
        predicted: Predicted spans.
        true: True spans.
    """

    right: int
    predicted: int
    true: int

    @property
    def precision(self) -> float:
        """The share of the predicted spans that are right."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of the true spans that are found."""
        return self.right / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        total = self.predicted + self.true
        return 2 * self.right / total if total else 0.0

    def to_json(self) -> dict[str, float | int]:
        """Counts and ratios."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "right": self.right,
            "predicted": self.predicted,
            "true": self.true,
        }


def is_iob2(classes: Iterable[str]) -> bool:
    """Whether tags follow the scheme: `O`, `B-X`, `I-X`, and special tags such as `<unk>`."""
    names = [name for name in classes if not (name.startswith("<") and name.endswith(">"))]
    tagged = [name for name in names if name != OUTSIDE]
    return OUTSIDE in names and bool(tagged) and all(name[:2] in ("B-", "I-") for name in tagged)


def spans(tags: Sequence[str]) -> list[Span]:
    """The spans of a sentence, in order."""
    found: list[Span] = []
    position = 0
    while position < len(tags):
        start, tag = position, tags[position]
        position += 1
        if tag.startswith("B-"):
            inside = "I-" + tag[2:]
            while position < len(tags) and tags[position] == inside:
                position += 1
            found.append((start, position, tag[2:]))
    return found


def span_score(true: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]]) -> SpanScore:
    """The score of predicted tag sequences, sentence by sentence."""
    right = n_predicted = n_true = 0
    for true_tags, predicted_tags in zip(true, predicted, strict=True):
        wanted, answered = set(spans(true_tags)), set(spans(predicted_tags))
        right += len(wanted & answered)
        n_predicted += len(answered)
        n_true += len(wanted)
    return SpanScore(right, n_predicted, n_true)
