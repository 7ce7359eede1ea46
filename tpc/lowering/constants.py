"""The constants of targets that run many sequences at once, and what is said about them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tpc.ir.printer import quote
from tpc.lowering import lowered as steps
from tpc.lowering.arrays import Array, Arrays, Table
from tpc.lowering.predicates import sentence
from tpc.lowering.storage import DTYPES, smallest

#: Longer texts and more labels help nobody.
_MOST_CHARACTERS = 2_000
_MOST_ROWS = 64

#: What is said about integer weights.
FIXED_POINT = (
    "Weights are added up in fixed point, as multiples of 1 / SCALE. A class that leads by more "
    "than TIE of them has the largest weight in binary64 too: what is looked up is off by half of "
    "one."
)


@dataclass(frozen=True)
class Constant:
    """An array that an emitted file holds.

    Args:
        owner: The column that it belongs to.
        what: What it is, as the ending of its name.
        values: The array, in the element type that it is held in.
        about: What it is, in words, line by line.
        labels: What each row is for.
    """

    owner: str
    what: str
    values: Array
    about: tuple[str, ...]
    labels: tuple[str, ...] = ()


def description(arrays: Arrays, step: steps.Step) -> str:
    """What a variable is, in words, without a full stop."""
    match step:
        case steps.Positions():
            return "the index of each position"
        case steps.Ones():
            return "1 everywhere"
        case steps.Embedding():
            return "a table over the vocabulary"
        case steps.Head():
            return sentence(arrays.lowered, step, repr)
        case steps.Lookup() | steps.Perceptron():
            kind = "a formula" if isinstance(step, steps.Lookup) else "an MLP"
            kind = "a table" if step.name in arrays.tables else kind
            return f"{kind} over {', '.join(step.operands)}"
        case _:
            return "the first class of the largest weight"


def head_constants(arrays: Arrays, head: steps.Head) -> tuple[Constant, ...]:
    """What a head looks keys up in, and for rule `best` offsets from the worst to the best."""
    selector, name = head.selector, head.name
    if head.strategy == "score":
        ranks = np.array(selector.scores)
        ranks = ranks.astype(DTYPES[smallest(int(ranks.max()))])
        about = f"How {name} ranks each {selector.key} for each {selector.query}: 0 is best."
        return (Constant(name, "ranks", ranks, (about,)),)
    lines = selector.text.split("\n") if len(selector.text) <= _MOST_CHARACTERS else []
    first, *rest = lines or ["a long table"]
    pattern = (f"{name}: {first}", *rest)
    if head.strategy == "fixed":
        about = "The position that each position looks for, -1 for none."
        return (Constant(name, "targets", arrays.targets[name], (*pattern, about)),)
    about = f"The {selector.key} that each {selector.query} looks for."
    matched = Constant(name, "wants", arrays.matched[name], (*pattern, about))
    if head.strategy != "best":
        return (matched,)
    about = f"Distances to keys from the worst to the best of {name}."
    return matched, Constant(name, "offsets", np.array(selector.offsets[::-1]), (about,))


def table_constant(
    step: steps.Embedding | steps.Lookup | steps.Perceptron, values: Array
) -> Constant:
    """The entries of a table, over the vocabulary or over columns."""
    if isinstance(step, steps.Embedding):
        return Constant(step.name, "of_token", values, (f"{step.name} of each token.",))
    about = f"{step.name} for each {', '.join(step.operands)}."
    return Constant(step.name, "table", values, (about,))


def code_constant(name: str, table: Table, axis: int) -> Constant | None:
    """The group of each value of an operand, where the table is over groups."""
    codes = table.codes[axis]
    if codes is None:
        return None
    about = f"Values of {table.operands[axis]} that {name} does not distinguish share a number."
    return Constant(name, f"codes_{axis}", codes, (about,))


def weight_constants(arrays: Arrays, classifier: steps.Classifier) -> tuple[Constant, ...]:
    """What each feature adds to each class: a row for each value, or one that numbers multiply."""
    found: list[Constant] = []
    for feature in classifier.features:
        earlier = sum(constant.owner == feature.variable for constant in found)
        rows = np.array(feature.rows, dtype=np.float64)
        number = not arrays.lowered.is_category(feature.variable)
        how = "its value times this" if number else "for each value"
        found.append(
            Constant(
                feature.variable,
                f"weights_{earlier + 1}" if earlier else "weights",
                rows[0] if number else rows,
                (f"What {feature.variable} adds to each class, {how}.",),
                () if number else _labels(arrays.lowered.columns[feature.variable]),
            )
        )
    return tuple(found)


def _labels(column: steps.Column) -> tuple[str, ...]:
    """What each value of a category is called; nothing where there are many."""
    if len(column.type_range) > _MOST_ROWS:
        return ()
    values = map(column.value, column.type_range)
    return tuple(quote(value) if isinstance(value, str) else str(value) for value in values)
