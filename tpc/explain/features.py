"""The words behind the values of variables, and which values speak most for a class."""

from __future__ import annotations

from dataclasses import dataclass

from tpc.diagnostics import TpcError, did_you_mean, quoted
from tpc.explain.details import classifier
from tpc.ir.nodes import TOKENS, Aggregate, Embed
from tpc.ir.program import Program
from tpc.ir.types import Cat, Value

#: Words of a value that are listed.
MAX_WORDS = 12

WordsByValue = dict[int, tuple[str, ...]]


def embedding_variables(program: Program) -> tuple[str, ...]:
    """The variables that give each word one of a few values."""
    return tuple(
        node.name
        for node in program.nodes
        if isinstance(node, Embed) and isinstance(node.type, Cat)
    )


def words_by_value(program: Program, variable: str) -> WordsByValue:
    """The words of each value of an embedding variable, in id order; values without words are out.

    Raises:
        TpcError: There is no such embedding variable.
    """
    node = program.by_name.get(variable)
    if not isinstance(node, Embed) or not isinstance(node.type, Cat):
        known = embedding_variables(program)
        raise TpcError(
            f"%{program.name} has no embedding variable %{variable}",
            hint=did_you_mean(variable, known)
            or f"its embedding variables are: {', '.join(known) or 'none'}",
        )
    found: dict[int, list[str]] = {}
    for word, value in zip(program.vocabulary, node.values, strict=True):
        found.setdefault(int(value), []).append(word)
    return {value: tuple(found[value]) for value in sorted(found)}


class Meanings:
    """Which words a value of a variable can come from, for variables that pass values on.

    A categorical head's output is the value of another variable at some position, so that its
    values mean the same words. Outputs of MLPs mean no words.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._known: dict[str, WordsByValue] = {}

    def words(self, variable: str, value: int) -> tuple[str, ...]:
        """The words that have this value; none if the variable's values are no words."""
        source = self.source(variable)
        if source == TOKENS:
            return (self.program.vocabulary[value],)
        if source is None:
            return ()
        if source not in self._known:
            self._known[source] = words_by_value(self.program, source)
        return self._known[source].get(value, ())

    def source(self, variable: str) -> str | None:
        """The input variable whose values a variable passes on."""
        if variable == TOKENS:
            return TOKENS
        node = self.program.by_name[variable]
        if isinstance(node, Aggregate) and isinstance(node.type, Cat):
            return self.source(node.value)
        return node.name if isinstance(node, Embed) and isinstance(node.type, Cat) else None


@dataclass(frozen=True)
class FeatureStrength:
    """One value of a variable, or one unit of a number, and what it says for a class.

    Attributes:
        variable: The variable.
        value: Its value; `None` for a number, whose weight is multiplied by it.
        weight: The weight of the class.
        against: The weight of the other class, or the mean over all other answerable classes.
        words: Some of the words that have this value, most common first.
    """

    variable: str
    value: Value | None
    weight: float
    against: float
    words: tuple[str, ...]

    @property
    def strength(self) -> float:
        """By how much the feature favours the class."""
        return self.weight - self.against

    def to_json(self) -> dict[str, object]:
        """Everything, with the strength."""
        return {
            "variable": self.variable,
            "value": self.value,
            "strength": self.strength,
            "weight": self.weight,
            "against": self.against,
            "words": list(self.words),
        }


def strongest_features(
    program: Program, name: str, against: str | None = None, *, top: int = 20
) -> list[FeatureStrength]:
    """The features that favour a class most, strongest first; ties in the classifier's order.

    Args:
        program: A program with a classifier.
        name: The class.
        against: The class to compare it with; all others that can be answered without it.
        top: How many features.

    Raises:
        TpcError: There is no such class, or no classifier.
    """
    node = classifier(program)
    chosen = _class(program, name)
    if against is not None:
        others = [_class(program, against)]
    else:
        others = [
            index
            for index in range(len(program.classes))
            if index != chosen and index not in node.never
        ]
    if not others or others == [chosen]:
        raise TpcError(f"{quoted(name)} cannot be compared with itself")
    meanings = Meanings(program)
    found = []
    for feature in node.features:
        categorical = isinstance(program.type_of(feature.variable), Cat)
        for index, row in enumerate(feature.rows):
            rival = sum(row[other] for other in others) / len(others)
            value = program.domain_of(feature.variable).value(index) if categorical else None
            words = meanings.words(feature.variable, index) if categorical else ()
            found.append(
                FeatureStrength(feature.variable, value, row[chosen], rival, words[:MAX_WORDS])
            )
    return sorted(found, key=lambda feature: -feature.strength)[:top]


def _class(program: Program, name: str) -> int:
    if name not in program.classes:
        raise TpcError(
            f"%{program.name} has no class {quoted(name)}",
            hint=did_you_mean(name, program.classes)
            or f"its classes are: {', '.join(program.classes)}",
        )
    return program.classes.index(name)
