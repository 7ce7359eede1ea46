"""The classifier without weights that cannot make a difference, bit for bit."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tpc.ir.nodes import Classify, Feature, Ones
from tpc.ir.program import Program
from tpc.ir.types import Cat, Num, Real
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.rewriting import prune
from tpc.semantics.arrays import Mask

Row = tuple[float, ...]


@dataclass(frozen=True)
class SimplifyClassifier(Pass):
    """Drops and simplifies rows of weights so that every sum stays the same to the last bit.

    Binary64 additions are neither reordered nor merged: a feature whose rows are equal becomes a
    row of `ones` in its place; only zeros are left out.
    """

    name = "simplify-classifier"
    exactness = "every_string"
    summary = "drop weights of unreachable values, constants and zeros"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Simplify the classifier, if the answer comes from one."""
        node = program.by_name[program.result]
        if not isinstance(node, Classify):
            return result(program, program)
        possible = context.promised(program).answered()
        ones = _ones(program)
        features = []
        for feature in node.features:
            # Weights of classes that are never answered are 0.
            rows = tuple(
                tuple(0.0 if index in node.never else weight for index, weight in enumerate(row))
                for row in feature.rows
            )
            new = _simplified(program, replace(feature, rows=rows), possible, ones)
            if any(map(any, new.rows)):
                features.append(new)
        changed = replace(node, features=tuple(features))
        nodes = [changed if n.name == node.name else n for n in program.nodes]
        read = {feature.variable for feature in features}
        if ones in read and ones not in program.by_name:
            nodes.insert(0, Ones(ones, ()))
        return result(program, prune(program.replace(nodes=tuple(nodes))))


def _ones(program: Program) -> str:
    """The name of the constant 1, or a free name for it."""
    for node in program.nodes:
        if isinstance(node, Ones):
            return node.name
    names = ("ones", *(f"ones_{index}" for index in range(len(program.nodes))))
    return next(name for name in names if name not in program.by_name)


def _simplified(
    program: Program, feature: Feature, possible: dict[str, Mask], ones: str
) -> Feature:
    """A feature that adds the same on every value that it can have."""
    kind = program.type_of(feature.variable)
    if isinstance(kind, Real):
        return feature
    mask = possible[feature.variable]
    if isinstance(kind, Num):
        only = [kind.lo + int(index) for index in np.flatnonzero(mask)]
        is_one = isinstance(program.by_name[feature.variable], Ones)
        if is_one or len(only) != 1:
            return feature
        return Feature(ones, (tuple(weight * only[0] for weight in feature.rows[0]),))
    assert isinstance(kind, Cat), "features are categorical or numbers"
    rows = filled(feature.rows, mask)
    return Feature(ones, rows[:1]) if len(set(rows)) == 1 else replace(feature, rows=rows)


def filled(rows: Sequence[Row], occurring: Mask) -> tuple[Row, ...]:
    """The rows of values that occur; of others, for which any will do, the most frequent row."""
    ((common, _),) = Counter(itertools.compress(rows, occurring)).most_common(1)
    return tuple(row if ok else common for row, ok in zip(rows, occurring, strict=True))
