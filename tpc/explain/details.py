"""Why a program answers what it answers: the logits of a sequence and what each feature adds."""

from __future__ import annotations

from collections.abc import Sequence

from tpc.diagnostics import TpcError
from tpc.ir.nodes import TOKENS, Classify, Feature
from tpc.ir.program import Program
from tpc.ir.types import Cat
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Column, Interpreter, best_class, present_column

Weights = dict[str, float]
"""A number for each class."""


def details(interpreter: Interpreter, tokens: Sequence[str]) -> dict[str, object]:
    """Explain the answer of a program to a sequence of words.

    Returns:
        JSON values. `tokens` has for each position:
        - `token`: as the program knows it: rewritten, `<unk>` if it is unknown;
        - `label`: the best class by this position's own logits; what a program that is not pooled
          answers here;
        - `logits`: by class, the sums of the contributions;
        - `contributions`: the `variable`, its `value` and what it adds, as `weights` by class, for
          each feature of the classifier, in its order.

        A pooled program's answer is `label`, and `logits` are the sums over the positions that it
        answers by.

    Raises:
        TpcError: The program has no classifier, or does not take the sequence.
    """
    program = interpreter.program
    node = classifier(program)
    found = interpreter.evaluate(encode(program, tokens))
    features = [(feature, found.columns[feature.variable]) for feature in node.features]
    words = present_column(program, TOKENS, found.columns[TOKENS])
    explained = [
        {"token": word, **_position(program, node, features, position)}
        for position, word in enumerate(words)
    ]
    if node.pool == "none":
        return {"tokens": explained}
    label = program.classes[int(found.columns[node.name][0])]
    return {"label": label, "logits": _named(program, found.logits[0]), "tokens": explained}


def classifier(program: Program) -> Classify:
    """The program's classifier.

    Raises:
        TpcError: Its answer comes from a table instead.
    """
    node = program.by_name[program.result]
    if not isinstance(node, Classify):
        raise TpcError(
            f"%{program.name} has no classifier: its answer is looked up in the table "
            f"%{program.result}",
            hint="explain the program as it was exported, before optimisation",
        )
    return node


def _position(
    program: Program, node: Classify, features: Sequence[tuple[Feature, Column]], position: int
) -> dict[str, object]:
    logits = [0.0] * len(program.classes)
    contributions = []
    for feature, column in features:
        row = _weights(program, feature, column[position])
        logits = [total + weight for total, weight in zip(logits, row, strict=True)]
        value = present_column(program, feature.variable, column[position : position + 1])[0]
        weights = _named(program, row)
        contributions.append({"variable": feature.variable, "value": value, "weights": weights})
    label = program.classes[best_class(logits, node.never)]
    logits_by_class = _named(program, logits)
    return {"label": label, "logits": logits_by_class, "contributions": contributions}


def _weights(program: Program, feature: Feature, value: float) -> tuple[float, ...]:
    if isinstance(program.type_of(feature.variable), Cat):
        return feature.rows[int(value)]
    return tuple(weight * value for weight in feature.rows[0])


def _named(program: Program, row: Sequence[float]) -> Weights:
    return dict(zip(program.classes, row, strict=True))
