"""Tables and what MLPs add up."""

from __future__ import annotations

import numpy as np

from tests.backends.conftest import corpus_program
from tpc.ir.types import Cat
from tpc.lowering import Perceptron, lower
from tpc.lowering.arrays import perceptron_features


def test_what_inputs_add_to_the_hidden_units_is_their_column_of_weights() -> None:
    program = corpus_program("real")
    lowered = lower(program)
    step = next(step for step in lowered.steps if isinstance(step, Perceptron))
    features = perceptron_features(lowered, step)
    assert [feature.variable for feature in features] == list(step.operands)
    sizes = [
        program.domain_of(name).size if isinstance(program.type_of(name), Cat) else 1
        for name in step.operands
    ]
    assert sizes == [len(feature.rows) for feature in features] == [1, 5, 1]
    weights = np.reshape(step.weights.w_in, (step.weights.hidden, sum(sizes)))
    assert [row for feature in features for row in feature.rows] == list(map(tuple, weights.T))
