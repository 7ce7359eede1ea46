"""How near labels are to being others, on a whole input language and without its strings."""

from __future__ import annotations

import numpy as np

from tpc.ir.nodes import Classify
from tpc.ir.program import Program
from tpc.proof.combinations import combination_columns
from tpc.semantics.layers import combination_logits


def smallest_margin(program: Program) -> float | None:
    """The smallest gap of the two best classes at any scored position of the input language.

    Returns:
        None if there are too many combinations of values, or nothing to choose from.
    """
    node = program.by_name[program.result]
    if not isinstance(node, Classify) or program.label_type.pooled:
        return None
    columns = combination_columns(program)
    if columns is None:
        return None
    features = [columns[feature.variable] for feature in node.features]
    answerable = np.delete(combination_logits(program, node, features), list(node.never), axis=1)
    if answerable.shape[1] < 2 or not len(answerable):
        return None
    best = np.partition(answerable, -2, axis=1)[:, -2:]
    return float((best[:, 1] - best[:, 0]).min())
