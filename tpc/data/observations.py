"""What the rows of a user's data say about what can be learned from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import zip_longest

from tpc.data.corpus import Corpus
from tpc.data.splits import SPLIT_NAMES
from tpc.data.task import Row
from tpc.diagnostics import quoted
from tpc.ir.words import PAD

#: Fewer rows than these are few; fewer examples of a label than those are rare.
FEW_ROWS, FEW_EXAMPLES = 100, 10
#: A label that is as frequent as this is said to be.
FREQUENT = 0.9
#: Rare labels are named up to this many.
NAMED = 5


def observations(corpus: Corpus) -> list[str]:
    """Sentences on too few rows, rows that contradict one another, and lopsided labels."""
    train = corpus.splits.train
    counts = Counter(tag for _, tags in train for tag in tags if tag != PAD)
    return [*_few_rows(corpus), *_contradictions(train), *_lopsided(counts)]


def _few_rows(corpus: Corpus) -> Iterator[str]:
    rows = {name: len(corpus.splits.named(name)) for name in SPLIT_NAMES}
    if sum(rows.values()) < FEW_ROWS:
        yield (
            f"warning: {sum(rows.values())} rows are few: what they have in common by chance may "
            f"be learned, and an accuracy on {rows['test']} test rows says little"
        )


def _contradictions(train: tuple[Row, ...]) -> Iterator[str]:
    """How many rows have another's text and not its labels, and how much that leaves to learn."""
    labels_of: defaultdict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    for words, tags in train:
        labels_of[words].append(tags)
    contradicting = [found for found in labels_of.values() if len(set(found)) > 1]
    if not contradicting:
        return
    n_rows = sum(map(len, contradicting))
    n_labels = sum(tag != PAD for _, tags in train for tag in tags)
    n_lost = sum(map(_least_wrong, contradicting))
    yield (
        f"{n_rows:,} of {len(train):,} training rows have the text of another and other labels: at "
        f"most {100 - 100 * n_lost / n_labels:.2f} % of the training labels can be right"
    )


def _least_wrong(rows: list[tuple[str, ...]]) -> int:
    """How many labels of rows with one text are wrong if each word gets its usual one."""
    columns = ([tag for tag in column if tag != PAD] for column in zip_longest(*rows))
    return sum(len(column) - max(Counter(column).values()) for column in columns if column)


def _lopsided(counts: Counter[str]) -> Iterator[str]:
    """A label that nearly all have, and labels that nearly none has."""
    if not counts:
        return
    (label, times), *_ = counts.most_common(1)
    share = times / counts.total()
    if len(counts) == 1:
        yield f"warning: every label is {quoted(label)}: there is nothing to learn"
    elif share >= FREQUENT:
        shown = f"{100 * share:.1f} % of the training labels are {quoted(label)}"
        yield f"{shown}: always saying so is as right (--class-weights balanced: all count alike)"
    rare = [(name, count) for name, count in counts.most_common() if count < FEW_EXAMPLES]
    if rare and len(counts) > 1:
        named = ", ".join(f"{quoted(name)} ({count})" for name, count in rare[:NAMED])
        more = f" and {len(rare) - NAMED} more" if len(rare) > NAMED else ""
        yield f"labels with fewer than {FEW_EXAMPLES} examples in training: {named}{more}"
