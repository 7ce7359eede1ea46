"""How well a program does its task: accuracies, spans and confusions on rows of tokens and tags.

The conventions are upstream's, so that its reported figures are reproduced: positions tagged
`<pad>` are not scored, neither are tags of a generated task that its training split never had; a
text program takes them for `<unk>`, which it never answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tpc.data.dataset import Dataset, load_dataset, task_arguments
from tpc.data.task import Row, Task, TaskArguments
from tpc.data.tasks import find_task
from tpc.data.windows import joined, windows
from tpc.diagnostics import TpcError
from tpc.evaluation.length_generalisation import LongerProgram, lengthen
from tpc.evaluation.metrics import (
    Confusion,
    SpanScore,
    accuracy,
    confusion,
    span_scheme,
    span_score,
)
from tpc.ir.program import Program
from tpc.ir.words import PAD, UNK
from tpc.runtime.sentences import frames_sentences, origin
from tpc.semantics.batched import BatchEvaluator
from tpc.semantics.encoding import known_ids
from tpc.semantics.strings import padded_batches


@dataclass(frozen=True)
class SplitScore:
    """Scores on one split.

    Attributes:
        rows: Sequences scored.
        tokens: Labels scored.
        skipped: Sequences left out because of a token that the program does not know.
        too_long: Sequences left out because the program does not take so many tokens.
        uncovered: Sequences longer than any in training, left out because a sum in them is
            beyond the program's tables.
        unseen: Labels of scored sequences that the program has no class for.
        token_accuracy: Share of labels that are right.
        sequence_accuracy: Share of sequences whose labels are all right.
        spans: Precision, recall and F1 of spans, for tags that mark them.
        confusion: Which class is taken for which.
    """

    rows: int
    tokens: int
    skipped: int
    too_long: int
    uncovered: int
    unseen: int
    token_accuracy: float
    sequence_accuracy: float
    spans: SpanScore | None
    confusion: Confusion

    def to_json(self) -> dict[str, object]:
        """Everything, as JSON values."""
        spans = self.spans.to_json() if self.spans else None
        return vars(self) | {"spans": spans, "confusion": self.confusion.to_json()}


def generated_data(program: Program, task: Task | None = None, **changes: int | None) -> Dataset:
    """The data that a program's run was trained on, generated again from its metadata.

    Args:
        program: A program of a generated task.
        task: The task, in place of the one that the program names; needed for one of a user's own.
        changes: Arguments of the task to take instead, such as other lengths.

    Raises:
        TpcError: The program does not say, or its task is not a generated one.
    """
    found, arguments = recorded_arguments(program, task, **changes)
    return load_dataset(found, arguments)


def recorded_arguments(
    program: Program, task: Task | None = None, **changes: int | None
) -> tuple[Task, TaskArguments]:
    """The task of a program, and what its data were generated with; as `generated_data`."""
    recorded = origin(program)
    data = recorded.get("data")
    if not isinstance(data, dict) or "kind" in data:
        raise TpcError(
            f"%{program.name} was not trained on data that can be generated again",
            hint="evaluate on rows of your own with --data PATH",
        )
    if task is None and "own_task" in recorded:
        raise TpcError(
            f"the task of %{program.name} is a user's own, and is not in the program",
            hint="name its file or module with --task",
        )
    given = {name: value for name, value in changes.items() if value is not None}
    try:
        found = task or find_task(str(recorded["task"]))
        return found, task_arguments(found, **{**data, **given})
    except (TypeError, KeyError) as error:
        raise TpcError(f"the metadata of %{program.name} are damaged: {error}") from error


def task_inputs(program: Program, task: Task) -> TaskArguments:
    """Which inputs of a task a program is for: those of its training, or the task's own."""
    if origin(program).get("task") == task.name:
        return recorded_arguments(program, task)[1]
    return task.defaults


def has_changed(program: Program, task: Task) -> bool:
    """Whether a task of a user's own is no longer what the program was trained on."""
    recorded = origin(program).get("own_task")
    return task.source is not None and recorded not in (None, task.source.digest)


