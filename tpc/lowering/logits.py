"""What a classifier adds up: which classes take part, and whether the order of additions matters.

For targets that add rows of weights position by position, as the interpreter does. `weights` is for
those that add integers instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tpc.ir.nodes import Feature
from tpc.ir.program import MAX_TABLE_ENTRIES
from tpc.lowering.functions import Function, function
from tpc.lowering.lowered import Classifier, Lowered
from tpc.semantics.interpreter import best_class

#: Whole numbers below this stay exact in sums and products of the sizes that occur here.
MOST_WHOLE = 1e6

#: Sums of as many integers up to this as occur here are the same in any order and in binary64.
_EXACT_SUM = 2**40


@dataclass(frozen=True)
class Logits:
    """A classifier without the classes that are never answered.

    Args:
        answers: The indices of the classes that can be answered, ascending.
        anchor: The place among the answers of the first class whose weights are all 0, if one is:
            its logit is 0.
        features: The weights of the other answers, in order.
        exact: Whether all sums are of integers, so that their order does not matter.
    """

    answers: tuple[int, ...]
    anchor: int | None
    features: tuple[Feature, ...]
    exact: bool

    @property
    def width(self) -> int:
        """How many classes have weights."""
        return len(self.answers) - (self.anchor is not None)

    def in_order(self, lowered: Lowered) -> bool:
        """Whether adding what numbers multiply after all other weights changes no sum."""
        kinds = [by_value(lowered, feature) for feature in self.features]
        return self.exact or all(before or not after for before, after in pairwise(kinds))


def logits(lowered: Lowered, classifier: Classifier) -> Logits:
    """Decide what has to be added up."""
    answers = answered(lowered, classifier)
    rows = [row for feature in classifier.features for row in occurring_rows(lowered, feature)]
    zero = (place for place, c in enumerate(answers) if not any(row[c] for row in rows))
    anchor = next(zero, None) if len(answers) > 1 else None
    weighed = [c for place, c in enumerate(answers) if place != anchor]
    features = restricted(classifier, weighed)
    return Logits(answers, anchor, features, all(_integral(lowered, f) for f in features))


def answered(lowered: Lowered, classifier: Classifier) -> tuple[int, ...]:
    """The indices of the classes that can be answered."""
    return tuple(c for c in range(len(lowered.classes)) if c not in classifier.never)


def restricted(classifier: Classifier, classes: Sequence[int]) -> tuple[Feature, ...]:
    """The features with the weights of these classes alone."""
    return tuple(
        Feature(feature.variable, tuple(tuple(row[c] for c in classes) for row in feature.rows))
        for feature in classifier.features
    )


def occurring_rows(lowered: Lowered, feature: Feature) -> list[tuple[float, ...]]:
    """The rows of a feature that some input uses."""
    column = lowered.columns[feature.variable]
    if column.kind != "category":
        return list(feature.rows)
    return [feature.rows[index] for index in column.values]


def by_value(lowered: Lowered, feature: Feature) -> bool:
    """Whether a row of weights is found by value: of categories, and of ones, whose value is 1."""
    return lowered.is_category(feature.variable) or lowered.is_ones(feature.variable)


def label_function(lowered: Lowered, classifier: Classifier) -> Function | None:
    """The label as a function of the one feature's value; `None` where it takes sums."""
    if len(classifier.features) != 1 or lowered.pooled:
        return None
    feature = classifier.features[0]
    column = lowered.columns[feature.variable]
    if column.kind == "real" or len(column.values) > MAX_TABLE_ENTRIES:
        return None

    def label(value: int) -> str:
        row = feature.rows[value if column.kind == "category" else 0]
        weights = row if column.kind == "category" else [weight * value for weight in row]
        return lowered.classes[best_class(weights, classifier.never)]

    return function(lowered, feature.variable, label)


def _integral(lowered: Lowered, feature: Feature) -> bool:
    column = lowered.columns[feature.variable]
    if column.kind == "real":
        return False
    factors = column.values if column.kind == "number" else (1,)
    largest = max(abs(factors[0]), abs(factors[-1]))
    return all(
        float(weight).is_integer()
        and abs(weight) < MOST_WHOLE
        and abs(weight) * largest < _EXACT_SUM
        for row in feature.rows
        for weight in row
    )
