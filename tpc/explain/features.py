"""Which features of the classifier speak most for a class, or for one class against another."""

from __future__ import annotations

from dataclasses import dataclass

from tpc.diagnostics import TpcError, did_you_mean
from tpc.explain.details import classifier
from tpc.explain.meanings import Meanings
from tpc.ir.program import Program
from tpc.ir.types import Cat, Value

#: Words of a value that are listed.
MAX_WORDS = 12


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
        raise TpcError(f"{name!r} cannot be compared with itself")
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
        there_are = f"its classes are: {', '.join(program.classes)}"
        hint = did_you_mean(name, program.classes, there_are)
        raise TpcError(f"%{program.name} has no class {name!r}", hint=hint)
    return program.classes.index(name)
