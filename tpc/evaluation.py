"""How well a program does its task: accuracy on the splits of generated data.

The conventions are upstream's, so that its reported accuracies are reproduced: positions tagged
`<pad>` are not scored, neither are tags that the training split never had; a token that the
training split never had counts as padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tpc.analysis.batched import BATCH_SIZE, BatchEvaluator
from tpc.data.dataset import Dataset, load_dataset
from tpc.data.options import task_arguments
from tpc.data.task import PAD, Row
from tpc.diagnostics import TpcError
from tpc.ir.program import Program
from tpc.text import token_ids


@dataclass(frozen=True)
class SplitScore:
    """Accuracy on one split.

    Args:
        rows: Sequences scored.
        tokens: Labels scored.
        skipped: Sequences left out because of a token that the program does not know.
        token_accuracy: Share of labels that are right.
        sequence_accuracy: Share of sequences whose labels are all right.
    """

    rows: int
    tokens: int
    skipped: int
    token_accuracy: float
    sequence_accuracy: float


def generated_data(program: Program) -> Dataset:
    """The data that a program's run was trained on, generated again from its metadata.

    Raises:
        TpcError: The program does not say, or its task is not a generated one.
    """
    origin = program.metadata.get("origin")
    data = origin.get("data") if isinstance(origin, dict) else None
    if not isinstance(origin, dict) or not isinstance(data, dict):
        raise TpcError(
            f"%{program.name} does not say which generated data it was trained on",
            hint="evaluate on rows of your own with --data FILE.jsonl",
        )
    try:
        return load_dataset(str(origin["task"]), task_arguments(str(origin["task"]), **data))
    except (TypeError, KeyError) as error:
        raise TpcError(f"the metadata of %{program.name} are damaged: {error}") from error


def score(program: Program, rows: Sequence[Row]) -> SplitScore:
    """Accuracy of a program on rows of tokens and tags (a single tag for a pooled program)."""
    ids = token_ids(program)
    kept = [
        (tokens, tags)
        for tokens, tags in rows
        if len(tokens) <= program.max_length and all(token in ids for token in tokens)
    ]
    right = scored = complete = 0
    for start in range(0, len(kept), BATCH_SIZE):
        batch = kept[start : start + BATCH_SIZE]
        hits, wanted = _batch_hits(program, batch)
        right += int((hits & wanted).sum())
        scored += int(wanted.sum())
        complete += int((hits | ~wanted).all(1).sum())
    return SplitScore(
        rows=len(kept),
        tokens=scored,
        skipped=len(rows) - len(kept),
        token_accuracy=right / scored if scored else float("nan"),
        sequence_accuracy=complete / len(kept) if kept else float("nan"),
    )


def _batch_hits(
    program: Program, rows: Sequence[Row]
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.bool_]], ...]:
    """Where the label is right, and where it is scored, `[rows, labels]`."""
    ids, classes = token_ids(program), {name: i for i, name in enumerate(program.classes)}
    length = max(len(tokens) for tokens, _ in rows)
    tokens = np.zeros((len(rows), length), np.int64)
    tags = np.zeros((len(rows), 1 if program.label_type.pooled else length), np.int64)
    for row, (words, names) in enumerate(rows):
        tokens[row, : len(words)] = [ids[word] for word in words]
        known = [0 if name == PAD else classes.get(name, 0) for name in names]
        tags[row, : len(known)] = known[: tags.shape[1]]
    lengths = np.array([len(words) for words, _ in rows])
    labels = BatchEvaluator(program, only=()).evaluate(tokens, lengths).labels
    labels = labels.reshape(tags.shape)
    return labels == tags, tags != 0
