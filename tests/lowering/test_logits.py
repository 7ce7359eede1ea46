"""What classifiers add up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.lowering.columns import category, lowered_with, number
from tpc.lowering import Classifier, Feature, Lowered
from tpc.lowering.logits import label_function, logits, restricted

ROWS = ((0.0, 0.0, 1.0, 5.0), (9.0, 9.0, 9.0, 9.0), (0.0, 2.0, -1.0, 0.0))


def program(*features: Feature, never: tuple[int, ...] = ()) -> tuple[Lowered, Classifier]:
    """Classes w, x, y, z; of the category only 0 and 2 occur."""
    some = replace(category("c", 3), values=(0, 2))
    real = replace(number("r", 0, 0), kind="real", type_range=range(0), values=())
    ones = replace(number("o", 1, 1), source="ones")
    lowered = lowered_with(some, number("n", -2, 3), real, ones)
    lowered = replace(lowered, classes=("w", "x", "y", "z"), pooled=False)
    return lowered, Classifier("label", features, never, "none")


def test_a_class_without_weights_is_an_anchor() -> None:
    found = logits(*program(Feature("c", ROWS), never=(3,)))
    assert found.answers == (0, 1, 2)
    assert found.anchor == 0  # Its 9 is of a value that does not occur.
    assert found.features == (Feature("c", ((0.0, 1.0), (9.0, 9.0), (2.0, -1.0))),)
    assert found.width == 2
    assert logits(*program(Feature("c", ROWS), never=(0, 1, 2))).anchor is None


@pytest.mark.parametrize(
    ("feature", "exact"),
    [
        (Feature("c", ROWS), True),
        (Feature("n", ((1.0, 2.0, -3.0, 4.0),)), True),
        (Feature("n", ((1.0, 2.5, -3.0, 4.0),)), False),
        (Feature("n", ((1.0, 2e6, -3.0, 4.0),)), False),
        (Feature("r", ((1.0, 2.0, -3.0, 4.0),)), False),
    ],
)
def test_sums_of_small_integers_are_exact(feature: Feature, exact: bool) -> None:
    assert logits(*program(feature)).exact is exact


def test_numbers_can_be_added_last_if_they_are_last() -> None:
    values, numbers = Feature("o", ((0.1, 1.0, 1.0, 1.0),)), Feature("n", ((1.0, 1.0, 1.0, 1.0),))
    for features, expected in (((values, numbers), True), ((numbers, values), False)):
        lowered, classifier = program(*features)
        assert logits(lowered, classifier).in_order(lowered) is expected


def test_one_feature_decides_the_label() -> None:
    lowered, classifier = program(Feature("c", ROWS), never=(3,))
    label = label_function(lowered, classifier)
    assert label is not None
    assert label.items() == [(0, "y"), (2, "x")]
    label = label_function(*program(Feature("n", ((0.0, 1.0, -1.0, 0.0),))))
    assert label is not None
    assert [outcome for _, outcome in label.items()] == ["y", "y", "w", "x", "x", "x"]
    assert label_function(*program(Feature("r", ((1.0, 1.0, 1.0, 1.0),)))) is None
    assert label_function(replace(lowered, pooled=True), classifier) is None


def test_features_can_be_had_for_some_classes_alone() -> None:
    _, classifier = program(Feature("c", ROWS), Feature("n", ((1.0, 2.0, 3.0, 4.0),)))
    assert restricted(classifier, (3, 1)) == (
        Feature("c", ((5.0, 0.0), (9.0, 9.0), (0.0, 2.0))),
        Feature("n", ((4.0, 2.0),)),
    )
