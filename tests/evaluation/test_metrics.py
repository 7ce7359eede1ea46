"""Spans against seqeval, and counts by hand."""

from __future__ import annotations

import math
import random
import warnings

import pytest

from tpc.evaluation.accuracy import accuracy
from tpc.evaluation.confusion import confusion
from tpc.evaluation.spans import is_iob2, span_score, spans

TAGS = ["O", "O", "B-A", "I-A", "B-B", "I-B", "B-C-D", "I-C-D"]


@pytest.mark.parametrize("seed", range(100))
def test_spans_score_as_seqeval_scores_them(seed: int) -> None:
    from seqeval.metrics import f1_score, precision_score, recall_score
    from seqeval.scheme import IOB2

    stream = random.Random(seed)
    true = [stream.choices(TAGS, k=stream.randint(1, 9)) for _ in range(stream.randint(1, 30))]
    predicted = [[t if stream.random() < 0.7 else stream.choice(TAGS) for t in row] for row in true]
    found = span_score(true, predicted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = [
            score(true, predicted, mode="strict", scheme=IOB2)
            for score in (precision_score, recall_score, f1_score)
        ]
    assert [found.precision, found.recall, found.f1] == pytest.approx(wanted, abs=1e-12)


def test_only_tags_that_follow_the_scheme_are_spans() -> None:
    assert spans(["I-A", "B-A", "I-A", "I-B", "O", "B-B", "B-B"]) == [
        (1, 3, "A"),
        (5, 6, "B"),
        (6, 7, "B"),
    ]
    assert spans([]) == []


def test_nothing_predicted_scores_nothing() -> None:
    found = span_score([["B-A"]], [["O"]])
    assert (found.precision, found.recall, found.f1) == (0.0, 0.0, 0.0)
    assert span_score([], []).to_json()["f1"] == 0.0


def test_which_tag_sets_are_iob2() -> None:
    assert is_iob2(["<pad>", "<unk>", "B-A", "I-A", "O"])
    assert not is_iob2(["<pad>", "O"])
    assert not is_iob2(["<pad>", "B-A", "I-A"])
    assert not is_iob2(["O", "B-A", "NN"])


def test_accuracy_counts_labels_and_whole_sequences() -> None:
    found = accuracy([["a", "b"], ["a"], []], [["a", "a"], ["a"], []])
    assert (found.token, found.sequence) == (2 / 3, 2 / 3)
    assert math.isnan(accuracy([], []).token)


def test_confusion_counts_pairs() -> None:
    table = confusion([["a", "b"], ["new"]], [["a", "a"], ["b"]], ["<pad>", "b", "a"])
    assert table.classes == ("b", "a", "new")
    assert table.counts == ((0, 1, 0), (0, 1, 0), (1, 0, 0))
