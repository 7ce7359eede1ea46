"""What each feature of a classifier adds to the logit of a label, and to that of its runner-up."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tpc.ir.nodes import TOKENS, Classify
from tpc.ir.program import Program
from tpc.ir.types import Cat, Value
from tpc.semantics.interpreter import Computation, best_class, present_column


@dataclass(frozen=True)
class Contribution:
    """What one variable at one position adds to the logits of two classes.

    Attributes:
        variable: The feature of the classifier.
        position: Where.
        value: Of the variable there.
        favour: What it adds to the label's logit.
        against: What it adds to the runner-up's; 0.0 if there is none.
    """

    variable: str
    position: int
    value: Value
    favour: float
    against: float

    @property
    def difference(self) -> Fraction:
        """By how much it favours the label: exact, not rounded."""
        return Fraction(self.favour) - Fraction(self.against)

    def to_json(self) -> dict[str, object]:
        """Everything, and the difference as the nearest floating-point number."""
        return {
            "variable": self.variable,
            "position": self.position,
            "value": self.value,
            "favour": self.favour,
            "against": self.against,
            "difference": float(self.difference),
        }


def runner_up(program: Program, found: Computation, label: int, position: int | None) -> int | None:
    """The class that would be answered if the label could not be; `None` if there is none."""
    node = program.by_name[program.result]
    if not isinstance(node, Classify) or len(program.classes) - len(node.never) < 2:
        return None
    return best_class(found.logits[position or 0], (*node.never, label))


def contributions(
    program: Program,
    found: Computation,
    label: int,
    rival: int | None,
    position: int | None,
) -> tuple[Contribution, ...]:
    """What each feature adds to the logits of two classes, in the order in which it is added.

    Args:
        program: The program; nothing is added if its label is looked up.
        found: What the input made it compute.
        label: A class.
        rival: Another, or `None`.
        position: Of the label; `None` for a pooled program.
    """
    node = program.by_name[program.result]
    if not isinstance(node, Classify):
        return ()
    added = [0 if position is None else position]
    if node.pool == "sum":
        added = list(range(len(found.columns[TOKENS])))
    result = []
    for at in added:
        for feature in node.features:
            value = found.columns[feature.variable][at]
            categorical = isinstance(program.type_of(feature.variable), Cat)
            row = feature.rows[int(value) if categorical else 0]
            factor = 1 if categorical else value
            against = 0.0 if rival is None else row[rival] * factor
            [shown] = present_column(program, feature.variable, [value])
            favour = row[label] * factor
            result.append(Contribution(feature.variable, at, shown, favour, against))
    return tuple(result)
