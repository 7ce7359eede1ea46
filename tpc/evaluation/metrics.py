"""What true and predicted labels have in common: accuracy, confusions, and labelled spans.

Spans are counted strictly, in the scheme of the data. IOB2: a span begins with `B-X` and goes on
over every `I-X` of the same type; an `I-X` that continues nothing is no part of a span: a
prediction has to follow the scheme to be counted. This is seqeval's strict mode, which the paper
reports. IOB1: a span begins with `I-X`, or with `B-X` right behind another of its type. IO: a run
of `I-X` is a span. BIOES and BILOU mark the last word (`E-`, `L-`) and spans of one word (`S-`,
`U-`) too, and are strict as IOB2 is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Scheme = Literal["IOB2", "IOB1", "IO", "BIOES", "BILOU"]
OUTSIDE = "O"
#: How the last word of a span is marked, and a span of one word.
_LAST_AND_ONLY: dict[Scheme, tuple[str, str]] = {"BIOES": ("E-", "S-"), "BILOU": ("L-", "U-")}
Span = tuple[int, int, str]
"""First position, position after the last one, type."""


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


@dataclass(frozen=True)
class SpanScore:
    """Counts of spans over a whole split; the ratios are 0 where they would divide by 0.

    Attributes:
        right: Predicted spans that are also true: same borders, same type.
        predicted: Predicted spans.
        true: True spans.
        scheme: How the tags mark them.
    """

    right: int
    predicted: int
    true: int
    scheme: Scheme = "IOB2"

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

    def to_json(self) -> dict[str, float | int | str]:
        """Counts and ratios."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            **vars(self),
        }


def span_scheme(classes: Iterable[str], sentences: Iterable[Sequence[str]] = ()) -> Scheme | None:
    """The scheme by which tags mark spans; `None` if they mark none.

    Args:
        classes: All tags that occur; special ones such as `<unk>` do not matter.
        sentences: True tags, which tell IOB1 from IOB2: without them it is IOB2.
    """
    names = [name for name in classes if not (name.startswith("<") and name.endswith(">"))]
    tagged = [name for name in names if name != OUTSIDE]
    if OUTSIDE not in names or not tagged or any(name[1:2] != "-" for name in tagged):
        return None
    marks = {name[0] for name in tagged}
    if marks <= {"B", "I"}:
        if "B" not in marks:
            return "IO"
        return "IOB1" if _begins_with_inside(sentences) else "IOB2"
    if marks <= {*"BIES"}:
        return "BIOES"
    return "BILOU" if marks <= {*"BILU"} else None


def _begins_with_inside(sentences: Iterable[Sequence[str]]) -> bool:
    """Whether spans that follow no other of their type begin with `I-`, as a rule."""
    balance = 0
    for tags in sentences:
        for before, tag in pairwise(("", *tags)):
            if tag[1:2] == "-" and before[2:] != tag[2:]:
                balance += 1 if tag[0] == "I" else -1
    return balance > 0


def spans(tags: Sequence[str], scheme: Scheme = "IOB2") -> list[Span]:
    """The spans of a sentence, in order."""
    if scheme in ("IOB1", "IO"):
        return _loose_spans(tags)
    last, only = _LAST_AND_ONLY.get(scheme, ("", ""))
    found: list[Span] = []
    position = 0
    while position < len(tags):
        start, tag = position, tags[position]
        position += 1
        if only and tag.startswith(only):
            found.append((start, position, tag[2:]))
        if not tag.startswith("B-"):
            continue
        while position < len(tags) and tags[position] == f"I-{tag[2:]}":
            position += 1
        if not last:
            found.append((start, position, tag[2:]))
        elif position < len(tags) and tags[position] == last + tag[2:]:
            position += 1
            found.append((start, position, tag[2:]))
    return found


def _loose_spans(tags: Sequence[str]) -> list[Span]:
    """Runs of one type; `B-` begins a new one."""
    found: list[Span] = []
    for position, tag in enumerate(tags):
        if tag[:2] not in ("B-", "I-"):
            continue
        start, end, kind = found[-1] if found else (0, 0, "")
        if tag[0] == "I" and found and (end, kind) == (position, tag[2:]):
            found[-1] = (start, position + 1, kind)
        else:
            found.append((position, position + 1, tag[2:]))
    return found


def span_score(
    true: Iterable[Sequence[str]], predicted: Iterable[Sequence[str]], scheme: Scheme = "IOB2"
) -> SpanScore:
    """The score of predicted tag sequences, sentence by sentence."""
    right = n_predicted = n_true = 0
    for true_tags, predicted_tags in zip(true, predicted, strict=True):
        expected, answered = set(spans(true_tags, scheme)), set(spans(predicted_tags, scheme))
        right += len(expected & answered)
        n_predicted += len(answered)
        n_true += len(expected)
    return SpanScore(right, n_predicted, n_true, scheme)
