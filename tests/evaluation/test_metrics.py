"""Spans against seqeval, and counts by hand."""

from __future__ import annotations

import math
import random
import warnings

import pytest

from tpc.evaluation.metrics import accuracy, confusion, span_scheme, span_score, spans

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
        expected = [
            score(true, predicted, mode="strict", scheme=IOB2)
            for score in (precision_score, recall_score, f1_score)
        ]
    assert [found.precision, found.recall, found.f1] == pytest.approx(expected, abs=1e-12)


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
    assert span_scheme(["<pad>", "<unk>", "B-A", "I-A", "O"]) == "IOB2"
    assert span_scheme(["<pad>", "O"]) is None
    assert span_scheme(["<pad>", "B-A", "I-A"]) is None
    assert span_scheme(["O", "B-A", "NN"]) is None
    assert span_scheme(["O", "B-A", "X-A"]) is None


def test_accuracy_counts_labels_and_whole_sequences() -> None:
    found = accuracy([["a", "b"], ["a"], []], [["a", "a"], ["a"], []])
    assert (found.token, found.sequence) == (2 / 3, 2 / 3)
    assert math.isnan(accuracy([], []).token)


def test_confusion_counts_pairs() -> None:
    table = confusion([["a", "b"], ["new"]], [["a", "a"], ["b"]], ["<pad>", "b", "a"])
    assert table.classes == ("b", "a", "new")
    assert table.counts == ((0, 1, 0), (0, 1, 0), (1, 0, 0))


#: One sentence of two names side by side, one of another type, and a name of one word.
SCHEMES = {
    "IOB2": "B-P I-P B-P O B-L O",
    "IOB1": "I-P I-P B-P O I-L O",
    "IO": "I-P I-P O O I-L O",
    "BIOES": "B-P E-P S-P O S-L O",
    "BILOU": "B-P L-P U-P O U-L O",
}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_is_recognised_and_scored_as_seqeval_scores_it(scheme: str) -> None:
    import seqeval.metrics
    import seqeval.scheme

    tags = SCHEMES[scheme].split()
    found = span_scheme(set(tags), [tags])
    assert found == scheme
    assert span_score([tags], [tags], found).f1 == 1.0
    kinds = sorted(set(tags))
    stream = random.Random(3)
    for _ in range(200):
        true = [tags * 2, tags]
        predicted = [[stream.choice(kinds) for _ in row] for row in true]
        mine = span_score(true, predicted, found)
        if scheme in ("IO", "IOB1"):
            theirs = seqeval.metrics.f1_score(true, predicted, zero_division=0)
        else:
            known = getattr(seqeval.scheme, "IOBES" if scheme == "BIOES" else scheme)
            theirs = seqeval.metrics.f1_score(
                true, predicted, mode="strict", scheme=known, zero_division=0
            )
        assert mine.f1 == pytest.approx(theirs)


def test_a_slip_in_the_data_does_not_change_the_scheme() -> None:
    rows = [["B-P", "I-P", "O"], ["B-L", "O", "O"], ["O", "I-P", "O"]]
    assert span_scheme(["B-P", "I-P", "B-L", "O"], rows) == "IOB2"
