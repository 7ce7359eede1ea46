"""Why a program answers what it answers: the logits of a sequence and what each feature adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tpc.diagnostics import TpcError
from tpc.ir.nodes import TOKENS, Classify, Feature
from tpc.ir.program import Program
from tpc.ir.types import Cat, Value
from tpc.semantics.encoding import encode
from tpc.semantics.interpreter import Column, Interpreter, best_class, present_column

Weights = dict[str, float]
"""A number for each class."""


@dataclass(frozen=True)
class Contribution:
    """What one variable adds to the logits of one position."""

    variable: str
    value: Value
    weights: Weights


@dataclass(frozen=True)
class TokenDetails:
    """One position.

    Attributes:
        token: As the program knows it: rewritten, `<unk>` if it is unknown.
        label: The best class by this position's own logits; what a program that is not pooled
            answers here.
        logits: The sums of the contributions.
        contributions: In the order of the classifier's features.
    """

    token: str
    label: str
    logits: Weights
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True)
class Details:
    """One sequence.

    Attributes:
        label: The answer of a pooled program, else `None`.
        logits: The sums over the positions that a pooled program answers by, else `None`.
        tokens: Each position.
    """

    label: str | None
    logits: Weights | None
    tokens: tuple[TokenDetails, ...]

    def to_json(self) -> dict[str, object]:
        """Plain dictionaries and lists."""
        pooled = {} if self.label is None else {"label": self.label, "logits": self.logits}
        tokens = [
            vars(token) | {"contributions": [vars(part) for part in token.contributions]}
            for token in self.tokens
        ]
        return {**pooled, "tokens": tokens}


def details(interpreter: Interpreter, tokens: Sequence[str]) -> Details:
    """Explain the answer of a program to a sequence of words.

    Raises:
        TpcError: The program has no classifier, or does not take the sequence.
    """
    program = interpreter.program
    node = classifier(program)
    found = interpreter.evaluate(encode(program, tokens))
    features = [(feature, found.columns[feature.variable]) for feature in node.features]
    words = present_column(program, TOKENS, found.columns[TOKENS])
    explained = tuple(
        _token(program, node, features, position, str(word)) for position, word in enumerate(words)
    )
    if node.pool == "none":
        return Details(None, None, explained)
    label = program.classes[int(found.columns[node.name][0])]
    return Details(label, _named(program, found.logits[0]), explained)


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


def _token(
    program: Program,
    node: Classify,
    features: Sequence[tuple[Feature, Column]],
    position: int,
    word: str,
) -> TokenDetails:
    logits = [0.0] * len(program.classes)
    contributions = []
    for feature, column in features:
        row = _weights(program, feature, column[position])
        logits = [total + weight for total, weight in zip(logits, row, strict=True)]
        value = present_column(program, feature.variable, column[position : position + 1])[0]
        contributions.append(Contribution(feature.variable, value, _named(program, row)))
    label = program.classes[best_class(logits, node.never)]
    return TokenDetails(word, label, _named(program, logits), tuple(contributions))


def _weights(program: Program, feature: Feature, value: float) -> tuple[float, ...]:
    if isinstance(program.type_of(feature.variable), Cat):
        return feature.rows[int(value)]
    return tuple(weight * value for weight in feature.rows[0])


def _named(program: Program, row: Sequence[float]) -> Weights:
    return dict(zip(program.classes, row, strict=True))
