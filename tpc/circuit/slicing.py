"""Slices: the part of a program that some of its answers depend on, as a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tpc.diagnostics import TpcError, did_you_mean, one_of, quoted
from tpc.ir.cases import cases_of
from tpc.ir.language import Group, Language, Slot
from tpc.ir.nodes import Classify, Lookup, backward_slice
from tpc.ir.numbers import counted
from tpc.ir.program import Contract, Metadata, Program
from tpc.ir.verifier import verify
from tpc.passes.pipelines import optimise
from tpc.passes.rewriting import prune, with_nodes
from tpc.proof.equality import exhaustible, scored_columns
from tpc.semantics.arrays import Array, Mask, joint
from tpc.semantics.dense_tables import MAX_DENSE, dense_table, entries, ranges
from tpc.semantics.layers import best_classes, combination_logits
from tpc.semantics.strings import EXHAUSTIVE_LIMIT

#: Combinations of values that are tried before all of them.
_FEW = 1_000


@dataclass(frozen=True)
class Slice:
    """A part of a program.

    Attributes:
        program: The part, which verifies and runs.
        promise: What it keeps of the program's answers, as a sentence.
    """

    program: Program
    promise: str


def sliced(
    program: Program, features: Sequence[str] | None, label: str | None, position: int | None
) -> Slice:
    """The slice by whichever of the three is given.

    Raises:
        TpcError: Not exactly one is, or there is no such slice.
    """
    match features, label, position:
        case [_, *_], None, None:
            return feature_slice(program, features)
        case ((None | []), str(), None):
            return label_slice(program, label)
        case ((None | []), None, int()):
            return position_slice(program, position)
    raise TpcError("say by what to slice the program: one feature or more, a label or a position")


def feature_slice(program: Program, names: Sequence[str]) -> Slice:
    """What some features of the classifier say: the class for which they alone add up to most.

    Args:
        program: A program with a classifier.
        names: Variables that it reads.

    Raises:
        TpcError: It has no classifier, or the classifier does not read such a variable.
    """
    node = program.by_name[program.result]
    if not isinstance(node, Classify):
        raise TpcError(
            f"the answer of %{program.name} is looked up in the table %{program.result}, and has "
            "no features",
            hint="slice the program as it was exported, or by --label or --position",
        )
    known = [feature.variable for feature in node.features]
    chosen = [name.removeprefix("%") for name in names]
    for name in chosen:
        if name not in known:
            hint = did_you_mean(name, known) or f"it reads {', '.join(known) or 'nothing'}"
            raise TpcError(f"the classifier does not read a variable {quoted(name)}", hint=hint)
    features = tuple(feature for feature in node.features if feature.variable in chosen)
    listed = ", ".join(f"%{feature.variable}" for feature in features)
    found = _part(program, replace(node, features=features, origin=()), f"features {listed}")
    return Slice(found, f"its logits are what {listed} add to those of %{program.name}")


def label_slice(program: Program, label: str) -> Slice:
    """What decides whether the answer is a label: elsewhere the slice says some other label.

    Of a classifier those features are kept without which the label would be said elsewhere on some
    input of the language: one after another is left out, those that need most nodes first, where
    all inputs agree. Where there are too many inputs only features go that favour no class. Of a
    table those operands are kept that tell the label from all others.

    Args:
        program: Any program.
        label: One of its classes.

    Raises:
        TpcError: There is no such class, or it is never answered.
    """
    index = program.classes.index(one_of(program.classes, label, "class"))
    node = program.by_name[program.result]
    if isinstance(node, Lookup):
        found = _part(program, _binary(program, node, index), f"label {label}")
        return Slice(found, f"it says {quoted(label)} where %{program.name} does, on every input")
    assert isinstance(node, Classify), "verified: a label comes from one of the two"
    if index in node.never:
        raise TpcError(f"%{program.name} never answers {quoted(label)}")
    kept = replace(
        node, features=tuple(f for f in node.features if _favours(node, f.rows)), origin=()
    )
    count = program.language.count(program.max_length)
    if program.label_type.pooled or not exhaustible(program, EXHAUSTIVE_LIMIT):
        where = "but for rounding (without going through its inputs)"
    else:
        kept = _needed(program, kept, index)
        where = f"on all {counted(count)} inputs of the language"
    found = _part(program, kept, f"label {label}")
    return Slice(found, f"it says {quoted(label)} where %{program.name} does, {where}")


def position_slice(program: Program, position: int) -> Slice:
    """What the answer at one position depends on: the program, optimised for that position alone.

    Args:
        program: A program that labels positions.
        position: Counted from 0.

    Raises:
        TpcError: It labels whole sequences, or no input has a scored label there.
    """
    if program.label_type.pooled:
        raise TpcError(f"%{program.name} answers once for a whole sequence, and at no position")
    shapes = [shape for shape in program.language.shapes(program.max_length) if shape]
    longer = [shape for shape in shapes if len(shape) > position >= 0]
    if not any(shape[position].scored for shape in longer):
        raise TpcError(
            f"no input of %{program.name} has a scored label at position {position}",
            hint=f"positions count from 0, and inputs have at most {program.max_length} tokens",
        )
    alternatives = tuple((Group(_scored_at(shape, position)),) for shape in longer)
    metadata = _metadata(program, f"position {position}")
    asked = program.replace(language=Language(alternatives), metadata=metadata)
    found = optimise(asked, 2)
    at = f"at position {position}"
    promise = f"it answers {at} as %{program.name} does, on every input of its language"
    return Slice(found.program, promise)


def _scored_at(shape: Sequence[Slot[int]], position: int) -> tuple[Slot[int], ...]:
    return tuple(
        replace(slot, scored=slot.scored and index == position) for index, slot in enumerate(shape)
    )


def _part(program: Program, answer: Classify | Lookup, what: str) -> Program:
    """The program with another answer, and no more than this needs."""
    contract = Contract("data", f"slice of {program.name}: {what}")
    found = prune(with_nodes(program, {answer.name: answer}).replace(contract=contract))
    found = found.replace(metadata=_metadata(program, what))
    verify(found)
    return found


def _metadata(program: Program, what: str) -> Metadata:
    """Where a slice is from; scores and certificates are those of the whole."""
    kept = {key: value for key, value in program.metadata.items() if key in ("origin", "data")}
    return {**kept, "slice": {"of": program.name, "by": what}}


def _favours(node: Classify, rows: Sequence[Sequence[float]]) -> bool:
    """Whether some row says more for one class than for another, of those that can be answered."""
    return any(
        len({weight for index, weight in enumerate(row) if index not in node.never}) > 1
        for row in rows
    )


def _binary(program: Program, node: Lookup, label: int) -> Lookup:
    """A table that tells a label from all others, which are as one, by the operands it needs."""
    if entries(program, node) > MAX_DENSE:
        return replace(node, origin=())
    table = dense_table(program, node)
    rest = table[table != label]
    other = int(np.bincount(rest).argmax()) if rest.size else label
    table = np.where(table == label, label, other)
    needed = [axis for axis in range(table.ndim) if (table != table.take([0], axis)).any()]
    needed = needed or [0]
    dropped = tuple(axis for axis in range(table.ndim) if axis not in needed)
    small = table.max(axis=dropped) if dropped else table
    axes = [ranges(program, node)[axis] for axis in needed]
    operands = tuple(node.operands[axis] for axis in needed)
    cases = cases_of(small.reshape(-1).tolist(), axes)
    return replace(node, operands=operands, cases=cases, origin=())


def _needed(program: Program, node: Classify, label: int) -> Classify:
    """The classifier with no more features than tell a label from all others on the language."""
    names = dict.fromkeys(feature.variable for feature in node.features)
    columns = scored_columns(program, [*names, program.result])
    rows = joint(list(columns.values()), len(columns[program.result])).first
    distinct = {name: column[rows] for name, column in columns.items()}
    expected = distinct.pop(program.result) == label
    sizes = {name: len(backward_slice(program.nodes, [name])) for name in names}
    order = sorted(names, key=lambda name: -sizes[name])
    for name in order:
        fewer = replace(node, features=tuple(f for f in node.features if f.variable != name))
        if all(
            (_says(program, fewer, label, distinct, part) == expected[part]).all()
            for part in (slice(_FEW), slice(None))
        ):
            node = fewer
    return node


def _says(
    program: Program, node: Classify, label: int, columns: dict[str, Array], part: slice
) -> Mask:
    """Where a classifier answers a label, from some of the columns `[N]` of what it reads."""
    inputs = [columns[feature.variable][part] for feature in node.features]
    return np.asarray(best_classes(combination_logits(program, node, inputs), node.never) == label)