def score(
    program: Program,
    rows: Sequence[Row],
    *,
    unseen_is_wrong: bool = False,
    any_length: bool = False,
    in_windows: bool = False,
) -> SplitScore:
    """Score a program on rows of tokens and tags (a single tag for a pooled program).

    Args:
        program: A verified program.
        rows: Tokens as the network gets them, framed where it was trained on framed ones. Words
            are rewritten as the program says.
        unseen_is_wrong: Count labels that the program has no class for as missed, also for
            programs without `<unk>`; upstream does not score them.
        any_length: Score sequences longer than any in training too, instead of leaving them out.
        in_windows: Score them by windows that overlap, as `tpc run --windows` answers them.

    Raises:
        TpcError: There are longer sequences, and what the program computes depends on positions.
    """
    encoded = ((known_ids(program, tokens), tags) for tokens, tags in rows)
    known = [(ids, tags) for ids, tags in encoded if ids is not None]
    fitting = [row for row in known if len(row[0]) <= program.max_length]
    longer = [row for row in known if len(row[0]) > program.max_length]
    answered = list(_answers(program, fitting))
    beyond: list[Answered] = []
    if any_length and longer:
        extended = lengthen(program, max(len(ids) for ids, _ in longer))
        beyond = list(_long_answers(extended, longer))
    if in_windows:
        beyond = list(_window_answers(program, longer))
    answered += beyond
    left_out = len(longer) - len(beyond)
    true, predicted, unseen = _scored(program, answered, unseen_is_wrong)
    counts = accuracy(true, predicted)
    scheme = None if program.label_type.pooled else span_scheme(program.classes, true)
    return SplitScore(
        rows=counts.sequences,
        tokens=counts.labels,
        skipped=len(rows) - len(known),
        too_long=0 if any_length else left_out,
        uncovered=left_out if any_length else 0,
        unseen=unseen,
        token_accuracy=counts.token,
        sequence_accuracy=counts.sequence,
        spans=span_score(true, predicted, scheme) if scheme else None,
        confusion=confusion(true, predicted, program.classes),
    )


Encoded: TypeAlias = tuple[list[int], tuple[str, ...]]
"""Token ids and tags of a row."""

Answered: TypeAlias = tuple[tuple[str, ...], list[str]]
"""Tags of a row, and the labels that the program gives."""


def _answers(program: Program, rows: Sequence[Encoded]) -> Iterator[Answered]:
    found = BatchEvaluator(program, only=()).class_indices([ids for ids, _ in rows])
    for (_, tags), indices in zip(rows, found, strict=True):
        yield _named(program, tags, indices)


def _window_answers(program: Program, rows: Sequence[Encoded]) -> Iterator[Answered]:
    framed, longest = frames_sentences(program), program.max_length
    cut = [list(windows(ids, longest, framed=framed)) for ids, _ in rows]
    evaluator = BatchEvaluator(program, only=())
    found = iter(evaluator.class_indices([list(w.tokens) for parts in cut for w in parts]))
    for parts, (_, tags) in zip(cut, rows, strict=True):
        yield _named(program, tags, joined((window, next(found)) for window in parts))


def _long_answers(extended: LongerProgram, rows: Sequence[Encoded]) -> Iterator[Answered]:
    evaluator = BatchEvaluator(extended.program, only=tuple(extended.covered))
    for numbers, ids, lengths in padded_batches([ids for ids, _ in rows]):
        result = evaluator.evaluate(ids, lengths)
        good = extended.answered(result.columns, lengths)
        for index in np.flatnonzero(good).tolist():
            labels = np.atleast_1d(result.labels[index])[: lengths[index]]
            yield _named(extended.program, rows[numbers[index]][1], labels.tolist())


def _named(program: Program, tags: tuple[str, ...], indices: Iterable[int]) -> Answered:
    """The tags and labels that are compared: those of position 0 for a pooled program."""
    shown = tags[:1] if program.label_type.pooled else tags
    return shown, [program.classes[index] for index in indices]


def _scored(
    program: Program, rows: Iterable[Answered], unseen_is_wrong: bool
) -> tuple[list[list[str]], list[list[str]], int]:
    """True and predicted labels at the scored positions, and how many true ones are unseen."""
    classes = frozenset(program.classes)
    counted = unseen_is_wrong or UNK in classes
    true: list[list[str]] = []
    predicted: list[list[str]] = []
    unseen: Counter[str] = Counter()
    for tags, labels in rows:
        unseen.update(tag for tag in tags if tag not in classes)
        kept = [
            (tag, label)
            for tag, label in zip(tags, labels, strict=False)
            if tag != PAD and (tag in classes or counted)
        ]
        true.append([tag for tag, _ in kept])
        predicted.append([label for _, label in kept])
    return true, predicted, unseen.total()
