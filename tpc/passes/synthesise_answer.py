"""The answer said as a formula of few numbers, or as a staircase of counts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tpc.ir.expressions import Binary, Constant, Expression, Operand, Operator
from tpc.ir.nodes import TOKENS, Case, Classify, Lookup, Node, Positions
from tpc.ir.program import MAX_TABLE_ENTRIES, Program
from tpc.ir.types import Cat, Label, Num, value_set
from tpc.passes.base import Pass, PassContext, PassResult, result
from tpc.passes.choose_features import combinations_of
from tpc.passes.rewriting import prune, variants
from tpc.passes.synthesise_formulas import grid, narrowed
from tpc.semantics.arrays import Array
from tpc.semantics.formulas import column
from tpc.synthesis.combinations import Combinations, distinct_variables
from tpc.synthesis.description_length import closure_cost, program_cost
from tpc.synthesis.formulas import Entries, shortest_formula

#: The answer is a formula of at most so many numbers, which have at most so many combinations.
_MOST_NUMBERS, _MOST_ENTRIES = 2, 2_000

#: So much a staircase may add to its counts, or take away.
_SHIFTS = (0, -1, 1, 2)


@dataclass(frozen=True)
class SynthesiseAnswer(Pass):
    """Finds a formula for the number that each label is, where all labels are numbers.

    It is a formula of one or two of the program's numbers; or, of a program that counts, the
    number of thresholds that a position is above.
    """

    name = "synthesise-answer"
    exactness = "language"
    summary = "say the answer as a formula of numbers where that is shorter"

    def run(self, program: Program, context: PassContext) -> PassResult:
        """Replace the node that gives the label by a number and the label of that number."""
        before, program = program, narrowed(program)
        numbers = _numbers(program)
        if numbers is None:
            return result(before, before)
        combinations = combinations_of(before, context)
        if isinstance(combinations, str):
            return result(before, before, skipped=(f"{self.name}: {combinations}",))
        found, guessed = combinations
        options = [*_by_formula(program, found, numbers), *_by_staircase(program, found, numbers)]
        after = min(options, key=program_cost, default=program)
        if program_cost(after) >= program_cost(before):
            return result(before, before)
        return result(before, after, guessed=guessed)


def _numbers(program: Program) -> dict[int, int] | None:
    """The number that each class is, by its index, of those that are; `None` if none is."""
    node = program.by_name[program.result]
    if program.label_type.pooled or not isinstance(node, Classify | Lookup):
        return None
    numbers = {i: int(word) for i, word in enumerate(program.classes) if word.isdecimal()}
    written = all(program.classes[index] == str(number) for index, number in numbers.items())
    return numbers if numbers and written else None


# Formulas of one or two numbers.


def _by_formula(
    program: Program, found: Combinations, numbers: dict[int, int]
) -> Iterator[Program]:
    if not set(found.classes.tolist()) <= numbers.keys() or len(found.classes) < 2:
        return
    label = np.array([numbers[index] for index in found.labels.tolist()])
    cost = {name: closure_cost(program, [name]) for name in found.names}
    names = [name for name in distinct_variables(found, cost) if _is_number(program, name)]
    below = program_cost(program)
    for size in range(1, _MOST_NUMBERS + 1):
        for chosen in itertools.combinations(names, size):
            room = below - closure_cost(program, chosen)
            if room <= 0 or found.ambiguous(chosen):
                continue
            expression = _formula(program, found, chosen, label, numbers, room)
            if expression is not None:
                after = _answered(program, numbers, chosen, expression)
                below = min(below, program_cost(after))
                yield after


def _is_number(program: Program, name: str) -> bool:
    kind = program.type_of(name)
    return isinstance(kind, Num) or (
        isinstance(kind, Cat) and program.domain_of(name).labels is None
    )


def _formula(
    program: Program,
    found: Combinations,
    names: Sequence[str],
    label: Array,
    numbers: dict[int, int],
    room: float,
) -> Expression | None:
    rows = found.joint(names).first
    axes = [program.range_of(name) for name in names]
    if len(rows) > _MOST_ENTRIES or np.prod([float(len(a)) for a in axes]) > MAX_TABLE_ENTRIES:
        return None
    least, most = label[rows].copy(), label[rows].copy()
    # A number below all classes is the smallest of them, one above all the largest.
    top = 1 + 2 * max(axis.stop for axis in axes)
    least[least == min(numbers.values())] = 0
    most[most == max(numbers.values())] = top
    operands = tuple(found.columns[name][rows].astype(np.int64) for name in names)
    asked = Entries(operands, least, most, grid(axes), top)
    formula = shortest_formula(asked, room)
    return None if formula is None else formula.expression


def _answered(
    program: Program, numbers: dict[int, int], names: Sequence[str], expression: Expression
) -> Program:
    """The program whose answer is a formula of some of its variables."""
    if expression == Operand(0) and len(names) == 1:
        return _labelled(program, numbers, names[0], [])
    axes = [program.range_of(name) for name in names]
    values = column(expression, grid(axes))
    node = Lookup(
        _free(program, "number"),
        tuple(names),
        (Case((None,) * len(names), expression),),
        Num(int(values.min()), int(values.max())),
    )
    return _labelled(program, numbers, node.name, [node])


def _free(program: Program, name: str) -> str:
    return next(n for n in variants(name) if n not in program.by_name and n != TOKENS)


def _labelled(
    program: Program, numbers: dict[int, int], name: str, more: Sequence[Node]
) -> Program:
    """The program whose label is a number of it: the nearest class."""
    old = program.by_name[program.result]
    assert isinstance(old.type, Label), "verified"
    by_number = {number: index for index, number in numbers.items()}
    kind = more[-1].type if more else program.type_of(name)
    low, high = (kind.lo, kind.hi) if isinstance(kind, Num) else (0, len(program.range_of(name)))
    classes: dict[int, list[int]] = {}
    for value in range(low, high + 1):
        nearest = min(by_number, key=lambda number: (abs(number - value), number))
        classes.setdefault(by_number[nearest], []).append(value)
    cases = [Case((value_set(values),), index) for index, values in classes.items()]
    cases[-1] = Case((None,), cases[-1].outcome)
    label = Lookup(old.name, (name,), tuple(cases), old.type, old.origin)
    kept = [node for node in program.nodes if node.name != program.result]
    return prune(program.replace(nodes=(*kept, *more, label)))


# Staircases.


def _by_staircase(
    program: Program, found: Combinations, numbers: dict[int, int]
) -> Iterator[Program]:
    """The label as the number of thresholds, each a sum of counts, that a position is above."""
    positions = [name for name in found.names if isinstance(program.by_name.get(name), Positions)]
    if not positions or not set(found.classes.tolist()) <= numbers.keys():
        return
    label = np.array([numbers[index] for index in found.labels.tolist()])
    counts = [name for name in found.names if isinstance(program.type_of(name), Num)]
    place = found.columns[positions[0]].astype(np.int64)
    total = np.zeros(found.count, dtype=np.int64)
    steps: list[tuple[list[str], int]] = []
    for level in range(int(label.min()) + 1, int(label.max()) + 1):
        step = _step(found, counts, total, place, label >= level)
        if step is None:
            return
        added, _ = step
        steps.append(step)
        counts = [name for name in counts if name not in added]
        for name in added:
            total = total + found.columns[name]
    yield _staircase(program, numbers, positions[0], int(label.min()), steps)


def _step(
    found: Combinations,
    counts: Sequence[str],
    total: Array,
    place: Array,
    above: Array,
) -> tuple[list[str], int] | None:
    """The counts that a threshold adds to that before it, and what is added to their sum."""
    for added in [[], *([name] for name in counts)]:
        below = total + sum(found.columns[name] for name in added)
        for shift in _SHIFTS:
            if ((below + shift < place) == above).all():
                return added, shift
    return None


def _staircase(
    program: Program,
    numbers: dict[int, int],
    positions: str,
    least: int,
    steps: Sequence[tuple[list[str], int]],
) -> Program:
    nodes: list[Node] = []
    operands, terms, total = [positions], list[Expression](), ""
    highest = 0
    for added, shift in steps:
        for name in added:
            kind = program.type_of(name)
            assert isinstance(kind, Num), "counts are numbers"
            highest += kind.hi
            if not total:
                total = name
                continue
            words = "_".join(["up_to", name.removeprefix("count_")])
            node = Lookup(
                next(n for n in variants(words) if n not in program.by_name),
                (total, name),
                (Case((None, None), Binary("+", Operand(0), Operand(1))),),
                Num(0, highest),
            )
            nodes.append(node)
            total = node.name
        if total and total not in operands:
            operands.append(total)
        counted: Expression = Operand(operands.index(total)) if total else Constant(0)
        if shift:
            sign: Operator = "+" if shift > 0 else "-"
            counted = Binary(sign, counted, Constant(abs(shift))) if total else Constant(shift)
        terms.append(Binary("<", counted, Operand(0)))
    expression = terms[0]
    for term in terms[1:]:
        expression = Binary("+", expression, term)
    if least:
        expression = Binary("+", expression, Constant(least))
    node = Lookup(
        _free(program, "number"),
        tuple(operands),
        (Case((None,) * len(operands), expression),),
        Num(least, least + len(steps)),
    )
    return _labelled(program, numbers, node.name, [*nodes, node])
